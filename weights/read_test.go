package weights_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// entry is a tensor of a file under construction.
type entry struct {
	DType   string `json:"dtype"`
	Shape   any    `json:"shape"`
	Offsets any    `json:"data_offsets"`
}

// draft is a model file taken apart, to be put together wrongly.
type draft struct {
	meta    map[string]string
	entries map[string]entry
	data    []byte
}

func takeApart(t testing.TB, file []byte) *draft {
	t.Helper()
	n := binary.LittleEndian.Uint64(file)
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(file[8:8+n], &raw))
	d := &draft{entries: make(map[string]entry), data: slices.Clone(file[8+n:])}
	for name, text := range raw {
		if name == "__metadata__" {
			require.NoError(t, json.Unmarshal(text, &d.meta))
			continue
		}
		var e struct {
			DType   string  `json:"dtype"`
			Shape   []int64 `json:"shape"`
			Offsets []int64 `json:"data_offsets"`
		}
		require.NoError(t, json.Unmarshal(text, &e))
		d.entries[name] = entry{e.DType, e.Shape, e.Offsets}
	}
	return d
}

func (d *draft) file(t testing.TB) []byte {
	t.Helper()
	all := map[string]any{"__metadata__": d.meta}
	for name, e := range d.entries {
		all[name] = e
	}
	header, err := json.Marshal(all)
	require.NoError(t, err)
	return withHeader(string(header), d.data)
}

func withHeader(header string, data []byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), data...)
}

// begin is where an entry's data starts.
func (d *draft) begin(name string) int64 { return d.entries[name].Offsets.([]int64)[0] }

// remove takes a tensor out and closes the gap that it leaves.
func (d *draft) remove(name string) {
	gone := d.entries[name].Offsets.([]int64)
	delete(d.entries, name)
	d.data = slices.Delete(d.data, int(gone[0]), int(gone[1]))
	for n, e := range d.entries {
		o := slices.Clone(e.Offsets.([]int64))
		if o[0] >= gone[1] {
			o[0] -= gone[1] - gone[0]
			o[1] -= gone[1] - gone[0]
		}
		e.Offsets = o
		d.entries[n] = e
	}
}

const (
	someConv  = "gen_a.dec.model.0.model.0.model.1.conv.weight"
	someScale = someConv + ".scale"
	someBias  = "gen_b.mlp.model.0.fc.bias"
)

