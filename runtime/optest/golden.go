package optest

import (
	"embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// Tolerances of DESIGN §7 (contract).
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

// Golden runs every network of golden vectors name ("tiny", "zero3" or "full") on e.
func Golden(t *testing.T, e graph.Executor, name string) {
	v := LoadGolden(t, name)
	params := e.NewParams(v.Model)
	defer params.Close()
	for _, run := range goldenRuns {
		if v.has(run) {
			t.Run(name+"/"+run.name, func(t *testing.T) { v.check(t, e, params, run) })
		}
	}
}

// goldenRun is one network or chain of networks: inputs and outputs carry the golden tensors' names.
type goldenRun struct {
	name            string
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

var goldenRuns = []goldenRun{
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

// has reports whether the vectors hold what the run needs.
func (v *GoldenVectors) has(r goldenRun) bool {
	for _, name := range append(slices.Clone(r.inputs), r.outputs...) {
		if _, ok := v.Tensors[name]; !ok {
			return false
		}
	}
	return true
}

func (v *GoldenVectors) check(t *testing.T, e graph.Executor, params graph.Params, r goldenRun) {
	g := graph.New()
	b := &net.Builder{Graph: g, Config: v.Config}
	tapped := map[string]bool{}
	if r.taps {
		b.Tap = func(name string, n *graph.Node) {
			if _, ok := v.Tensors["tap."+name]; ok && !slices.Contains(r.outputs, "tap."+name) {
				tapped[name] = true
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
	require.NoError(t, g.Err())
	if r.taps {
		require.NotEmpty(t, tapped)
	}
	p, err := e.Compile(t.Context(), g, params)
	require.NoError(t, err)
	defer p.Close()
	got, err := runOnce(e, p, g, v.Tensors)
	require.NoError(t, err)
	for i := range g.Outputs() {
		name := g.OutputName(i)
		want := v.Tensors[name]
		require.Len(t, got[i], len(want), name)
		requireFinite(t, got[i])
		if strings.HasPrefix(name, "x_") {
			require.LessOrEqual(t, MaxAbs(got[i], want), maxImageError, name)
		} else {
			require.LessOrEqual(t, NMSE(got[i], want), maxInnerNMSE, name)
		}
	}
}

// LoadGolden reads embedded golden vectors.
func LoadGolden(t testing.TB, name string) *GoldenVectors {
	yaml, err := goldenFiles.ReadFile("testdata/" + name + "/config.yaml")
	require.NoError(t, err)
	cfg, _, err := nvlabs.ParseConfig(yaml)
	require.NoError(t, err)
	data, err := goldenFiles.ReadFile("testdata/" + name + "/golden.safetensors")
	require.NoError(t, err)
	v := &GoldenVectors{Name: name, Config: cfg, Model: formula.Model(cfg, "golden/"+name, "a", "b")}
	v.Tensors, v.Shapes, err = readF32(data)
	require.NoError(t, err)
	return v
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
