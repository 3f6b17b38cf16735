// Package tftest writes checkpoints as TensorFlow does, for tests of those who read them.
//
// What it exports may change with any version; runtime and weights are for other modules.
package tftest

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Tensor is a variable, in TensorFlow's layout.
type Tensor struct {
	Shape  []int
	Values []float32
}

// Bundle writes tensors as the index and the one data file of a V2 checkpoint, with compressed keys, as TensorFlow does it.
func Bundle(tensors map[string]Tensor) (index, data []byte) {
	var header []byte
	header = protowire.AppendTag(header, 1, protowire.VarintType)
	header = protowire.AppendVarint(header, 1)
	entries, before := entry(nil, "", "", header), ""
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		begin := len(data)
		for _, v := range t.Values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		entries = entry(entries, before, name, bundleEntry(t.Shape, begin, data[begin:]))
		before = name
	}
	var size int
	index, size = block(index, entries)
	handle := binary.AppendUvarint(binary.AppendUvarint(nil, 0), uint64(size))
	offset := len(index)
	index, size = block(index, entry(nil, "", before+"~", handle))
	footer := binary.AppendUvarint(binary.AppendUvarint(nil, 0), 0)
	footer = binary.AppendUvarint(binary.AppendUvarint(footer, uint64(offset)), uint64(size))
	footer = append(footer, make([]byte, 40-len(footer))...)
	return binary.LittleEndian.AppendUint64(append(index, footer...), 0xdb4775248b80fb57), data
}

func bundleEntry(shape []int, offset int, bytes []byte) []byte {
	var dims []byte
	for _, d := range shape {
		dim := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(d))
		dims = protowire.AppendBytes(protowire.AppendTag(dims, 2, protowire.BytesType), dim)
	}
	var e []byte
	number := func(field protowire.Number, v int) {
		e = protowire.AppendVarint(protowire.AppendTag(e, field, protowire.VarintType), uint64(v))
	}
	number(1, 1) // DT_FLOAT
	e = protowire.AppendBytes(protowire.AppendTag(e, 2, protowire.BytesType), dims)
	number(4, offset)
	number(5, len(bytes))
	return protowire.AppendFixed32(protowire.AppendTag(e, 6, protowire.Fixed32Type), masked(bytes))
}

// entry appends an entry of a table whose key leaves out what it shares with the one before.
func entry(to []byte, before, key string, value []byte) []byte {
	shared := 0
	for shared < min(len(before), len(key)) && before[shared] == key[shared] {
		shared++
	}
	for _, n := range []int{shared, len(key) - shared, len(value)} {
		to = binary.AppendUvarint(to, uint64(n))
	}
	return append(append(to, key[shared:]...), value...)
}

// block appends a block with one restart point, and gives its size.
func block(file, entries []byte) ([]byte, int) {
	b := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(entries, 0), 1)
	size := len(b)
	b = append(b, 0) // not compressed
	return append(file, binary.LittleEndian.AppendUint32(b, masked(b))...), size
}

func masked(b []byte) uint32 {
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (sum>>15 | sum<<17) + 0xa282ead8
}

//go:embed port.json
var port []byte

// Golden is what a program of its own (NumPy and PyTorch, float64) computed as the port would: of picture a, Uniform("picture"), the style by
// domain B's encoder and the translation from A to B in that style; 16×32 pixels, NCHW.
type Golden struct{ Style, Picture []float32 }

// LoadGolden gives the golden values.
func LoadGolden() (g Golden, err error) {
	err = json.Unmarshal(port, &g)
	return g, err
}

// Port gives all variables of a small MUNIT of the port (ch 4, n_res 2, n_sample 2, style_dim 3, three channels), from their names alone,
// and some that training leaves in a checkpoint.
func Port() map[string]Tensor {
	const ch, blocks, samples, styles, width = 4, 2, 2, 3, 16
	all := map[string]Tensor{"beta1_power": {Values: []float32{0.5}}, "discriminator_A/ms_0conv_0/conv2d/bias": variable("d", ch)}
	add := func(name string, shape ...int) { all[name] = variable(name, shape...) }
	conv := func(scope string, in, out, k int) {
		add(scope+"/conv2d/kernel", k, k, in, out)
		add(scope+"/conv2d/bias", out)
	}
	norm := func(scope string, c int) {
		add(scope+"/gamma", c)
		add(scope+"/beta", c)
	}
	dense := func(scope string, in, out int) {
		add(scope+"/dense/kernel", in, out)
		add(scope+"/dense/bias", out)
	}
	for _, d := range []string{"A", "B"} {
		s, c := "content_encoder_"+d+"/", ch
		conv(s+"conv_0", 3, c, 7)
		norm(s+"ins_0", c)
		for i := range samples {
			conv(fmt.Sprint(s, "conv_", i+1), c, 2*c, 4)
			c *= 2
			norm(fmt.Sprint(s, "ins_", i+1), c)
		}
		for r := range blocks {
			for h := range 2 {
				half := fmt.Sprintf("%sresblock_%d/res%d/", s, r, h+1)
				conv(half+"conv", c, c, 3)
				norm(half+"instance_norm", c)
				conv(fmt.Sprintf("decoder_%s/adaptive_resblock_%d/res%d/conv", d, r, h+1), c, c, 3)
			}
		}
		s = "style_encoder_" + d + "/"
		conv(s+"conv_0", 3, ch, 7)
		conv(s+"conv_1", ch, 2*ch, 4)
		conv(s+"conv_2", 2*ch, 4*ch, 4)
		conv(s+"down_conv_0", 4*ch, 4*ch, 4)
		conv(s+"down_conv_1", 4*ch, 4*ch, 4)
		conv(s+"SE_logit", 4*ch, styles, 1)
		s = "decoder_" + d + "/"
		dense(s+"MLP/FC_0", styles, width)
		dense(s+"MLP/FC_1", width, width)
		for i := range 2 * blocks {
			dense(fmt.Sprint(s, "MLP/FC_mu_", i), width, width)
			dense(fmt.Sprint(s, "MLP/FC_var_", i), width, width)
		}
		for u := range samples {
			conv(fmt.Sprint(s, "conv_", u), c, c/2, 5)
			c /= 2
			norm(fmt.Sprint(s, "layer_norm_", u), c)
		}
		conv(s+"G_logit", c, 3, 7)
	}
	return all
}

// variable has values by formula: U(−1, 1)·sqrt(3/fan_in) for kernels, U(0, 1) for gammas, U(−0.1, 0.1) for other vectors.
func variable(name string, shape ...int) Tensor {
	size, fan := 1, 1
	for i, d := range shape {
		size *= d
		if i < len(shape)-1 {
			fan *= d
		}
	}
	values := Uniform(name, size)
	for i, u := range values {
		switch {
		case len(shape) > 1:
			values[i] = u * float32(math.Sqrt(3/float64(fan)))
		case strings.HasSuffix(name, "gamma"):
			values[i] = (u + 1) * 0.5
		default:
			values[i] = u * 0.1
		}
	}
	return Tensor{shape, values}
}

// Uniform gives n values in [−1, 1) of a name: splitmix64 of its FNV-1a hash.
func Uniform(name string, n int) []float32 {
	h := fnv.New64a()
	h.Write([]byte("tfport/" + name))
	state := h.Sum64()
	values := make([]float32, n)
	for i := range values {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		values[i] = float32(z>>40)/(1<<24)*2 - 1
	}
	return values
}