func TestParseRefusesDamagedFiles(t *testing.T) {
	set := func(name string, change func(*entry)) func(*draft) {
		return func(d *draft) {
			e, ok := d.entries[name]
			if !ok {
				panic("no entry " + name)
			}
			change(&e)
			d.entries[name] = e
		}
	}
	shape := func(name string, s any) func(*draft) { return set(name, func(e *entry) { e.Shape = s }) }
	offsets := func(name string, o any) func(*draft) { return set(name, func(e *entry) { e.Offsets = o }) }
	shift := func(name string, by, by2 int64) func(*draft) {
		return set(name, func(e *entry) {
			o := e.Offsets.([]int64)
			e.Offsets = []int64{o[0] + by, o[1] + by2}
		})
	}
	dtype := func(name, d string) func(*draft) { return set(name, func(e *entry) { e.DType = d }) }
	meta := func(key, value string) func(*draft) { return func(d *draft) { d.meta[key] = value } }
	poke := func(name string, bytes ...byte) func(*draft) {
		return func(d *draft) { copy(d.data[d.begin(name):], bytes) }
	}
	cases := map[string]struct {
		dtype  weights.DType
		damage func(*draft)
		says   []string
	}{
		"overlap":           {weights.F32, shift(someConv, -4, -4), []string{someConv, "overlaps"}},
		"hole":              {weights.F32, shift(someConv, 4, 4), []string{someConv, "hole of 4 bytes"}},
		"negative offset":   {weights.F32, offsets(someConv, []int64{-8, 64}), []string{someConv, "data_offsets [-8 64]"}},
		"backward offset":   {weights.F32, offsets(someConv, []int64{64, 8}), []string{someConv, "data_offsets"}},
		"one offset":        {weights.F32, offsets(someConv, []int64{0}), []string{someConv, "1 data_offsets"}},
		"offset not whole":  {weights.F32, offsets(someConv, []float64{0.5, 8}), []string{someConv, "malformed"}},
		"offset too big":    {weights.F32, offsets(someConv, []uint64{0, math.MaxUint64}), []string{someConv, "malformed"}},
		"unknown dtype":     {weights.F32, dtype(someConv, "BF16"), []string{someConv, `"BF16"`}},
		"no dtype":          {weights.F32, dtype(someConv, ""), []string{someConv, "dtype"}},
		"size and shape":    {weights.F32, shape(someBias, []int{6}), []string{someBias, "needs 24 bytes but has 20"}},
		"another shape":     {weights.F32, shape(someConv, []int{2, 4, 6, 3}), []string{someConv, "[2 4 6 3]", "[4 4 3 3]"}},
		"another rank":      {weights.F32, shape(someConv, []int{144}), []string{someConv, "[144]"}},
		"negative shape":    {weights.F32, shape(someConv, []int{-4, -4, 3, 3}), []string{someConv, "impossible"}},
		"zero shape":        {weights.F32, shape(someConv, []int{0, 4, 3, 3}), []string{someConv, "impossible"}},
		"overflowing shape": {weights.F32, shape(someConv, []int64{1 << 32, 1 << 32, 1 << 32}), []string{someConv, "impossible"}},
		"huge shape":        {weights.F32, shape(someConv, []int64{1 << 40}), []string{someConv, "needs 4398046511104 bytes"}},
		"long shape":        {weights.F32, shape(someConv, make([]int, 1000)), []string{someConv, "rank 1000"}},
		"shape of words":    {weights.F32, shape(someConv, "4x4"), []string{someConv, "malformed"}},
		"trailing bytes":    {weights.F32, func(d *draft) { d.data = append(d.data, 1, 2, 3) }, []string{"3 trailing bytes"}},
		"truncated data":    {weights.F32, func(d *draft) { d.data = d.data[:len(d.data)-1] }, []string{"truncated"}},
		"no data":           {weights.F32, func(d *draft) { d.data = nil }, []string{"truncated"}},
		"missing tensor":    {weights.F32, func(d *draft) { d.remove(someConv) }, []string{someConv, "missing"}},
		"missing scale":     {weights.Int8, func(d *draft) { d.remove(someScale) }, []string{someScale, "missing"}},
		"surplus tensor": {weights.F32, func(d *draft) {
			n := int64(len(d.data))
			d.entries["gen_c.x"] = entry{"F32", []int{1}, []int64{n, n + 4}}
			d.data = append(d.data, 0, 0, 0, 0)
		}, []string{`"gen_c.x"`, "no part"}},
		"no tensors":        {weights.F32, func(d *draft) { d.entries, d.data = nil, nil }, []string{"no tensors"}},
		"NaN scale":         {weights.Int8, poke(someScale, 0, 0, 0xc0, 0x7f), []string{someScale, "NaN"}},
		"infinite scale":    {weights.Int8, poke(someScale, 0, 0, 0, 0, 0, 0, 0x80, 0xff), []string{someScale, "infinity at value 1"}},
		"NaN f16 scale":     {weights.Int4, poke(someScale, 0x01, 0x7e), []string{someScale, "NaN"}},
		"infinite f16":      {weights.F16, poke(someConv, 0, 0xfc), []string{someConv, "infinity"}},
		"NaN bias":          {weights.F32, poke(someBias, 1, 0, 0x80, 0xff), []string{someBias, "NaN"}},
		"scale's dtype":     {weights.Int4, dtype("gen_a.enc_style.model.6.weight", "I8"), []string{"gen_a.enc_style.model.6.weight"}},
		"bias quantised":    {weights.Int8, func(d *draft) { quantiseBias(d) }, []string{someBias, "I8", "vectors must be F32"}},
		"version":           {weights.F32, meta("version", "2"), []string{`"2"`, `"1"`, "update"}},
		"dtype of file":     {weights.F32, meta("dtype", "int2"), []string{"int2"}},
		"config not JSON":   {weights.F32, meta("config", "dim: 3"), []string{"config"}},
		"config invalid":    {weights.F32, meta("config", `{"gen":{"dim":-1}}`), []string{"gen.dim", "-1"}},
		"config of others":  {weights.F32, func(d *draft) { d.meta["config"] = strings.Replace(d.meta["config"], `"mlp_dim":5`, `"mlp_dim":6`, 1) }, []string{"mlp", "[5 3]", "[6 3]"}},
		"preview not PNG":   {weights.F32, meta("preview", "aGVsbG8="), []string{"preview"}},
		"preview no base64": {weights.F32, meta("preview", "!"), []string{"preview"}},
	}
	files := make(map[weights.DType][]byte)
	for _, d := range weights.DTypes {
		m, err := smallModel().Convert(d)
		require.NoError(t, err)
		files[d] = fileOf(t, m)
		_, err = weights.Parse(takeApart(t, files[d]).file(t))
		require.NoError(t, err, "a file put together rightly is read")
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := takeApart(t, files[c.dtype])
			c.damage(d)
			_, err := weights.Parse(d.file(t))
			require.Error(t, err)
			assert.NotErrorIs(t, err, weights.ErrNotModel, "it is a model, if a damaged one")
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
			assert.NotContains(t, err.Error(), "\n")
			assert.Less(t, len(err.Error()), 400)
		})
	}
}

