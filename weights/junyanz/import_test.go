package junyanz_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/junyanz"
	"github.com/webmunit/webmunit/weights/pytorch"
	"github.com/webmunit/webmunit/weights/pytorch/pttest"
)

// original reads a checkpoint that PyTorch wrote; what its networks compute is held in runtime/optest.
func original(t testing.TB, folder string) []byte {
	data, err := os.ReadFile("../../runtime/optest/testdata/kin/" + folder + "/latest_net_G_A.pth")
	require.NoError(t, err)
	return data
}

func fileOf(data []byte) *junyanz.File {
	return &junyanz.File{Data: bytes.NewReader(data), Size: int64(len(data))}
}

func importA(data []byte, o junyanz.Options) (*weights.Model, error) {
	return junyanz.Import(junyanz.Files{A: fileOf(data)}, o)
}

func stateDict(t *testing.T, data []byte) pytorch.StateDict {
	c, err := pytorch.Open(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	top, _ := c.Top()
	require.NotNil(t, top)
	return top.StateDict()
}

func TestConfig(t *testing.T) {
	for folder, want := range map[string]weights.Gen{
		"cyclegan":              {Dim: 8, NDownsample: 2, NRes: 6, Activ: "relu", PadType: "reflect", NetG: "resnet"},
		"cyclegan_dropout_keys": {Dim: 8, NDownsample: 2, NRes: 9, Activ: "relu", PadType: "reflect", NetG: "resnet", Dropout: true},
		"cyclegan_batch":        {Dim: 8, NDownsample: 2, NRes: 6, Activ: "relu", PadType: "reflect", NetG: "resnet", EncNorm: "in_affine"},
	} {
		m, err := importA(original(t, folder), junyanz.Options{Size: 256})
		require.NoError(t, err)
		assert.Equal(t, weights.Config{Method: "CycleGAN", Gen: want, InputDimA: 3, InputDimB: 3, NewSize: 256}, m.Config, folder)
		assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())
	}
	_, err := importA(original(t, "cyclegan"), junyanz.Options{Eval: true})
	assert.ErrorContains(t, err, "leave --eval out")
}

// What goes back is what PyTorch wrote: the same tensors of the same shapes, which load_state_dict asks for, and the same values but those without effect.
func TestStateDict(t *testing.T) {
	for _, folder := range []string{"cyclegan", "cyclegan_dropout_keys", "cyclegan_batch"} {
		file := original(t, folder)
		m, err := importA(file, junyanz.Options{})
		require.NoError(t, err)
		got, err := junyanz.StateDict(m, weights.A)
		require.NoError(t, err)
		want := stateDict(t, file)
		assert.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
		for name, entry := range want {
			assert.Equal(t, append([]int{}, entry.Shape...), append([]int{}, got[name].Shape...), name)
			if len(entry.Shape) > 1 {
				values, err := entry.Floats()
				require.NoError(t, err)
				assert.Equal(t, values, got[name].Float32s(), name)
			}
		}
		other, err := junyanz.StateDict(m, weights.B)
		require.NoError(t, err)
		assert.Empty(t, other)
	}
	folded, err := importA(original(t, "cyclegan_batch"), junyanz.Options{Eval: true})
	require.NoError(t, err)
	_, err = junyanz.StateDict(folded, weights.A)
	assert.ErrorContains(t, err, "ONNX")
}

// written is a state_dict as torch.save writes it.
func written(t testing.TB, dict map[string]*weights.Tensor, prefix string) []byte {
	var object pttest.Dict
	for i, name := range slices.Sorted(maps.Keys(dict)) {
		object = append(object, prefix+name, pttest.NewTensor(fmt.Sprint(i), dict[name].Shape, dict[name].Float32s()))
	}
	return pttest.ZipFile(t, object)
}

func formulaModel(gen weights.Gen, a, b int) *weights.Model {
	gen.NDownsample, gen.Activ, gen.NetG = 2, "relu", "resnet"
	return formula.Model(weights.Config{Method: "CycleGAN", Gen: gen, InputDimA: a, InputDimB: b}, "junyanz", "a", "b")
}

