package optest

import (
	"bytes"
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

// kin holds e against checkpoints of the methods that MUNIT is compared with, as their projects save them, and what their own code computes with
// them (testdata/README.md).
func kin(t *testing.T, e graph.Executor) {
	cycleGAN := func(eval bool) func(t *testing.T, file func(name string) []byte) *weights.Model {
		return func(t *testing.T, file func(name string) []byte) *weights.Model {
			data := file("latest_net_G_A.pth")
			m, err := junyanz.Import(junyanz.Files{weights.A: {Data: bytes.NewReader(data), Size: int64(len(data))}}, junyanz.Options{Eval: eval})
			require.NoError(t, err)
			return m
		}
	}
	for _, c := range []struct {
		name, folder string
		open         func(t *testing.T, file func(name string) []byte) *weights.Model
		outputs      map[weights.Direction][2]string // of the golden vectors: what goes in, and what comes out
	}{
		{"CycleGAN", "cyclegan", cycleGAN(false), map[weights.Direction][2]string{weights.A2B: {"x", "y"}}},
		{"CycleGAN trained with dropout", "cyclegan_dropout_keys", cycleGAN(false), map[weights.Direction][2]string{weights.A2B: {"x", "y"}}},
		{"CycleGAN with batch norm", "cyclegan_batch", cycleGAN(false), map[weights.Direction][2]string{weights.A2B: {"x", "y"}}},
		{"CycleGAN with batch norm, --eval", "cyclegan_batch", cycleGAN(true), map[weights.Direction][2]string{weights.A2B: {"x", "y_eval"}}},
		{"UNIT", "unit", func(t *testing.T, file func(name string) []byte) *weights.Model {
			cfg, _, err := nvlabs.ParseConfig(file("config.yaml"))
			require.NoError(t, err)
			data := file("gen.pt")
			m, err := nvlabs.Import(bytes.NewReader(data), int64(len(data)), cfg)
			require.NoError(t, err)
			return m
		}, map[weights.Direction][2]string{weights.A2B: {"x_a", "x_ab"}, weights.B2A: {"x_b", "x_ba"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := func(name string) []byte {
				data, err := goldenFiles.ReadFile("testdata/kin/" + c.folder + "/" + name)
				require.NoError(t, err)
				return data
			}
			m := c.open(t, file)
			golden, _, err := weights.ParseTensors(file("golden.safetensors"))
			require.NoError(t, err)
			require.Len(t, m.Directions(), len(c.outputs))
			params := e.NewParams(m)
			defer params.Close()
			for dir, names := range c.outputs {
				x, want := golden[names[0]], golden[names[1]]
				g := graph.New()
				b := &net.Builder{Graph: g, Config: m.Config}
				g.Output("y", b.Decode(dir.To(), b.EncodeContent(dir.From(), g.Input("x", x.Shape...)), nil))
				p, err := e.Compile(t.Context(), g, params)
				require.NoError(t, err)
				got, err := optable.Once(t.Context(), e, p, g, map[string][]float32{"x": x.Float32s()})
				p.Close()
				require.NoError(t, err)
				require.Equal(t, graph.Shape(want.Shape), g.Outputs()[0].Shape)
				assert.LessOrEqual(t, optable.MaxAbs(got[0], want.Float32s()), maxPictureError, dir)
				assert.Greater(t, optable.MaxAbs(want.Float32s(), make([]float32, len(got[0]))), 0.1, "a picture of nothing")
			}
		})
	}
}
