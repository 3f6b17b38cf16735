// Package tfport imports checkpoints of taki0112's TensorFlow port of MUNIT: V2 bundles, a .index file with .data files beside it. The port
// differs from NVlabs' MUNIT in what Config says of the model: its content encoder's instance norms learn a scale and a shift (enc_norm
// in_affine), its layer norm has TensorFlow's variance and eps (dec_norm ln_var_eps), and its MLP ends in one dense layer per AdaIN vector,
// which side by side are NVlabs' last layer. It pads odd heights and widths differently in strided convolutions: give it pictures whose
// sides are multiples of 16 to compare.
package tfport

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// Import reads the generators of a checkpoint as an F32 model. index is the .index file whole; shard opens data file i of count, and may
// be called for the same one again. The config follows from the tensors' shapes. Errors name the tensor that is missing or does not fit.
func Import(index []byte, shard func(i, count int) (Shard, error)) (*weights.Model, error) {
	b, err := openBundle(index, shard)
	if err != nil {
		return nil, err
	}
	cfg, err := b.config()
	if err != nil {
		return nil, err
	}
	m := &weights.Model{Config: cfg, DomainA: "a", DomainB: "b", DType: weights.F32, Tensors: map[string]*weights.Tensor{}}
	for _, n := range cfg.Networks() {
		for _, k := range cfg.Keys(n) {
			values, err := b.tensor(cfg, n.Domain, n.Part, k)
			if err != nil {
				return nil, err
			}
			m.Tensors[n.Domain.Tensor(k.Name)] = weights.NewTensor(k.Shape, values)
		}
	}
	return m, nil
}

// config derives the network from the shapes of generator A, and the picture channels of both.
func (b *bundle) config() (weights.Config, error) {
	first, ok := b.entries["content_encoder_A/conv_0/conv2d/kernel"]
	if !ok {
		return weights.Config{}, fmt.Errorf("the checkpoint holds no MUNIT of the TensorFlow port (there is no content_encoder_A among its %d tensors)", len(b.entries))
	}
	second := b.entries["content_encoder_B/conv_0/conv2d/kernel"]
	style := b.entries["decoder_B/MLP/FC_0/dense/kernel"]
	if len(first.shape) != 4 || len(second.shape) != 4 || len(style.shape) != 2 {
		return weights.Config{}, fmt.Errorf("the checkpoint's first layers have shapes %v, %v and %v: it is no MUNIT of the TensorFlow port", first.shape, second.shape, style.shape)
	}
	count := func(format string) (n int) {
		for _, ok := b.entries[fmt.Sprintf(format, n)]; ok; _, ok = b.entries[fmt.Sprintf(format, n)] {
			n++
		}
		return n
	}
	c := weights.Config{
		InputDimA: first.shape[2], InputDimB: second.shape[2],
		Gen: weights.Gen{
			Dim: first.shape[3], MLPDim: style.shape[1], StyleDim: style.shape[0], Activ: "relu", PadType: "reflect",
			NDownsample: count("content_encoder_A/ins_%d/gamma") - 1,
			NRes:        count("content_encoder_A/resblock_%d/res1/conv/conv2d/kernel"),
			EncNorm:     weights.InstanceNormAffine, DecNorm: weights.LayerNormVarEps,
		},
	}
	return c, c.Validate()
}

// tensor reads the values of a key, in NVlabs' order.
func (b *bundle) tensor(cfg weights.Config, d weights.Domain, p weights.Part, k weights.Key) ([]float32, error) {
	layer, kind, _ := cutLast(k.Name)
	scope := map[weights.Part]string{weights.EncContent: "content_encoder_", weights.EncStyle: "style_encoder_", weights.MLP: "decoder_", weights.Dec: "decoder_"}[p] +
		strings.ToUpper(string(d)) + "/"
	if layer == "mlp.model.2.fc" {
		return b.adain(cfg, scope, kind)
	}
	name := scope + source(cfg, p, layer) + "/" + variables[kind]
	if strings.HasSuffix(layer, ".norm") {
		name = scope + source(cfg, p, layer) + "/" + normVariables[kind]
	}
	e, ok := b.entries[name]
	if !ok {
		return nil, fmt.Errorf("tensor %q is not in the checkpoint: it is not whole, or of another version of the port", name)
	}
	if want := reversed(k.Shape); !slices.Equal(e.shape, want) {
		return nil, fmt.Errorf("tensor %q has shape %v where the other tensors ask for %v", name, e.shape, want)
	}
	values, err := b.floats(name)
	if err != nil {
		return nil, err
	}
	return fromTensorFlow(values, k.Shape), nil
}