// quantiseBias swaps a bias for one byte a value.
func quantiseBias(d *draft) {
	d.remove(someBias)
	n := int64(len(d.data))
	d.entries[someBias] = entry{"I8", []int{5}, []int64{n, n + 5}}
	d.data = append(d.data, make([]byte, 5)...)
}

func TestParseTellsWhatIsNoModel(t *testing.T) {
	foreign := takeApart(t, fileOf(t, smallModel()))
	foreign.meta = map[string]string{"format": "pt"}
	nameless := takeApart(t, fileOf(t, smallModel()))
	nameless.meta = nil
	cases := map[string]struct {
		data []byte
		says string
	}{
		"empty":             {nil, "it is empty"},
		"short":             {[]byte("1234567"), "7 bytes"},
		"gzip":              {[]byte("\x1f\x8b\x08 and so on"), "gzip: unpack it"},
		"LFS pointer":       {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"), "git lfs pull"},
		"zeros":             {make([]byte, 4096), "nothing but zeros"},
		"HTML":              {[]byte("\n <!DOCTYPE html><html>404</html>"), "web page"},
		"zip checkpoint":    {[]byte("PK\x03\x04 and so on, longer than a header"), "PyTorch checkpoint"},
		"legacy checkpoint": {[]byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."), "PyTorch checkpoint"},
		"huge header":       {bytes.Repeat([]byte{0xff}, 64), "no safetensors header"},
		"header over cap":   {append(binary.LittleEndian.AppendUint64(nil, 16<<20+1), "{}"...), "at most 16777216"},
		"noise":             {[]byte{5, 0, 0, 0, 0, 0, 0, 0, 'h'}, "no safetensors header"},
		"not JSON":          {withHeader("hello", nil), "no safetensors header"},
		"JSON array":        {withHeader("[1]", nil), "no safetensors header"},
		"broken JSON":       {withHeader(`{1:2}`, nil), "JSON"},
		"JSON and more":     {withHeader(`{} {}`, nil), "goes on"},
		"metadata of lists": {withHeader(`{"__metadata__":[1]}`, nil), "__metadata__"},
		"other format":      {foreign.file(t), `"pt"`},
		"no metadata":       {nameless.file(t), "munit convert"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := weights.Parse(c.data)
			require.ErrorIs(t, err, weights.ErrNotModel)
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestParseRefusesWhatJSONWouldHide(t *testing.T) {
	twice := `{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	_, err := weights.Parse(withHeader(twice, make([]byte, 4)))
	assert.ErrorContains(t, err, "listed twice")
	_, err = weights.Parse(withHeader(`{"__metadata__":{"format":"munit"},"__metadata__":{}}`, nil))
	assert.ErrorContains(t, err, `"__metadata__" is listed twice`)
	const shape, offsets = `"shape":[1]`, `"data_offsets":[0,4]`
	for header, says := range map[string]string{
		`{"x":{"dtype":"F32","dtype":"F32",` + shape + `,` + offsets + `}}`:                                           `"dtype" is listed twice`,
		`{"x":{"dtype":"F32","DType":"I8",` + shape + `,` + offsets + `}}`:                                            `"dtype" and "DType" differ only by case`,
		`{"x":{"Dtype":"F32",` + shape + `,` + offsets + `}}`:                                                         `"Dtype" must be in lower case`,
		`{"x":{"dtype":"F32","ſhape":[2],` + shape + `,` + offsets + `}}`:                                             `"ſhape"`, // long s, which Unicode folds to s
		`{"x":{"dtype":"F32",` + shape + `,` + offsets + `},"X":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:    `"x" and "X" differ only by case`,
		`{"__metadata__":{"format":"munit","format":"pt"}}`:                                                           `"format" is listed twice`,
		`{"__metadata__":{"format":"munit","Format":"pt"}}`:                                                           `"format" and "Format" differ only by case`,
		`{"__metadata__":{"format":"munit","version":"1","dtype":"f32","config":"{\"gen\":{\"dim\":4},\"gen\":{}}"}}`: `"gen" is listed twice`,
		`{"__metadata__":{"format":"munit","version":"1","dtype":"f32","config":"{\"gen\":{\"dim\":4,\"Dim\":5}}"}}`:  `"dim" and "Dim" differ only by case`,
		`{"__metadata__":{"format":"munit","version":"1","dtype":"f32","config":"{\"GEN\":{\"dim\":4}}"}}`:            `"GEN" must be in lower case`,
	} {
		data := make([]byte, 8)
		if !strings.Contains(header, `"x"`) {
			data = nil
		}
		_, err := weights.Parse(withHeader(header, data))
		assert.ErrorContains(t, err, says, header)
	}
	var many strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&many, `,"%d":{}`, i)
	}
	_, err = weights.Parse(withHeader("{"+many.String()[1:]+"}", nil))
	assert.ErrorContains(t, err, "more than")
}

// Wherever a download stops, what came so far is refused.
func TestParseRefusesPrefixes(t *testing.T) {
	m, err := smallModel().Convert(weights.Int4)
	require.NoError(t, err)
	file := fileOf(t, m)
	for n := 0; n < len(file); n += 61 {
		_, err := weights.Parse(file[:n])
		require.Error(t, err, "%d of %d bytes", n, len(file))
	}
}

func TestParseReadsPartsAndForgivesOrder(t *testing.T) {
	d := takeApart(t, fileOf(t, smallModel()))
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		if !strings.HasPrefix(name, "gen_b.enc_content") {
			d.remove(name)
		}
	}
	m, err := weights.Parse(d.file(t))
	require.NoError(t, err)
	assert.Empty(t, m.Directions())
	assert.True(t, m.Has(weights.B.Network(weights.EncContent)))
	assert.False(t, m.Has(weights.A.Network(weights.EncContent)))
}

func TestOpenNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	_, err := weights.Open(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = weights.Open(dir)
	assert.ErrorIs(t, err, weights.ErrNotModel)
	path := filepath.Join(dir, "page.html")
	require.NoError(t, os.WriteFile(path, []byte("<html></html>"), 0o600))
	_, err = weights.Open(path)
	assert.ErrorIs(t, err, weights.ErrNotModel)
	assert.ErrorContains(t, err, "page.html")
}

// TestHeadersComeFirst: what a file claims is held against its size before memory is taken, and a description reads no tensors.
func TestHeadersComeFirst(t *testing.T) {
	dir := t.TempDir()
	sparse := func(name string, head []byte, size int64) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, head, 0o644))
		require.NoError(t, os.Truncate(path, size))
		return path
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, says := range map[string]string{
		sparse("zeros", nil, 64<<30):                                  "nothing but zeros",
		sparse("html", []byte("<!doctype html>"), 64<<30):             "a web page",
		sparse("tail", fileOf(t, smallModel()), 64<<30):               "trailing bytes",
		sparse("header", []byte{1, 0, 0, 1, 0, 0, 0, 0, '{'}, 64<<30): "at most 16777216",
	} {
		for _, open := range []func(string) error{
			func(path string) error { _, err := weights.Open(path); return err },
			func(path string) error { _, err := weights.Describe(path); return err },
			func(path string) error { _, _, err := weights.OpenTensors(path, 1<<40); return err },
		} {
			err := open(path)
			assert.ErrorContains(t, err, says)
			assert.ErrorContains(t, err, path)
		}
	}
	config := smallConfig()
	config.Gen.Dim, config.Gen.NRes = 512, 4 // of 1.2 GB, none of which is there
	big, size := headerFor(t, config)
	m, err := weights.Describe(sparse("big", big, int64(len(big))+size))
	require.NoError(t, err)
	assert.Greater(t, size, int64(1<<30))
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	_, _, err = weights.OpenTensors(filepath.Join(dir, "big"), 1<<30)
	assert.ErrorContains(t, err, "at most 1073741824")
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))
}

// headerFor is the beginning of a model file of f32 weights up to its tensors, and how many bytes these take.
func headerFor(t *testing.T, c weights.Config) (header []byte, size int64) {
	config, err := json.Marshal(c)
	require.NoError(t, err)
	all := map[string]any{"__metadata__": map[string]string{"format": "munit", "version": "1", "dtype": "f32", "config": string(config)}}
	for _, network := range c.Networks() {
		for _, k := range c.Keys(network) {
			n := int64(4)
			for _, dim := range k.Shape {
				n *= int64(dim)
			}
			all[network.Domain.Tensor(k.Name)] = entry{"F32", k.Shape, []int64{size, size + n}}
			size += n
		}
	}
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return withHeader(string(text), nil), size
}
