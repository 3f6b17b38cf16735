package nvlabs_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/pytorch/pttest"
)

const (
	aConv = "enc_content.model.1.conv.weight" // [4 2 4 4]
	aFC   = "mlp.model.0.fc.weight"           // [2 2]
)

// forms writes an object both ways.
func forms(t *testing.T, object any) map[string][]byte {
	return map[string][]byte{"zip": pttest.ZipFile(t, object), "legacy": pttest.LegacyFile(object)}
}

func TestImportOfEveryWayToHoldATensor(t *testing.T) {
	cfg := handful()
	shape := []int{4, 2, 4, 4}
	values := formula.Values("pt", "a", aConv, shape)
	permuted := make([]float32, len(values)) // channels last: strides of [out, h, w, in]
	for o := range 4 {
		for i := range 2 {
			for p := range 16 {
				permuted[o*32+p*2+i] = values[o*32+i*16+p]
			}
		}
	}
	long := append(append(make([]float32, 5), values...), 7, 7)
	f16 := make([]float32, len(values))
	for i := range f16 {
		f16[i] = float32(i%9-4) / 8 // exact in float16 and bfloat16
	}
	cases := map[string]struct {
		tensor *pttest.Tensor
		want   []float32
	}{
		"contiguous":     {pttest.NewTensor("k", shape, values), values},
		"channels last":  {&pttest.Tensor{Store: pttest.NewStorage("FloatStorage", "k", permuted), Shape: shape, Stride: []int{32, 1, 8, 2}}, values},
		"storage offset": {&pttest.Tensor{Store: pttest.NewStorage("FloatStorage", "k", long), Offset: 5, Shape: shape, Stride: pttest.Strides(shape)}, values},
		"float64":        {&pttest.Tensor{Store: pttest.NewStorage("DoubleStorage", "k", values), Shape: shape, Stride: pttest.Strides(shape)}, values},
		"float16":        {&pttest.Tensor{Store: pttest.NewStorage("HalfStorage", "k", f16), Shape: shape, Stride: pttest.Strides(shape)}, f16},
		"bfloat16":       {&pttest.Tensor{Store: pttest.NewStorage("BFloat16Storage", "k", f16), Shape: shape, Stride: pttest.Strides(shape)}, f16},
		"expanded":       {&pttest.Tensor{Store: pttest.NewStorage("FloatStorage", "k", []float32{0.25, 0.5}), Offset: 1, Shape: shape, Stride: []int{0, 0, 0, 0}}, slices.Repeat([]float32{0.5}, len(values))},
		"expanded rows":  {&pttest.Tensor{Store: pttest.NewStorage("FloatStorage", "k", values), Shape: shape, Stride: []int{0, 16, 4, 1}}, slices.Repeat(values[:32], 4)},
		"PyTorch 0.3":    {&pttest.Tensor{Store: pttest.NewStorage("FloatStorage", "k", values), Shape: shape, Stride: pttest.Strides(shape), Oldest: true}, values},
	}
	for name, c := range cases {
		a := newState(cfg, weights.A)
		a[aConv] = c.tensor
		for form, file := range forms(t, both(a, newState(cfg, weights.B))) {
			m, err := importBytes(file, cfg)
			require.NoError(t, err, "%s %s", form, name)
			assert.Equal(t, c.want, m.Tensors["gen_a."+aConv].Float32s(), "%s %s", form, name)
		}
	}
}

