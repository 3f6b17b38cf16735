package weights

import "fmt"

// Layer is one step of a network. An Architecture writes its networks as lists of layers, once: the model file's tensors follow from them
// (Config.Keys), and runtime/net makes graphs of them.
type Layer struct {
	Op   LayerOp
	Name string // of its tensors: Name + ".weight" and so on; empty where it has none

	In, Out             int    // channels, or features
	Kernel, Stride, Pad int    // Conv, ConvTranspose, AveragePool
	OutputPad           int    // ConvTranspose
	PadType             string // Conv: reflect, replicate or zero
	Bias                bool   // Conv, ConvTranspose, Linear
	Kind                string // Activate: its name in Activations; Norm: see there

	Layers   []Layer // Residual: what is added to its input; Skip: what its input joins
	Shortcut []Layer // Residual: what the input goes through before the sum; usually nothing
	Tap      string  // what golden vectors call its result, such as "dec.res1"
}

// LayerOp is what a Layer does.
type LayerOp int

// The layers' ops. Pictures and features are [N, In, H, W].
const (
	Conv              LayerOp = iota // PyTorch's Conv2d: weight [Out, In, Kernel, Kernel], bias [Out]
	ConvTranspose                    // PyTorch's ConvTranspose2d: weight [In, Out, Kernel, Kernel], bias [Out]
	Linear                           // PyTorch's Linear, of [N, In]: weight [Out, In], bias [Out]
	Activate                         // of kind Kind; prelu learns weight [1]
	Norm                             // of kind Kind
	AdaIN                            // an instance norm, and an affine map that the style gives: Out biases, then Out weights
	Residual                         // Shortcut(x) + Layers(x)
	Skip                             // the channels of Layers(x), and behind them those of x
	JoinStyle                        // the channels of x, and behind them the style: [N, style_dim], the same at every pixel, or noise [N, C, H, W]
	AddNoise                         // x + noise of its shape
	AveragePool                      // means of Kernel×Kernel pixels
	Upsample                         // each pixel becomes 2×2
	GlobalAveragePool                // [N, In, H, W] to [N, In, 1, 1]
	Flatten                          // [N, In, 1, 1] to [N, In]
)

// Kinds of Norm.
const (
	NoNorm             = "none"
	InstanceNorm       = "in"
	InstanceNormAffine = "in_affine"  // with a learnt scale and shift: weight, bias [Out]
	LayerNorm          = "ln"         // NVlabs' own (docs/networks.md, "Norms"): gamma, beta [Out]
	LayerNormVarEps    = "ln_var_eps" // the same with TensorFlow's eps, on the biased variance
)

// Key names a tensor within its generator or discriminator, and says its shape: conv weights
// [out, in, height, width], those of transposed ones [in, out, height, width], fully connected weights [out, in], everything else [channels].
type Key struct {
	Name  string
	Shape []int
}

// Keys lists the tensors of the layer, but not those of layers in it, by their names in the network.
func (l Layer) Keys() (all []Key) {
	add := func(tensor string, shape ...int) { all = append(all, Key{l.Name + "." + tensor, shape}) }
	switch {
	case l.Op == Conv:
		add("weight", l.Out, l.In, l.Kernel, l.Kernel)
	case l.Op == ConvTranspose:
		add("weight", l.In, l.Out, l.Kernel, l.Kernel)
	case l.Op == Linear:
		add("weight", l.Out, l.In)
	case l.Op == Activate && l.Kind == "prelu":
		add("weight", 1)
	case l.Op == Norm && l.Kind == InstanceNormAffine:
		add("weight", l.Out)
		add("bias", l.Out)
	case l.Op == Norm && l.Kind != InstanceNorm:
		add("gamma", l.Out)
		add("beta", l.Out)
	}
	if l.Bias {
		add("bias", l.Out)
	}
	return all
}

// flat lists layers, and in the place of those that have layers in them these.
func flat(layers []Layer) (all []Layer) {
	for _, l := range layers {
		if l.Layers != nil {
			all = append(append(all, flat(l.Layers)...), flat(l.Shortcut)...)
			continue
		}
		all = append(all, l)
	}
	return all
}

// reduction is how many times larger, in each direction, a picture is than the smallest features that layers make of it.
func reduction(layers []Layer) int {
	n := 1
	for _, l := range layers {
		switch l.Op {
		case Conv, AveragePool:
			n *= l.Stride
		case Residual, Skip:
			n *= reduction(l.Layers)
		}
	}
	return n
}

// keys lists the tensors of layers in their order.
func keys(layers []Layer) (all []Key) {
	for _, l := range flat(layers) {
		all = append(all, l.Keys()...)
	}
	return all
}

// sequence is a network as far as it is written: each layer takes what the one before gives.
type sequence struct {
	layers []Layer
	width  int    // channels so far
	pad    string // PadType of its convolutions
}

func (s *sequence) add(l Layer) {
	l.In = s.width
	if l.Out == 0 {
		l.Out = s.width
	}
	s.layers, s.width = append(s.layers, l), l.Out
}

func (s *sequence) conv(name string, out, kernel, stride, pad int, bias bool) {
	s.add(Layer{Op: Conv, Name: name, Out: out, Kernel: kernel, Stride: stride, Pad: pad, PadType: s.pad, Bias: bias})
}

func (s *sequence) linear(name string, out int) {
	s.add(Layer{Op: Linear, Name: name, Out: out, Bias: true})
}

func (s *sequence) norm(name, kind string) { s.add(Layer{Op: Norm, Name: name, Kind: kind}) }

func (s *sequence) activate(name, kind string) { s.add(Layer{Op: Activate, Name: name, Kind: kind}) }

func (s *sequence) plain(op LayerOp) { s.add(Layer{Op: op}) }

// residual adds a block whose layers inner writes.
func (s *sequence) residual(inner func(s *sequence)) {
	block := sequence{width: s.width, pad: s.pad}
	inner(&block)
	s.add(Layer{Op: Residual, Layers: block.layers})
}

// skip adds layers that inner writes, whose channels come before those of their input.
func (s *sequence) skip(inner func(s *sequence)) {
	block := sequence{width: s.width, pad: s.pad}
	inner(&block)
	s.add(Layer{Op: Skip, Layers: block.layers, Out: block.width + s.width})
}

// tap names the last layer's result.
func (s *sequence) tap(format string, args ...any) {
	s.layers[len(s.layers)-1].Tap = fmt.Sprintf(format, args...)
}