// Networks of every kind come back, both directions together and each alone, wrapped by DataParallel too.
func TestForms(t *testing.T) {
	for _, gen := range []weights.Gen{
		{Dim: 3, NRes: 1, PadType: "reflect"},
		{Dim: 2, NRes: 9, PadType: "zero"},
		{Dim: 2, NRes: 2, PadType: "zero", Dropout: true},
		{Dim: 4, NRes: 2, PadType: "reflect", Dropout: true, EncNorm: "in_affine"},
	} {
		m := formulaModel(gen, 1, 3)
		files := junyanz.Files{}
		for d, file := range map[weights.Domain]**junyanz.File{weights.A: &files.A, weights.B: &files.B} {
			dict, err := junyanz.StateDict(m, d)
			require.NoError(t, err)
			*file = fileOf(written(t, dict, "module."))
		}
		back, err := junyanz.Import(files, junyanz.Options{})
		require.NoError(t, err)
		assert.Equal(t, m.Config, back.Config)
		require.Equal(t, slices.Sorted(maps.Keys(m.Tensors)), slices.Sorted(maps.Keys(back.Tensors)))
		for name, want := range m.Tensors {
			assert.Equal(t, want.Float32s(), back.Tensors[name].Float32s(), name)
		}
		files.A = nil
		back, err = junyanz.Import(files, junyanz.Options{})
		require.NoError(t, err)
		assert.Equal(t, []weights.Direction{weights.B2A}, back.Directions())
		assert.Equal(t, 3, back.Config.InputDimB)
	}
}