func TestImportOfSharedStoragesAndLegacyViews(t *testing.T) {
	cfg := handful()
	pool := pttest.NewStorage("FloatStorage", "pool", []float32{9, 1, 2, 3, 4, 5, 6, 7, 8})
	a, b := newState(cfg, weights.A), newState(cfg, weights.B)
	a[aFC] = &pttest.Tensor{Store: pool, Offset: 1, Shape: []int{2, 2}, Stride: []int{2, 1}}
	b[aFC] = &pttest.Tensor{Store: pool, Offset: 1, Shape: []int{2, 2}, Stride: []int{1, 2}}
	for form, file := range forms(t, both(a, b)) {
		m, err := importBytes(file, cfg)
		require.NoError(t, err, form)
		assert.Equal(t, []float32{1, 2, 3, 4}, m.Tensors["gen_a."+aFC].Float32s(), form)
		assert.Equal(t, []float32{1, 3, 2, 4}, m.Tensors["gen_b."+aFC].Float32s(), form)
	}
	b[aFC] = &pttest.Tensor{Store: pool, Offset: 1, Shape: []int{2, 2}, Stride: []int{2, 1}, View: []int{4, 5}}
	m, err := importBytes(pttest.LegacyFile(both(a, b)), cfg)
	require.NoError(t, err)
	assert.Equal(t, []float32{5, 6, 7, 8}, m.Tensors["gen_b."+aFC].Float32s())
	b[aFC] = &pttest.Tensor{Store: pool, Shape: []int{2, 2}, Stride: []int{2, 1}, View: []int{6, 4}}
	_, err = importBytes(pttest.LegacyFile(both(a, b)), cfg)
	assert.ErrorContains(t, err, "a view outside its storage")
}

// What Python 2, PyTorch 0.3 and later versions save beside the weights.
func TestImportForgivesWhatSurroundsTheWeights(t *testing.T) {
	cfg := handful()
	a := newState(cfg, weights.A)
	ones := func(key string, n int) *pttest.Tensor {
		return pttest.NewTensor("extra"+key, []int{n}, make([]float32, n))
	}
	a["enc_content.model.0.norm.running_mean"] = ones("1", 2)
	a["enc_content.model.0.norm.weight"] = ones("2", 2)
	a["enc_content.model.0.conv.bias"] = ones("3", 2)
	a["dec.model.0.model.0.model.0.norm.bias"] = ones("4", 4)
	a["dec.model.0.model.0.model.0.norm.num_batches_tracked"] = &pttest.Tensor{Store: pttest.NewStorage("LongStorage", "long", []float32{3})}
	var pairs []any
	for i, d := 0, a.dict(); i < len(d); i += 2 {
		pairs = append(pairs, []any{d[i], d[i+1]})
	}
	python2 := pttest.NewCall("collections", "OrderedDict", pairs)
	parameters := newState(cfg, weights.B).dict()
	for i := 1; i < len(parameters); i += 2 {
		parameters[i] = pttest.NewCall("torch._utils", "_rebuild_parameter", parameters[i], true, nil)
	}
	object := pttest.Dict{"a", python2, "b", parameters, "epoch", 3, "loss", 0.5, 7, "seven",
		"args", pttest.NewCall("argparse", "Namespace")}
	for form, file := range forms(t, object) {
		m, err := importBytes(file, cfg)
		require.NoError(t, err, form)
		assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
		for name := range m.Tensors {
			assert.NotContains(t, name, "running")
			assert.NotContains(t, name, "num_batches")
		}
	}
}

func TestImportOfOneGeneratorOrParts(t *testing.T) {
	cfg := handful()
	a, b := newState(cfg, weights.A), newState(cfg, weights.B)
	m, err := importBytes(pttest.ZipFile(t, pttest.Dict{"b", b.dict()}), cfg)
	require.NoError(t, err)
	assert.True(t, m.Has(weights.B.Network(weights.Dec)))
	assert.False(t, m.Has(weights.A.Network(weights.Dec)))

	halfA, halfB := make(state), make(state)
	for key, v := range a {
		if key[:4] == "enc_" {
			halfA[key] = v
		}
	}
	for key, v := range b {
		if key[:4] != "enc_" {
			halfB[key] = v
		}
	}
	m, err = importBytes(pttest.ZipFile(t, both(halfA, halfB)), cfg)
	require.NoError(t, err)
	assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())

	delete(halfB, "dec.model.2.norm.gamma")
	_, err = importBytes(pttest.ZipFile(t, both(halfA, halfB)), cfg)
	assert.ErrorContains(t, err, `"gen_b.dec.model.2.norm.gamma"`)
}

