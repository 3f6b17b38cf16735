package optable

import (
	"context"
	"embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// The bounds of docs/networks.md, "Tolerances".
const (
	maxImageError = 2e-3 // absolute, images in [-1, 1]
	maxInnerNMSE  = 1e-6
)

//go:embed testdata
var goldenFiles embed.FS

// GoldenVectors are expected values of whole networks from an independent float64/float32 reference.
type GoldenVectors struct {
	Name    string
	Config  weights.Config
	Model   *weights.Model // weights by formula
	Tensors map[string][]float32
	Shapes  map[string][]int
}

// Goldens are the names that LoadGolden takes.
var Goldens = []string{"tiny", "zero3"}

// GoldenRun is one network or chain of networks: inputs and outputs carry the golden tensors' names.
type GoldenRun struct {
	Name            string
	inputs, outputs []string
	build           func(b *net.Builder, in ...*graph.Node) []*graph.Node
	taps            bool // compare inner nodes too; they keep nodes from fusing, so runs exist with and without
}

func encodeA(b *net.Builder, in ...*graph.Node) []*graph.Node {
	return []*graph.Node{b.EncodeContent(weights.A, in[0])}
}

func translateAB(b *net.Builder, in ...*graph.Node) []*graph.Node {
	return []*graph.Node{b.Decode(weights.B, b.EncodeContent(weights.A, in[0]), b.MLP(weights.B, in[1]))}
}

var goldenRuns = []GoldenRun{
	{"content", []string{"x_a"}, []string{"c_a"}, encodeA, false},
	{"content-b", []string{"x_b"}, []string{"c_b"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.EncodeContent(weights.B, in[0])}
	}, false},
	{"style", []string{"x_a"}, []string{"s_a"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.EncodeStyle(weights.A, in[0])}
	}, false},
	{"style-b", []string{"x_b"}, []string{"s_b"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.EncodeStyle(weights.B, in[0])}
	}, false},
	{"translate", []string{"x_a", "s"}, []string{"x_ab"}, translateAB, false},
	{"translate-back", []string{"x_b", "s"}, []string{"x_ba"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.Decode(weights.A, b.EncodeContent(weights.B, in[0]), b.MLP(weights.A, in[1]))}
	}, false},
	{"decode-guided", []string{"c_a", "s_b"}, []string{"x_ab_guided"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.Decode(weights.B, in[0], b.MLP(weights.B, in[1]))}
	}, false},
	{"reconstruct", []string{"x_a"}, []string{"x_aa"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		return []*graph.Node{b.Decode(weights.A, b.EncodeContent(weights.A, in[0]), b.MLP(weights.A, b.EncodeStyle(weights.A, in[0])))}
	}, false},
	{"taps", []string{"x_a", "s"}, []string{"x_ab", "tap.adain"}, func(b *net.Builder, in ...*graph.Node) []*graph.Node {
		adain := b.MLP(weights.B, in[1])
		return []*graph.Node{b.Decode(weights.B, b.EncodeContent(weights.A, in[0]), adain), adain}
	}, true},
}

// Runs lists the networks that v holds values of.
func (v *GoldenVectors) Runs() []GoldenRun {
	var runs []GoldenRun
	for _, r := range goldenRuns {
		if v.has(r) {
			runs = append(runs, r)
		}
	}
	return runs
}

// has reports whether the vectors hold what the run needs.
func (v *GoldenVectors) has(r GoldenRun) bool {
	for _, name := range append(slices.Clone(r.inputs), r.outputs...) {
		if _, ok := v.Tensors[name]; !ok {
			return false
		}
	}
	return true
}

// Check runs r on e with weights that e has from v.Model, and compares.
func (v *GoldenVectors) Check(ctx context.Context, e graph.Executor, params graph.Params, r GoldenRun) error {
	g, err := v.graph(r)
	if err != nil {
		return err
	}
	p, err := e.Compile(ctx, g, params)
	if err != nil {
		return err
	}
	defer p.Close()
	got, err := Once(ctx, e, p, g, v.Tensors)
	if err != nil {
		return err
	}
	for i := range g.Outputs() {
		name := g.OutputName(i)
		want := v.Tensors[name]
		if len(got[i]) != len(want) {
			return fmt.Errorf("%s has %d values, %d are right", name, len(got[i]), len(want))
		}
		off, most := NMSE(got[i], want), maxInnerNMSE
		if strings.HasPrefix(name, "x_") {
			off, most = MaxAbs(got[i], want), maxImageError
		}
		if !(off <= most) { // so that NaN fails
			return fmt.Errorf("%s is off by %.2g, allowed is %.2g: first values %v, want %v", name, off, most, head(got[i]), head(want))
		}
	}
	return nil
}

// graph is the network of r, with the inner nodes as outputs where r taps them.
func (v *GoldenVectors) graph(r GoldenRun) (*graph.Graph, error) {
	g := graph.New()
	b := &net.Builder{Graph: g, Config: v.Config}
	tapped := 0
	if r.taps {
		b.Tap = func(name string, n *graph.Node) {
			if _, ok := v.Tensors["tap."+name]; ok && !slices.Contains(r.outputs, "tap."+name) {
				tapped++
				g.Output("tap."+name, n)
			}
		}
	}
	var in []*graph.Node
	for _, name := range r.inputs {
		shape := v.Shapes[name]
		if name[0] == 's' {
			shape = shape[:2]
		}
		in = append(in, g.Input(name, shape...))
	}
	for i, n := range r.build(b, in...) {
		g.Output(r.outputs[i], n)
	}
	if r.taps && tapped == 0 {
		return nil, fmt.Errorf("golden vectors %s have no inner values", v.Name)
	}
	return g, g.Err()
}

// LoadGolden reads golden vectors name of this package: "tiny" or "zero3".
func LoadGolden(name string) (*GoldenVectors, error) { return ReadGolden(goldenFiles, name) }

// ReadGolden reads golden vectors from testdata/name of files.
func ReadGolden(files fs.FS, name string) (*GoldenVectors, error) {
	yaml, err := fs.ReadFile(files, "testdata/"+name+"/config.yaml")
	if err != nil {
		return nil, err
	}
	cfg, _, err := nvlabs.ParseConfig(yaml)
	if err != nil {
		return nil, err
	}
	data, err := fs.ReadFile(files, "testdata/"+name+"/golden.safetensors")
	if err != nil {
		return nil, err
	}
	v := &GoldenVectors{Name: name, Config: cfg, Model: formula.Model(cfg, "golden/"+name, "a", "b")}
	v.Tensors, v.Shapes, err = readF32(data)
	return v, err
}

// readF32 reads a safetensors file that holds nothing but float32.
func readF32(data []byte) (map[string][]float32, map[string][]int, error) {
	size := binary.LittleEndian.Uint64(data)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+size], &header); err != nil {
		return nil, nil, err
	}
	delete(header, "__metadata__")
	tensors, shapes := map[string][]float32{}, map[string][]int{}
	for name, raw := range header {
		var h struct {
			DType       string
			Shape       []int
			DataOffsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &h); err != nil {
			return nil, nil, err
		}
		if h.DType != "F32" {
			return nil, nil, fmt.Errorf("%s is %s, not F32", name, h.DType)
		}
		bytes := data[8+size:][h.DataOffsets[0]:h.DataOffsets[1]]
		values := make([]float32, len(bytes)/4)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
		}
		tensors[name], shapes[name] = values, h.Shape
	}
	return tensors, shapes, nil
}
