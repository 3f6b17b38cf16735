package optest

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/junyanz"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// maxPictureError is docs/networks.md's bound of images, in [-1, 1].
const maxPictureError = 2e-3

// pass is a network of a model with golden inputs and what comes out.
type pass struct {
	in, out string
	style   string // of the golden vectors; empty: none
	build   func(b *net.Builder, x, style *graph.Node) *graph.Node
}

func translate(dir weights.Direction, in, out, style string) pass {
	return pass{in, out, style, func(b *net.Builder, x, style *graph.Node) *graph.Node {
		return b.Decode(dir.To(), b.EncodeContent(dir.From(), x), b.MLP(dir.To(), style))
	}}
}

// kin holds e against checkpoints of the methods that MUNIT is compared with, as their projects save them, and what their own code computes with
// them (testdata/README.md).
func kin(t *testing.T, e graph.Executor) {
	type files func(name string) *junyanz.File
	cycleGAN := func(eval bool) func(files) (*weights.Model, error) {
		return func(file files) (*weights.Model, error) {
			return junyanz.Import(junyanz.Files{A: file("latest_net_G_A.pth")}, junyanz.Options{Eval: eval})
		}
	}
	for _, c := range []struct {
		name, folder string
		open         func(files) (*weights.Model, error)
		passes       []pass
	}{
		{"CycleGAN", "cyclegan", cycleGAN(false), []pass{translate(weights.A2B, "x", "y", "")}},
		{"CycleGAN trained with dropout", "cyclegan_dropout_keys", cycleGAN(false), []pass{translate(weights.A2B, "x", "y", "")}},
		{"CycleGAN with batch norm", "cyclegan_batch", cycleGAN(false), []pass{translate(weights.A2B, "x", "y", "")}},
		{"CycleGAN with batch norm, --eval", "cyclegan_batch", cycleGAN(true), []pass{translate(weights.A2B, "x", "y_eval", "")}},
		{"BicycleGAN", "bicyclegan", func(file files) (*weights.Model, error) {
			return junyanz.Import(junyanz.Files{A: file("latest_net_G.pth"), E: file("latest_net_E.pth")}, junyanz.Options{})
		}, []pass{
			translate(weights.A2B, "x", "y", "z"),
			translate(weights.A2B, "x", "y_styled", "mu"),
			{"style_of", "mu", "", func(b *net.Builder, x, _ *graph.Node) *graph.Node { return b.EncodeStyle(weights.B, x) }},
		}},
		{"UNIT", "unit", func(file files) (*weights.Model, error) {
			config, err := io.ReadAll(io.NewSectionReader(file("config.yaml").Data, 0, file("config.yaml").Size))
			require.NoError(t, err)
			cfg, _, err := nvlabs.ParseConfig(config)
			require.NoError(t, err)
			return nvlabs.Import(file("gen.pt").Data, file("gen.pt").Size, cfg)
		}, []pass{translate(weights.A2B, "x_a", "x_ab", ""), translate(weights.B2A, "x_b", "x_ba", "")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func(name string) []byte {
				data, err := goldenFiles.ReadFile("testdata/kin/" + c.folder + "/" + name)
				require.NoError(t, err)
				return data
			}
			m, err := c.open(func(name string) *junyanz.File {
				data := read(name)
				return &junyanz.File{Data: bytes.NewReader(data), Size: int64(len(data))}
			})
			require.NoError(t, err)
			golden, _, err := weights.ParseTensors(read("golden.safetensors"))
			require.NoError(t, err)
			params := e.NewParams(m)
			defer params.Close()
			for _, p := range c.passes {
				x, want := golden[p.in], golden[p.out].Float32s()
				values := map[string][]float32{"x": x.Float32s()}
				g := graph.New()
				in := g.Input("x", x.Shape...)
				var style *graph.Node
				if p.style != "" {
					style = g.Input("style", golden[p.style].Shape...)
					values["style"] = golden[p.style].Float32s()
				}
				g.Output("y", p.build(&net.Builder{Graph: g, Config: m.Config}, in, style))
				compiled, err := e.Compile(t.Context(), g, params)
				require.NoError(t, err)
				got, err := optable.Once(t.Context(), e, compiled, g, values)
				compiled.Close()
				require.NoError(t, err)
				require.Equal(t, graph.Shape(golden[p.out].Shape), g.Outputs()[0].Shape)
				assert.LessOrEqual(t, optable.MaxAbs(got[0], want), maxPictureError, p.out)
				assert.Greater(t, optable.MaxAbs(want, make([]float32, len(want))), 0.1, "a picture of nothing")
			}
		})
	}
}