func TestImportOfTheWrongCheckpointSaysWhatToGive(t *testing.T) {
	cfg := handful()
	tensor := pttest.NewTensor("k", []int{2}, []float32{1, 2})
	optimizer := pttest.Dict{"state", pttest.Dict{0, pttest.Dict{"step", 3, "exp_avg", tensor}}, "param_groups", []any{pttest.Dict{"lr", 1e-4}}}
	extra := newState(cfg, weights.A)
	extra["dec.model.0.model.1.model.0.conv.weight"] = pttest.NewTensor("x", []int{4, 4, 3, 3}, make([]float32, 144))
	slopes := newState(cfg, weights.A)
	slopes["mlp.model.0.activation.weight"] = pttest.NewTensor("x", []int{1}, []float32{0.25})
	cases := map[string]struct {
		object any
		says   []string
	}{
		"optimizer.pt":   {pttest.Dict{"gen", optimizer, "dis", optimizer}, []string{"optimizer", "gen_*.pt"}},
		"bare optimizer": {optimizer, []string{"optimizer", "gen_*.pt"}},
		"dis_*.pt":       {both(state{"cnns.0.0.conv.weight": tensor}, state{"cnns.0.0.conv.weight": tensor}), []string{"discriminator", "gen_*.pt"}},
		"bare dis":       {pttest.Dict{"cnns.0.0.conv.weight", tensor}, []string{"discriminator"}},
		"bare generator": {newState(cfg, weights.A).dict(), []string{"without its domain", "{'a': state_dict}"}},
		"pickled module": {pttest.NewCall("networks", "AdaINGen"), []string{"networks.AdaINGen", "state_dict()"}},
		"other dict":     {pttest.Dict{"model", pttest.Dict{"w", tensor}, "epoch", 3}, []string{"neither 'a' nor 'b'", `its keys are "epoch", "model"`}},
		"module inside":  {pttest.Dict{"a", pttest.NewCall("networks", "AdaINGen")}, []string{"networks.AdaINGen", "state_dict()"}},
		"imaginaire":     {pttest.Dict{"net_G", pttest.Dict{"module.autoencoder_a.style_encoder.model.0.layers.conv.weight", tensor}, "net_D", pttest.Dict{}}, []string{"imaginaire"}},
		"Lightning":      {pttest.Dict{"pytorch-lightning_version", "2.1", "state_dict", pttest.Dict{"gen_a.dec.x", tensor}}, []string{"Lightning", "torch.save"}},
		"UNIT":           {both(state{"enc.model.0.conv.weight": tensor, "dec.model.2.conv.weight": tensor}, state{}), []string{"UNIT"}},
		"UNIT, wrapped":  {both(state{"module.enc.model.0.conv.weight": tensor}, state{}), []string{"UNIT"}},
		"CycleGAN":       {pttest.Dict{"model.1.weight", tensor, "model.10.conv_block.1.weight", tensor}, []string{"CycleGAN", `"model.1.weight"`}},
		"wrapped dis":    {pttest.Dict{"module.cnns.0.0.conv.weight", tensor}, []string{"discriminator"}},
		"other networks": {both(state{"conv.weight": tensor}, state{}), []string{"no MUNIT generator"}},
		"tensor":         {tensor, []string{"gen_*.pt"}},
		"number":         {3, []string{"gen_*.pt"}},
		"more blocks":    {both(extra, newState(cfg, weights.B)), []string{"gen_a.dec.model.0.model.1.model.0.conv.weight", "no place", "set gen.n_res to 2 (it is 1)"}},
		"learnt slopes":  {both(slopes, newState(cfg, weights.B)), []string{"gen_a.mlp.model.0.activation.weight", "set gen.activ to prelu"}},
	}
	for name, c := range cases {
		for form, file := range forms(t, c.object) {
			_, err := importBytes(file, cfg)
			require.Error(t, err, "%s %s", form, name)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s, "%s %s", form, name)
			}
		}
	}
}

