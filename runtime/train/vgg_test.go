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
	"github.com/webmunit/webmunit/runtime/optest"
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

// TestPerceptualLoss holds a training with vgg_w against the golden one, whose VGG16 has the same weights.
func TestPerceptualLoss(t *testing.T) {
	v := optest.LoadTraining(t, "train_vgg")
	v.Training.VGGWeights = writeVGG(t)
	e := cpu.New(cpu.Options{})
	defer e.Close()
	holdTraining(t, e, v)
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
