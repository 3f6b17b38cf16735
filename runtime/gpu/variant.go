package gpu

import (
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// variant is one way to compute a Conv. A node may be computed by every variant that fits it, with the same result but for rounding.
type variant struct {
	name string // lasting: reports and stored choices have it
	fits func(n *graph.Node, t traits) bool
	// lower gives dispatches of about budget floating-point operations at most.
	lower func(n *graph.Node, budget int64) lowered
}

// traits are what the choice of a variant depends on besides the node.
type traits struct {
	software bool  // the GPU is emulated by a CPU, where barriers are very dear
	binding  int64 // bytes that a kernel can bind at once; 0: as many as any device
}

// leastBinding is WebGPU's default maxStorageBufferBindingSize, which every device has.
const leastBinding = 128 << 20

// holds reports whether weights of so many elements, folded or transformed, can be bound at once. Reflection makes them six times as many as
// there were; what does not fit is convolved as it is. More than every device has is not taken anywhere: it would cost more than it saves.
func (t traits) holds(elems int) bool {
	most := int64(leastBinding)
	if t.binding > 0 {
		most = min(most, t.binding)
	}
	return 4*int64(elems) <= most
}

// variants lists all ways to compute a Conv, in the order of preference: where nobody has measured, a node gets the first that fits it.
var variants = []variant{
	{"winograd 4", winograd{4, 8}.fits, winograd{4, 8}.lower},
	{"winograd 4 wide", winograd{4, 16}.fits, winograd{4, 16}.lower},
	{"winograd 4 group", winograd{4, inGroup}.fits, winograd{4, inGroup}.lower},
	{"winograd 2", winograd{2, 8}.fits, winograd{2, 8}.lower},
	{"winograd 4 phases", winograd{4, 8}.fitsPhases, winograd{4, 8}.lowerPhases},
	{"winograd 4 wide phases", winograd{4, 16}.fitsPhases, winograd{4, 16}.lowerPhases},
	{"winograd 4 group phases", winograd{4, inGroup}.fitsPhases, winograd{4, inGroup}.lowerPhases},
	{"winograd 2 phases", winograd{2, 8}.fitsPhases, winograd{2, 8}.lowerPhases},
	{"phases group", fitsPhases, inGroups.phases},
	{"phases 8x8", fitsPhases, tile8x8.phases},
	{"phases", fitsPhases, tile4x8.phases},
	{"direct 8x4", fewOutputs, tile8x4.direct},
	{"direct group", always, inGroups.direct},
	{"direct 8x8", always, tile8x8.direct},
	{"direct int8", fitsInt8, inInt8{packed: true}.lower},
	{"direct int8 unpacked", fitsInt8, inInt8{}.lower},
	{"direct", always, tile4x8.direct},
}

// lackError says what a device lacks for a variant, which is no fault of the device's.
type lackError string

func (e lackError) Error() string { return string(e) }

// lacking tells the variants that no kernel can be written for on d, and why.
func lacking(d *device) map[string]error {
	off := map[string]error{}
	if !d.packed() {
		off["direct int8"] = lackError("its WGSL lacks packed_4x8_integer_dot_product")
	}
	for name, kernel := range barriers {
		if err := d.allows(kernel); err != nil {
			off[name] = err
		}
	}
	return off
}

// barriers are the variants in workgroup memory, with the kernel that takes it. On an emulated GPU they come in question only where they are asked for: they are slow there,
// and slow to compile.
var barriers = map[string]shaders.Kernel{
	"winograd 4 group": shaders.WinogradGroup{}, "winograd 4 group phases": shaders.WinogradGroup{},
	"phases group": shaders.ConvGroup{}, "direct group": shaders.ConvGroup{},
}

var inGroups = tiling{shaders.ConvGroup{}, shaders.ConvGroupTile, shaders.ConvGroupTile}

// lossy are the variants that round more than float32 does. Only Options.Lossy, or their name, lets them be used.
var lossy = []string{"direct int8", "direct int8 unpacked"}

// Tolerance is the largest error that the named variant may have, as NMSE of values without a pattern. One that is lossy may have more where they
// lie far from zero.
func Tolerance(variant string) float64 {
	if slices.Contains(lossy, variant) {
		return 1e-3
	}
	// Sums exact but for rounding leave 1e-13, Winograd's filtering 1e-11, a GPU's transcendentals 1e-10.
	return 1e-9
}

// Tiles of conv.wgsl, by pixels and channels of an invocation. Workgroups of the larger are few pixels wide, so that small images fill them.
var (
	tile4x8 = inRegisters(shaders.ConvTile{Pixels: 4, Channels: 8, Lanes: 64})
	tile8x4 = inRegisters(shaders.ConvTile{Pixels: 8, Channels: 4, Lanes: 64})
	tile8x8 = inRegisters(shaders.ConvTile{Pixels: 8, Channels: 8, Lanes: 16})
)

func always(*graph.Node, traits) bool { return true }

// fewOutputs is the conv that makes an image: other tiles would be half empty.
func fewOutputs(n *graph.Node, _ traits) bool { return n.Shape[1] <= 4 }

// emulated are the variants that come before all others on an emulated GPU, where loads cost more than multiplications, and registers nothing.
var emulated = []string{"winograd 4 wide", "winograd 4 wide phases", "phases 8x8", "direct 8x4", "direct 8x8"}

// VariantNames lists the ways in which a Conv can be computed.
func VariantNames() []string {
	var names []string
	for _, v := range variants {
		names = append(names, v.name)
	}
	return names
}

// choices are an executor's decisions on variants. They are not changed once others can see them: who decides makes new ones.
type choices struct {
	traits traits
	lossy  bool             // Options.Lossy
	forced string           // the variant of every node that it fits; empty for none
	off    map[string]error // variants that the device lacks something for, or that failed their proof here, and why
	tuned  map[ConvShape]Tuned
	extra  []variant // of tests, before all others
}

// table has all variants in the order of preference.
func (c *choices) table() []variant {
	table := slices.Clone(c.extra)
	first := func(v variant) bool { return c.traits.software && slices.Contains(emulated, v.name) }
	for _, best := range []bool{true, false} {
		for _, v := range variants {
			if first(v) == best {
				table = append(table, v)
			}
		}
	}
	return table
}

// contenders are the variants by which a Conv may be computed here, in the order of preference. There is always one: the last of the table
// fits everything, and is there even if it is off.
func (c *choices) contenders(n *graph.Node) []*variant {
	var fit []*variant
	table := c.table()
	for i := range table {
		v := &table[i]
		if c.traits.software && v.name != c.forced && barriers[v.name] != nil {
			continue
		}
		if !c.lossy && v.name != c.forced && slices.Contains(lossy, v.name) {
			continue
		}
		if c.off[v.name] == nil && v.fits(n, c.traits) || i == len(table)-1 && len(fit) == 0 {
			fit = append(fit, v)
		}
	}
	return fit
}

// pick decides on the variant of a Conv: the one asked for, or the fastest that was measured, or the first that fits.
func (c *choices) pick(n *graph.Node) *variant {
	fit := c.contenders(n)
	for _, name := range []string{c.forced, c.tuned[shapeOf(n)].Variant} {
		for _, v := range fit {
			if v.name == name {
				return v
			}
		}
	}
	return fit[0]
}

// convs lists the Convs of g as executors see them, after fusion.
func convs(g *graph.Graph) []*graph.Node {
	var all []*graph.Node
	for _, n := range graph.Fuse(g).Nodes() {
		if n.Op == graph.OpConv {
			all = append(all, n)
		}
	}
	return all
}

// Uses lists the variants by which g's Convs would be computed, in the order of the nodes after fusion.
func (e *Executor) Uses(g *graph.Graph) []string {
	c := e.decided()
	var names []string
	for _, n := range convs(g) {
		names = append(names, c.pick(n).name)
	}
	return names
}