func TestImportRefusesDamagedTensors(t *testing.T) {
	cfg := handful()
	four := func(kind string) *pttest.Storage { return pttest.NewStorage(kind, "k", []float32{1, 2, 3, 4}) }
	square := []int{2, 2}
	short := four("FloatStorage")
	short.Data = short.Data[:12]
	liar := four("FloatStorage")
	liar.Numel = math.MaxInt
	nan := float32(math.NaN())
	cases := map[string]struct {
		tensor *pttest.Tensor
		says   string
	}{
		"beyond storage":  {&pttest.Tensor{Store: four("FloatStorage"), Offset: 1, Shape: square, Stride: []int{2, 1}}, "storage"},
		"negative offset": {&pttest.Tensor{Store: four("FloatStorage"), Offset: -1, Shape: square, Stride: []int{2, 1}}, "outside its storage"},
		"broadcast out":   {&pttest.Tensor{Store: four("FloatStorage"), Offset: 4, Shape: square, Stride: []int{0, 0}}, "does not fit"},
		"huge stride":     {&pttest.Tensor{Store: four("FloatStorage"), Shape: square, Stride: []int{math.MaxInt, 1}}, "beyond its storage"},
		"huge both":       {&pttest.Tensor{Store: liar, Shape: square, Stride: []int{1 << (bits.UintSize - 2), 1}}, "storage"},
		"huge offset":     {&pttest.Tensor{Store: liar, Offset: math.MaxInt - 4, Shape: square, Stride: []int{2, 1}}, "storage"},
		"integers":        {&pttest.Tensor{Store: four("LongStorage"), Shape: square, Stride: []int{2, 1}}, "torch.LongStorage"},
		"NaN":             {pttest.NewTensor("k", square, []float32{1, 2, nan, 4}), "NaN at value 2"},
		"short storage":   {&pttest.Tensor{Store: short, Shape: square, Stride: []int{2, 1}}, "storage"},
	}
	for name, c := range cases {
		a := newState(cfg, weights.A)
		a[aFC] = c.tensor
		_, err := importBytes(pttest.ZipFile(t, both(a, newState(cfg, weights.B))), cfg)
		require.Error(t, err, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.ErrorContains(t, err, `"gen_a.`+aFC+`"`, name)
	}
}

// A pickle that would run a command when Python loads it is an odd object here.
func TestImportRunsNothing(t *testing.T) {
	evil := pttest.NewCall("os", "system", "touch /tmp/owned")
	_, err := importBytes(pttest.ZipFile(t, evil), handful())
	assert.ErrorContains(t, err, "os.system")
	b := newState(handful(), weights.B).dict()
	_, err = importBytes(pttest.ZipFile(t, pttest.Dict{"x", evil, "b", append(b, "mlp.evil", evil)}), handful())
	assert.NoError(t, err)
}

func TestImportRefusesOddContainers(t *testing.T) {
	pickle := pttest.Pickled(&pttest.Pickler{}, pttest.Dict{})
	list := pttest.Pickled(&pttest.Pickler{}, []any{"no such key"})
	big := pttest.Pickled(&pttest.Pickler{}, pttest.Dict{"little_endian", false})
	cases := map[string]struct {
		data []byte
		says string
	}{
		"nothing":          {nil, "not a PyTorch checkpoint, it is empty"},
		"web page":         {[]byte("\n<!DOCTYPE html><html>"), "it is a web page"},
		"LFS pointer":      {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"), "git lfs pull"},
		"gzip":             {[]byte("\x1f\x8b\x08\x00"), "compressed by gzip"},
		"picture":          {[]byte("\x89PNG\r\n\x1a\n"), "a picture"},
		"zip of one":       {pttest.ZipOf(t, zip.Store, "gen_00100000.pt", []byte("hi")), `"archive/gen_00100000.pt" in it may be one: unpack`},
		"text":             {[]byte("hello"), "not a PyTorch checkpoint"},
		"tar":              {append(bytes.Repeat([]byte{'x'}, 257), "ustar\x0000 and more"...), "before 0.2"},
		"plain pickle":     {pickle, "not a PyTorch checkpoint"},
		"zip, no pickle":   {pttest.ZipOf(t, zip.Store, "readme", []byte("hi")), "no data.pkl"},
		"empty pickle":     {pttest.ZipOf(t, zip.Store, "data.pkl", []byte{}), "no data.pkl"},
		"TorchScript":      {pttest.ZipOf(t, zip.Store, "data.pkl", pickle, "constants.pkl", pickle), "TorchScript"},
		"big endian":       {pttest.ZipOf(t, zip.Store, "data.pkl", pickle, "byteorder", []byte("big")), "big-endian"},
		"zip bomb":         {pttest.ZipOf(t, zip.Deflate, "data.pkl", make([]byte, 1<<20)), "compressed"},
		"huge pickle":      {pttest.ZipOf(t, zip.Store, "data.pkl", make([]byte, 3<<20)), "3145728 bytes"},
		"cut zip":          {pttest.ZipFile(t, pttest.Dict{})[:60], "truncated"},
		"legacy protocol":  {append([]byte(pttest.LegacyStart[:len(pttest.LegacyStart)-3]+"\xea\x03."), bytes.Repeat(list, 3)...), "protocol"},
		"legacy order":     {append([]byte(pttest.LegacyStart), append(big, bytes.Repeat(list, 2)...)...), "big-endian"},
		"legacy keys":      {append([]byte(pttest.LegacyStart), bytes.Repeat(pickle, 3)...), "list of storages"},
		"legacy stray key": {append([]byte(pttest.LegacyStart), bytes.Repeat(list, 3)...), `"no such key"`},
	}
	for name, c := range cases {
		_, err := importBytes(c.data, handful())
		assert.ErrorContains(t, err, c.says, name)
	}
}

// TestImportOfWrappedNetworks: DataParallel and torch.compile put their own names into keys, and the trainer's whole state_dict has its own.
func TestImportOfWrappedNetworks(t *testing.T) {
	cfg := handful()
	plain, err := importBytes(pttest.ZipFile(t, both(newState(cfg, weights.A), newState(cfg, weights.B))), cfg)
	require.NoError(t, err)
	wrapped := func(d weights.Domain, name func(string) string) state {
		s := make(state)
		for key, tensor := range newState(cfg, d) {
			s[name(key)] = tensor
		}
		return s
	}
	for _, name := range []func(string) string{
		func(key string) string { return "module." + key },
		func(key string) string { return "_orig_mod.module." + key },
		func(key string) string { return strings.Replace(key, ".", ".module.", 1) },
	} {
		m, err := importBytes(pttest.ZipFile(t, both(wrapped(weights.A, name), wrapped(weights.B, name))), cfg)
		require.NoError(t, err)
		assert.Equal(t, plain, m)
	}
	// Where a key is there with a wrapper's name and without, the one without counts, whichever comes first.
	for _, prefix := range []string{"_orig_mod.", "module."} {
		twice := wrapped(weights.A, func(key string) string { return key })
		for key, tensor := range newState(cfg, weights.A) {
			twice[prefix+key] = pttest.NewTensor("other "+key, tensor.Shape, make([]float32, len(tensor.Store.Data)/4))
		}
		m, err := importBytes(pttest.ZipFile(t, both(twice, newState(cfg, weights.B))), cfg)
		require.NoError(t, err)
		assert.Equal(t, plain, m, prefix)
	}
	trainer := state{"dis_a.cnns.0.0.conv.weight": pttest.NewTensor("d", []int{1}, []float32{1})}
	for _, d := range weights.Domains {
		maps.Copy(trainer, wrapped(d, d.Tensor))
	}
	m, err := importBytes(pttest.ZipFile(t, trainer.dict()), cfg)
	require.NoError(t, err)
	assert.Equal(t, plain, m)
}

// A network that was pttest.Pickled whole has its class and, in the old form, the class's source.
func TestImportNamesWholeModules(t *testing.T) {
	for pickle, says := range map[string]string{
		"\x80\x02cnetworks\nAdaINGen\n)\x81}b.": "networks.AdaINGen",
		"\x80\x02(X\x06\x00\x00\x00modulecnetworks\nAdaINGen\nX\x04\x00\x00\x00x.pyX\x01\x00\x00\x00#tQ)\x81}b.": "networks.AdaINGen",
		"\x80\x02ccopy_reg\n_reconstructor\n(cnetworks\nAdaINGen\nc__builtin__\nobject\nNtR}b.":                  "networks.AdaINGen",
	} {
		_, err := importBytes(pttest.ZipOf(t, zip.Store, "data.pkl", []byte(pickle)), handful())
		assert.ErrorContains(t, err, says)
		assert.ErrorContains(t, err, "state_dict()")
	}
}

// TestImportComparesChecksums damages one byte of each entry in turn.
func TestImportComparesChecksums(t *testing.T) {
	cfg := handful()
	file := pttest.ZipFile(t, both(newState(cfg, weights.A), newState(cfg, weights.B)))
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	damaged := 0
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "archive/")
		bias := f.UncompressedSize64 < 64 // which may be one in front of a norm, that nobody reads
		if name != "data.pkl" && (!strings.HasPrefix(name, "data/") || bias) {
			continue
		}
		at, err := f.DataOffset()
		require.NoError(t, err)
		other := bytes.Clone(file)
		other[at+int64(f.UncompressedSize64)/2] ^= 0x10
		_, err = importBytes(other, cfg)
		require.ErrorContains(t, err, "is damaged (its CRC-32 is", name)
		require.ErrorContains(t, err, name)
		damaged++
	}
	assert.Greater(t, damaged, 10)
}

