//go:build !race

package train_test

import (
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// others are the methods that MUNIT is compared with: their loss terms, and what of the networks they have.
var others = []struct {
	name  string
	terms []string
	parts []string
}{
	{"UNIT", []string{"dis_a", "dis_b", "dis_total", "adv_b", "cyc_x_a", "recon_x_a", "kl_a", "kl_cyc_a", "adv_a", "cyc_x_b", "recon_x_b", "kl_b", "kl_cyc_b", "gen_total"},
		[]string{"gen_a.dec", "gen_a.enc", "gen_b.dec", "gen_b.enc", "dis_a.cnns", "dis_b.cnns"}},
	{"CycleGAN", []string{"dis_a", "dis_b", "dis_total", "adv_b", "cyc_x_a", "adv_a", "cyc_x_b", "gen_total"},
		[]string{"gen_a.dec", "gen_a.enc_content", "gen_b.dec", "gen_b.enc_content", "dis_a.cnns", "dis_b.cnns"}},
	{"CycleGANNoise", []string{"dis_a", "dis_b", "dis_total", "adv_b", "cyc_x_a", "adv_a", "cyc_x_b", "gen_total"},
		[]string{"gen_a.dec", "gen_a.enc_content", "gen_b.dec", "gen_b.enc_content", "dis_a.cnns", "dis_b.cnns"}},
	{"BicycleGAN", []string{"dis_b", "dis_total", "recon_x_b", "recon_s_b", "kl_b", "adv_b", "gen_total"},
		[]string{"gen_a.enc_content", "gen_b.dec", "gen_b.enc_style", "gen_b.mlp", "dis_b.cnns"}},
}

// methodConfig is testdata/tiny.yaml for another method.
func methodConfig(t *testing.T, method string) nvlabs.Training {
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	changed := strings.NewReplacer("weight_decay: 0.0001", "weight_decay: 0", "lr: 0.001", "lr: 0.01", "recon_x_cyc_w: 1", "recon_x_cyc_w: 10").Replace(string(text))
	c, _, err := nvlabs.ParseTraining([]byte("trainer: " + method + "\n" + changed))
	require.NoError(t, err)
	return c
}

// TestOtherMethodsLearn takes some steps on one batch: every weight moves, and pictures are put together better.
func TestOtherMethodsLearn(t *testing.T) {
	require.Len(t, others, len(nvlabs.Trainers)-1)
	e := cpu.New(cpu.Options{Threads: 2})
	defer e.Close()
	for _, m := range others {
		t.Run(m.name, func(t *testing.T) {
			c := methodConfig(t, m.name)
			trainer, err := train.New(t.Context(), e, c, nil, 3)
			require.NoError(t, err)
			defer trainer.Close()
			before, err := trainer.Checkpoint(t.Context())
			require.NoError(t, err)
			r := rand.New(rand.NewPCG(4, 5))
			normal := func(n int) []float32 {
				values := make([]float32, n)
				for i := range values {
					values[i] = float32(r.NormFloat64())
				}
				return values
			}
			var b train.Batch
			h, w := c.Crop()
			for i, d := range weights.Domains {
				shape := []int{c.BatchSize, c.Model.InputDim(d), h, w}
				for range c.BatchSize * c.Model.InputDim(d) * h * w {
					b.Pictures[i] = append(b.Pictures[i], 2*r.Float32()-1)
				}
				if noise := net.Methods[m.name].Noise(c.Model, d, shape); noise != nil {
					b.DisStyles[i], b.GenStyles[i] = normal(noise.Elems()), normal(noise.Elems())
				}
			}
			value := func(losses train.Losses, prefix string) (sum float32) {
				for _, l := range losses {
					if strings.HasPrefix(l.Name, prefix) {
						sum += l.Value
					}
				}
				return sum
			}
			var first, last train.Losses
			const steps = 8
			for i := range steps {
				last, err = trainer.Step(t.Context(), b, true)
				require.NoError(t, err)
				if i == 0 {
					first = last
				}
			}
			var names []string
			for _, l := range first {
				names = append(names, l.Name)
			}
			assert.Equal(t, m.terms, names)
			again := "cyc_x"
			if m.name == "BicycleGAN" {
				again = "recon_x"
			}
			assert.Less(t, value(last, again), value(first, again))
			assert.Less(t, value(last, "gen_total"), value(first, "gen_total"))

			after, err := trainer.Checkpoint(t.Context())
			require.NoError(t, err)
			parts := map[string]bool{}
			for name, tensor := range after.Tensors {
				if strings.HasPrefix(name, "gen_") || strings.HasPrefix(name, "dis_") {
					part := strings.SplitN(name, ".", 3)
					parts[part[0]+"."+part[1]] = true
					assert.NotEqual(t, before.Tensors[name].Float32s(), tensor.Float32s(), "%s does not learn", name)
				}
			}
			assert.Len(t, parts, len(m.parts))
			for _, part := range m.parts {
				assert.True(t, parts[part], part)
			}
		})
	}
}

// drawOne translates a picture with a model in the first of its directions.
func drawOne(t *testing.T, m *weights.Model) {
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer tr.Close()
	dir := m.Directions()[0]
	img := image.NewNRGBA(image.Rect(0, 0, 20, 16))
	for i := range img.Pix {
		img.Pix[i] = uint8(7 * i)
	}
	y, err := tr.Translate(t.Context(), img, dir, tr.RandomStyle(1, 0))
	require.NoError(t, err)
	assert.Equal(t, img.Bounds(), y.Bounds())
	c, err := tr.Encode(t.Context(), img, dir)
	require.NoError(t, err)
	defer c.Close()
	if m.Config.StyleDim() > 0 {
		all, err := tr.DecodeBatch(t.Context(), c, []runtime.Style{tr.RandomStyle(1, 0), tr.RandomStyle(1, 1)})
		require.NoError(t, err)
		assert.Equal(t, y, all[0])
		assert.NotEqual(t, y, all[1])
		return
	}
	_, err = tr.DecodeBatch(t.Context(), c, []runtime.Style{nil, nil})
	assert.ErrorIs(t, err, runtime.ErrStyleLength)
	_, err = tr.Decode(t.Context(), c, runtime.Style{1})
	assert.ErrorIs(t, err, runtime.ErrStyleLength)
	_, err = tr.StyleOf(t.Context(), img, dir)
	assert.ErrorIs(t, err, runtime.ErrStyleLength)
}

// TestOtherMethodsRun trains from files, and goes on from a checkpoint.
func TestOtherMethodsRun(t *testing.T) {
	folder := pictures(t, 3)
	for _, m := range others {
		t.Run(m.name, func(t *testing.T) {
			output := t.TempDir()
			for i, resume := range []bool{false, true} {
				o := options(t, folder, output, &watch{}, "max_iter: 6", fmt.Sprintf("trainer: %s\nmax_iter: %d", m.name, i+2))
				o.Resume = resume
				why, err := run(t, t.Context(), o)
				require.NoError(t, err)
				require.Equal(t, train.Finished, why)
			}
			assert.FileExists(t, filepath.Join(output, "checkpoints", "00000003.safetensors"))
			assert.FileExists(t, filepath.Join(output, "sheet-a2b.png"))
			path := filepath.Join(output, train.ModelName)
			model, err := weights.Open(path)
			require.NoError(t, err)
			assert.Equal(t, m.name, model.Config.Method)
			drawOne(t, model)
		})
	}
	require.NoError(t, os.Remove(filepath.Join(folder, "trainB", "1.png")))
	o := options(t, folder, t.TempDir(), &watch{}, "max_iter: 6", "trainer: BicycleGAN\nmax_iter: 1")
	_, err := run(t, t.Context(), o)
	assert.ErrorContains(t, err, "pairs")
}