func TestErrors(t *testing.T) {
	dict := func(change func(map[string]*weights.Tensor)) []byte {
		d, err := junyanz.StateDict(formulaModel(weights.Gen{Dim: 2, NRes: 1, PadType: "reflect"}, 3, 3), weights.A)
		require.NoError(t, err)
		change(d)
		return written(t, d, "")
	}
	one := func(name string, shape ...int) []byte {
		return dict(func(d map[string]*weights.Tensor) {
			clear(d)
			d[name] = weights.NewTensor(shape, make([]float32, len(make([]int, numel(shape)))))
		})
	}
	for name, c := range map[string]struct {
		file []byte
		says []string
	}{
		"a tensor is missing": {dict(func(d map[string]*weights.Tensor) { delete(d, "model.4.weight") }), []string{`"model.4.weight"`, "not whole"}},
		"another shape": {dict(func(d map[string]*weights.Tensor) {
			d["model.4.weight"] = weights.NewTensor([]int{5, 2, 3, 3}, make([]float32, 90))
		}),
			[]string{`"model.4.weight"`, "[5 2 3 3]", "[4 2 3 3]"}},
		"one too many":     {dict(func(d map[string]*weights.Tensor) { d["model.99.weight"] = d["model.4.weight"] }), []string{`"model.99.weight"`, "no place"}},
		"the last is gone": {dict(func(d map[string]*weights.Tensor) { delete(d, "model.18.weight") }), []string{`"model.18.weight"`, "1 residual"}},
		"NaN": {dict(func(d map[string]*weights.Tensor) {
			d["model.1.weight"] = weights.NewTensor([]int{2, 3, 7, 7}, nans(294))
		}), []string{"model.1.weight", "NaN", "diverged"}},
		"pix2pix":           {one("model.model.0.weight", 4, 3, 4, 4), []string{"U-Net", "unet_256"}},
		"half a U-Net":      {one("model.down.0.weight", 4, 3, 4, 4), []string{"model.submodule.down.1.weight"}},
		"a discriminator":   {one("model.0.weight", 4, 3, 4, 4), []string{"discriminator", "latest_net_G"}},
		"another network":   {one("layer.weight", 4, 3), []string{`"layer.weight"`, "latest_net_G_A.pth"}},
		"another beginning": {one("model.1.weight", 4, 3, 3, 3), []string{"model.1.weight", "7×7"}},
		"pickled whole":     {pttest.ZipFile(t, pttest.NewCall("models.networks", "ResnetGenerator")), []string{"models.networks.ResnetGenerator", "state_dict()"}},
		"a number":          {pttest.ZipFile(t, 3), []string{"not a state_dict"}},
		"no checkpoint":     {[]byte("<html>"), []string{"not a PyTorch checkpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := importA(c.file, junyanz.Options{})
			require.Error(t, err)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
	_, err := importA(pttest.ZipFile(t, pttest.Dict{"a", pttest.Dict{}, "b", pttest.Dict{}}), junyanz.Options{})
	assert.ErrorIs(t, err, junyanz.ErrNVlabs)
	files := junyanz.Files{A: fileOf(original(t, "cyclegan")), B: fileOf(original(t, "cyclegan_dropout_keys"))}
	_, err = junyanz.Import(files, junyanz.Options{})
	assert.ErrorContains(t, err, "different networks: resnet_6blocks")
}

func numel(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func nans(n int) []float32 {
	all := make([]float32, n)
	all[n/2] = float32(nan())
	return all
}

func nan() float64 { zero := 0.0; return zero / zero }

// FuzzImport feeds whole files: the result is an error of one line, or a model that holds what it says.
func FuzzImport(f *testing.F) {
	for _, gen := range []weights.Gen{{Dim: 1, NRes: 1, PadType: "reflect"}, {Dim: 1, NRes: 1, PadType: "zero", EncNorm: "in_affine"}} {
		d, err := junyanz.StateDict(formulaModel(gen, 1, 1), weights.A)
		require.NoError(f, err)
		f.Add(written(f, d, ""), gen.EncNorm != "")
	}
	unet := formula.Model(weights.Config{Method: "BicycleGAN", InputDimA: 1, InputDimB: 1, Gen: weights.Gen{Dim: 1, StyleDim: 1, NDownsample: 5, Activ: "relu",
		PadType: "zero", NetG: "unet", NetE: "resnet_128", NEF: 1}}, "fuzz", "a", "b")
	for _, domain := range weights.Domains {
		d, err := junyanz.StateDict(unet, domain)
		require.NoError(f, err)
		f.Add(written(f, d, ""), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, eval bool) {
		_, err := junyanz.Import(junyanz.Files{A: fileOf(data), E: fileOf(data)}, junyanz.Options{Eval: eval})
		require.Error(t, err, "a generator is no style encoder")
		m, err := importA(data, junyanz.Options{Eval: eval})
		if err != nil {
			require.False(t, strings.Contains(err.Error(), "\n"))
			return
		}
		for _, n := range m.Config.Networks() {
			for _, k := range m.Config.Keys(n) {
				if n.Domain == weights.A {
					_, err := m.Float32s(n.Domain.Tensor(k.Name), k.Shape)
					require.NoError(t, err)
				}
			}
		}
	})
}

// A channel that was always the same in training has no variance: ε keeps its gain finite.
func TestFoldWithoutVariance(t *testing.T) {
	m := formulaModel(weights.Gen{Dim: 2, NRes: 1, PadType: "reflect", EncNorm: "in_affine"}, 3, 3)
	dict, err := junyanz.StateDict(m, weights.A)
	require.NoError(t, err)
	dict["model.2.running_var"] = weights.NewTensor([]int{2}, []float32{0, 4})
	dict["model.2.running_mean"] = weights.NewTensor([]int{2}, []float32{3, 5})
	back, err := importA(written(t, dict, ""), junyanz.Options{Eval: true})
	require.NoError(t, err)
	weight, gamma, beta := dict["model.1.weight"].Float32s(), dict["model.2.weight"].Float32s(), dict["model.2.bias"].Float32s()
	folded, bias := back.Tensors["gen_a.model.1.weight"].Float32s(), back.Tensors["gen_a.model.1.bias"].Float32s()
	for o, gain := range []float32{gamma[0] / 0.0031622777, gamma[1] / 2} {
		assert.InEpsilon(t, weight[o*147]*gain, folded[o*147], 1e-5)
		assert.InEpsilon(t, beta[o]-[]float32{3, 5}[o]*gain, bias[o], 1e-5)
	}
}