// Small pickles that would take much time or memory, or trip the machine.
func TestImportRefusesHostilePickles(t *testing.T) {
	huge := binary.LittleEndian.AppendUint64(nil, math.MaxUint64)
	pairs := "\x80\x02](" // a list of pairs, then an OrderedDict of it again and again
	for range 3000 {
		pairs += "N]\x86"
	}
	pairs += "eq\x00"
	for range 3000 {
		pairs += "ccollections\nOrderedDict\nh\x00\x85R0"
	}
	cases := map[string]string{
		"string of 2^64 bytes": "\x80\x04\x8d" + string(huge),
		"long of 2^32 bytes":   "\x8b\xff\xff\xff\xff",
		"no stop":              "\x80\x02}",
		"empty stack":          "\x80\x02.",
		"pop below":            "0.",
		"tuple below mark":     "N(\x86.",
		"no mark":              "t.",
		"odd dict":             "}(Nu.",
		"unknown memo":         "h\x07.",
		"unknown opcode":       "\xfe.",
		"persistent nothing":   "NQ.",
		"call of nothing":      "N)R.",
		"tensor of nothing":    "ctorch._utils\n_rebuild_tensor_v2\n)R.",
		"parameter of nothing": "ctorch._utils\n_rebuild_parameter\n)R.",
		"dict in itself":       "}q\x00X\x01\x00\x00\x00ah\x00s.",
		"list of itself":       "]q\x00h\x00ah\x00.",
		"dict copied often":    pairs + ".",
	}
	for name, pickle := range cases {
		_, err := importBytes(pttest.ZipOf(t, zip.Store, "data.pkl", []byte(pickle)), handful())
		assert.Error(t, err, name)
	}
	_, err := importBytes(pttest.ZipOf(t, zip.Store, "data.pkl", []byte(cases["dict copied often"])), handful())
	assert.ErrorContains(t, err, "entries")
}
