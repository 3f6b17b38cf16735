package weights_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// smallConfig has what the quantisers find hard: rows that are no multiple of 32 (or even of 2).
func smallConfig() weights.Config {
	return weights.Config{
		Gen:       weights.Gen{Dim: 2, MLPDim: 5, StyleDim: 3, Activ: "prelu", NDownsample: 1, NRes: 1, PadType: "reflect"},
		Dis:       weights.Dis{Dim: 4, Norm: "none", Activ: "lrelu", NLayer: 2, GANType: "lsgan", NumScales: 2, PadType: "reflect"},
		InputDimA: 1, InputDimB: 3, NewSize: 64,
	}
}

func smallModel() *weights.Model {
	m := formula.Model(smallConfig(), "small", "a", "b")
	m.DomainA, m.DomainB, m.License, m.Source = "drawing", "avatar <b>", "CC0", "a test"
	m.Preview = []byte("\x89PNG\r\n\x1a\nrest")
	return m
}

func fileOf(t testing.TB, m *weights.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	return b.Bytes()
}

func TestEveryDTypeSurvivesTheFile(t *testing.T) {
	for _, d := range weights.DTypes {
		t.Run(string(d), func(t *testing.T) {
			m, err := smallModel().Convert(d)
			require.NoError(t, err)
			data := fileOf(t, m)
			back, err := weights.Parse(data)
			require.NoError(t, err)
			assert.Equal(t, m, back)
			assert.Equal(t, data, fileOf(t, back), "the bytes are a function of the model")
		})
	}
}

func TestConvertKeepsVectorsAndBoundsTheError(t *testing.T) {
	m := smallModel()
	// Signal to noise of a uniform distribution in b bits is about 6b dB.
	leastSNR := map[weights.DType]float64{weights.F32: math.Inf(1), weights.F16: 70, weights.Int8: 42, weights.Int4: 19}
	for d, least := range leastSNR {
		q, err := m.Convert(d)
		require.NoError(t, err)
		assert.Equal(t, d, q.DType)
		var signal, noise float64
		for name, want := range m.Tensors {
			got := q.Tensors[name]
			assert.Equal(t, want.Shape, got.Shape)
			if len(want.Shape) < 2 {
				assert.Equal(t, want, got, "vector %s", name)
				continue
			}
			stored := d
			if d == weights.Int4 && (strings.Contains(name, ".mlp.") || strings.Contains(name, ".dec.model.3.conv")) {
				stored = weights.Int8
			}
			assert.Equal(t, stored, got.DType, name)
			g := got.Float32s()
			for i, w := range want.Float32s() {
				signal += float64(w) * float64(w)
				noise += float64(w-g[i]) * float64(w-g[i])
			}
		}
		assert.GreaterOrEqual(t, 10*math.Log10(signal/noise), least, "dtype %s", d)
	}
}

func TestConvertAgainChangesNothing(t *testing.T) {
	for _, d := range weights.DTypes {
		once, err := smallModel().Convert(d)
		require.NoError(t, err)
		twice, err := once.Convert(d)
		require.NoError(t, err)
		assert.Equal(t, once, twice)
	}
}

func withWeights(values ...float32) *weights.Model {
	m := smallModel()
	for name, t := range m.Tensors {
		if len(t.Shape) >= 2 {
			v := t.Float32s()
			copy(v, values)
			m.Tensors[name] = weights.NewTensor(t.Shape, v)
		}
	}
	return m
}

func TestConvertRefusesWhatADTypeCannotHold(t *testing.T) {
	_, err := smallModel().Convert("int2")
	assert.ErrorContains(t, err, `"int2"`)
	assert.ErrorContains(t, err, "int4")
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(-1))} {
		for _, d := range weights.DTypes[1:] {
			_, err := withWeights(bad).Convert(d)
			assert.ErrorContains(t, err, "diverged", d)
		}
	}
	_, err = withWeights(1e5).Convert(weights.F16)
	assert.ErrorContains(t, err, "beyond f16")
	_, err = withWeights(-1e5).Convert(weights.F16)
	assert.ErrorContains(t, err, "beyond f16")
	_, err = withWeights(1e7).Convert(weights.Int4)
	assert.ErrorContains(t, err, "beyond f16")
	_, err = withWeights(math.MaxFloat32, -math.MaxFloat32).Convert(weights.Int8)
	assert.NoError(t, err)
}

// Zero rows and values too small for an F16 scale become zeros, not NaN.
func TestConvertOfZerosAndTinyValues(t *testing.T) {
	m := smallModel()
	for name, w := range m.Tensors {
		v := make([]float32, len(w.Float32s()))
		if name == "gen_b.mlp.model.1.fc.weight" {
			v[0], v[7] = 1e-40, -1e-30
		}
		m.Tensors[name] = weights.NewTensor(w.Shape, v)
	}
	for _, d := range weights.DTypes[2:] {
		q, err := m.Convert(d)
		require.NoError(t, err)
		for name, w := range q.Tensors {
			for _, v := range w.Float32s() {
				assert.InDelta(t, 0, v, 1e-29, "%s %s", d, name)
			}
		}
	}
}

