//go:build !race

package train_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// writeVGG writes a VGG16 whose weights are by formula: its features mean nothing, but are features.
func writeVGG(t *testing.T) string {
	tensors := map[string]*weights.Tensor{}
	for _, k := range net.VGGKeys() {
		tensors[k.Name] = weights.NewTensor(k.Shape, formula.Values("vgg", "", k.Name, k.Shape))
	}
	path := filepath.Join(t.TempDir(), "vgg16.safetensors")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = weights.WriteTensors(f, tensors, nil)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path
}

// TestPerceptualLoss takes a step with vgg_w and adds up what the terms should give.
func TestPerceptualLoss(t *testing.T) {
	o := options(t, "", "", &watch{}, "vgg_w: 0", "vgg_w: 2\nvgg_weights: "+writeVGG(t))
	e := cpu.New(cpu.Options{})
	defer e.Close()
	trainer, err := train.New(t.Context(), e, o.Config, nil, 1)
	require.NoError(t, err)
	defer trainer.Close()
	var b train.Batch
	for d, channels := range [...]int{1, 3} {
		b.Pictures[d] = formula.Values("picture", "", [...]string{"a", "b"}[d], []int{2 * channels * 32 * 32})
		b.DisStyles[d], b.GenStyles[d] = make([]float32, 4), make([]float32, 4)
	}
	losses, err := trainer.Step(t.Context(), b, true)
	require.NoError(t, err)
	found := map[string]float32{}
	for _, l := range losses {
		found[l.Name] = l.Value
	}
	for _, name := range []string{"vgg_a", "vgg_b"} {
		// Independent features after instance normalisation are about 2 apart.
		assert.Greater(t, found[name], float32(0.1), name)
		assert.Less(t, found[name], float32(4), name)
	}
	sum := found["adv_a"] + found["adv_b"] + 10*(found["recon_x_a"]+found["recon_x_b"]) + found["recon_s_a"] + found["recon_s_b"] +
		found["recon_c_a"] + found["recon_c_b"] + found["cyc_x_a"] + found["cyc_x_b"] + 2*(found["vgg_a"]+found["vgg_b"])
	assert.InEpsilon(t, sum, found["gen_total"], 1e-5)
}

func TestPerceptualLossNeedsWeights(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	notVGG := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(notVGG, []byte("no weights"), 0o644))
	for _, path := range []string{"", "missing.pth", notVGG} {
		o := options(t, "", "", &watch{}, "vgg_w: 0", "vgg_w: 1\nvgg_weights: "+path)
		_, err := train.New(t.Context(), e, o.Config, nil, 1)
		require.ErrorIs(t, err, train.ErrNoVGG, path)
		assert.ErrorContains(t, err, "vgg16-397923af.pth")
	}
}