// variables name what a layer of PyTorch calls weight and bias, normVariables the same of a norm.
var (
	variables     = map[string]string{"weight": "kernel", "bias": "bias"}
	normVariables = map[string]string{"weight": "gamma", "bias": "beta", "gamma": "gamma", "beta": "beta"}
)

// source is the scope of a layer in the port.
func source(cfg weights.Config, p weights.Part, layer string) string {
	var block, res, half int
	down, isNorm := cfg.Gen.NDownsample, strings.HasSuffix(layer, ".norm")
	switch p {
	case weights.EncContent:
		if n, _ := fmt.Sscanf(layer, "enc_content.model.%d.model.%d.model.%d", &block, &res, &half); n == 3 {
			if isNorm {
				return fmt.Sprintf("resblock_%d/res%d/instance_norm", res, half+1)
			}
			return fmt.Sprintf("resblock_%d/res%d/conv/conv2d", res, half+1)
		}
		_, _ = fmt.Sscanf(layer, "enc_content.model.%d", &block)
		if isNorm {
			return fmt.Sprintf("ins_%d", block)
		}
		return fmt.Sprintf("conv_%d/conv2d", block)
	case weights.EncStyle:
		_, _ = fmt.Sscanf(layer, "enc_style.model.%d", &block)
		switch {
		case block == 6:
			return "SE_logit/conv2d"
		case block > 2:
			return fmt.Sprintf("down_conv_%d/conv2d", block-3)
		}
		return fmt.Sprintf("conv_%d/conv2d", block)
	case weights.MLP:
		_, _ = fmt.Sscanf(layer, "mlp.model.%d", &block)
		return fmt.Sprintf("MLP/FC_%d/dense", block)
	}
	if n, _ := fmt.Sscanf(layer, "dec.model.0.model.%d.model.%d", &res, &half); n == 2 {
		return fmt.Sprintf("adaptive_resblock_%d/res%d/conv/conv2d", res, half+1)
	}
	_, _ = fmt.Sscanf(layer, "dec.model.%d", &block)
	switch {
	case block == 2*down+1:
		return "G_logit/conv2d"
	case isNorm:
		return fmt.Sprintf("layer_norm_%d", block/2-1)
	}
	return fmt.Sprintf("conv_%d/conv2d", block/2-1)
}

// adain joins the port's dense layers of the AdaIN vectors to the MLP's last: for each AdaIN layer the shifts, then the scales. The port
// calls the scales mu and the shifts var.
func (b *bundle) adain(cfg weights.Config, scope, kind string) ([]float32, error) {
	width, hidden := cfg.ContentDim(), cfg.Gen.MLPDim
	shape := []int{width}
	if kind == "weight" {
		shape = []int{width, hidden}
	}
	var all []float32
	for i := range 2 * cfg.Gen.NRes {
		for _, vector := range [...]string{"var", "mu"} {
			name := fmt.Sprintf("%sMLP/FC_%s_%d/dense/%s", scope, vector, i, variables[kind])
			if e, want := b.entries[name], reversed(shape); !slices.Equal(e.shape, want) {
				return nil, fmt.Errorf("tensor %q is missing or has shape %v, not %v", name, e.shape, want)
			}
			values, err := b.floats(name)
			if err != nil {
				return nil, err
			}
			all = append(all, fromTensorFlow(values, shape)...)
		}
	}
	return all, nil
}

// reversed is PyTorch's shape as TensorFlow has it: [out, in, height, width] as [height, width, in, out], [out, in] as [in, out].
func reversed(shape []int) []int {
	switch len(shape) {
	case 4:
		return []int{shape[2], shape[3], shape[1], shape[0]}
	case 2:
		return []int{shape[1], shape[0]}
	}
	return shape
}

// fromTensorFlow reorders values, in TensorFlow's order, to those of shape, in PyTorch's.
func fromTensorFlow(values []float32, shape []int) []float32 {
	if len(shape) < 2 {
		return values
	}
	out := shape[0]
	in := shape[1]
	area := len(values) / (out * in)
	to := make([]float32, len(values))
	for at := range area {
		for i := range in {
			for o := range out {
				to[(o*in+i)*area+at] = values[(at*in+i)*out+o]
			}
		}
	}
	return to
}

// cutLast splits a key at its last dot.
func cutLast(key string) (layer, kind string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return key, "", false
	}
	return key[:i], key[i+1:], true
}