// The layout is the one that the safetensors library writes: a little-endian header length, a
// JSON header padded with spaces to 8 bytes, and tensors by element size, then by name.
func TestFileIsSafetensors(t *testing.T) {
	m, err := smallModel().Convert(weights.Int4)
	require.NoError(t, err)
	for _, m := range []*weights.Model{smallModel(), m} {
		data := fileOf(t, m)
		n := int(data[0]) | int(data[1])<<8 | int(data[2])<<16
		require.Zero(t, [5]byte(data[3:8]))
		require.Zero(t, n%8)
		var header map[string]struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}
		text := data[8 : 8+n]
		require.Equal(t, byte('}'), bytes.TrimRight(text, " ")[len(bytes.TrimRight(text, " "))-1])
		var meta struct {
			Metadata map[string]string `json:"__metadata__"`
		}
		require.NoError(t, json.Unmarshal(text, &meta))
		assert.Equal(t, "munit", meta.Metadata["format"])
		assert.Equal(t, "1", meta.Metadata["version"])
		assert.Contains(t, meta.Metadata["config"], `"style_dim":3`)
		require.NoError(t, json.Unmarshal(text, &header))
		delete(header, "__metadata__")
		size := map[string]int{"F32": 4, "F16": 2, "I8": 1, "U8": 1}
		end := 0
		for name, e := range header {
			values := 1
			for _, d := range e.Shape {
				values *= d
			}
			assert.Equal(t, values*size[e.DType], e.Offsets[1]-e.Offsets[0], name)
			assert.Zero(t, e.Offsets[0]%size[e.DType], "%s is aligned", name)
			end = max(end, e.Offsets[1])
			for other, o := range header {
				if size[o.DType] > size[e.DType] || size[o.DType] == size[e.DType] && other < name {
					assert.LessOrEqual(t, o.Offsets[1], e.Offsets[0], "%s comes before %s", other, name)
				}
			}
		}
		assert.Equal(t, len(data)-8-n, end)
	}
}

func TestOnlyKeepsOneDirection(t *testing.T) {
	m := smallModel()
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	for _, d := range m.Directions() {
		one, err := m.Only(d)
		require.NoError(t, err)
		back, err := weights.Parse(fileOf(t, one))
		require.NoError(t, err)
		assert.Equal(t, []weights.Direction{d}, back.Directions())
		assert.True(t, back.Has(d.From().Network(weights.EncContent)))
		assert.True(t, back.Has(d.To().Network(weights.EncStyle)))
		assert.False(t, back.Has(d.From().Network(weights.Dec)))
		assert.False(t, back.Has(d.To().Network(weights.EncContent)))
	}
	one, err := m.Only(weights.A2B)
	require.NoError(t, err)
	_, err = one.Only(weights.B2A)
	assert.ErrorContains(t, err, "cannot translate b2a")
	_, err = m.Only("sideways")
	assert.Error(t, err)
}

func TestFloat32sChecksNameAndShape(t *testing.T) {
	m := smallModel()
	name := "gen_a.mlp.model.0.fc.weight"
	v, err := m.Float32s(name, []int{5, 3})
	require.NoError(t, err)
	assert.Equal(t, formula.Values("small", "a", "mlp.model.0.fc.weight", []int{5, 3}), v)
	_, err = m.Float32s(name, []int{3, 5})
	assert.ErrorContains(t, err, name)
	assert.ErrorContains(t, err, "[5 3]")
	assert.ErrorContains(t, err, "[3 5]")
	_, err = m.Float32s("gen_c.x", []int{1})
	assert.ErrorContains(t, err, "gen_c.x")
}

func TestWriteFileReplacesWholeFilesOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.munit.safetensors")
	require.NoError(t, smallModel().WriteFile(path))
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, fileOf(t, smallModel()), first)

	bad := smallModel()
	bad.Preview = make([]byte, 16<<20) // beyond what a header may hold
	require.ErrorContains(t, bad.WriteFile(path), "preview")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, first, after, "the file that was there is as it was")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "no temporary file is left")

	assert.Error(t, smallModel().WriteFile(filepath.Join(dir, "none", "m")))
	m, err := weights.Open(path)
	require.NoError(t, err)
	assert.Equal(t, smallModel(), m)
}

func TestShippedModelsOpen(t *testing.T) {
	for name, domains := range map[string][2]string{"avatars": {"drawing", "avatar"}, "wares": {"drawing", "product"}} {
		m, err := weights.Open(name + ".munit.safetensors")
		require.NoError(t, err)
		assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions(), name)
		assert.Equal(t, weights.Int8, m.DType, name)
		assert.Equal(t, domains, [2]string{m.DomainA, m.DomainB})
		assert.NotEmpty(t, m.Preview, name)
		assert.NotEmpty(t, m.License, name)
	}
}

// TestNoise: of which models the styles are noise, its shape, and whether the content code is the picture itself, since the noise goes in with it.
func TestNoise(t *testing.T) {
	c := smallConfig()
	c.Gen.MLPDim, c.Gen.StyleDim = 0, 0
	for method, want := range map[string]struct {
		styles string
		shape  []int
		whole  bool
	}{
		"CycleGAN":      {"none", nil, false},
		"CycleGANNoise": {"noise", []int{1, 16, 24}, true},
		"UNIT":          {"none", nil, false},
	} {
		c.Method = method
		assert.Equal(t, want.styles, c.Styles(), method)
		assert.Equal(t, want.shape, c.StyleShape(weights.A2B, 16, 24), method)
		assert.Equal(t, want.whole, c.Whole(weights.A2B), method)
		m := formula.Model(c, "noise", "a", "b")
		assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions(), method)
	}
	c.Method, c.Noise = "UNIT", true
	require.NoError(t, c.Validate())
	assert.Equal(t, "noise", c.Styles())
	code := c.Content(weights.A2B, 16, 24)
	assert.Equal(t, code[:], c.StyleShape(weights.A2B, 16, 24))
	assert.False(t, c.Whole(weights.A2B), "a code is made once for all noise")
	assert.Equal(t, 1, c.StyleDim())
	for _, method := range []string{"", "CycleGAN", "CycleGANNoise"} {
		c.Method = method
		assert.ErrorContains(t, c.Validate(), "only UNIT's code takes noise")
	}
}
