package graph

import (
	"fmt"
	"math"
)

// Activation is an element-wise function without parameters. PRelu has one and is an op of its own.
type Activation uint8

// The activations, by the numbers that shaders/activation.wgsl knows them by.
const (
	ActNone Activation = iota
	ActRelu
	ActLeakyRelu // slope LeakySlope
	ActSelu
	ActTanh
	ActSoftplus
	ActAbs
	ActExp // of arguments up to MaxExp
)

// Constants of the activations (docs/networks.md, "Activations"; Klambauer et al. 2017 for SELU).
const (
	LeakySlope = 0.2
	SeluAlpha  = 1.6732632423543772848170429916717
	SeluScale  = 1.0507009873554804934193349852946
	MaxExp     = 80 // beyond, exp takes it for the argument: float32 ends soon after
)

// activations are all activations, and all that this program knows of each but how WGSL computes it.
var activations = [...]struct {
	name       string // as configs have it in activ
	onnx       ONNXActivation
	value      func(x float64) float64
	slope      func(at float64) float64 // the derivative where value gives at, or at the argument at
	atArgument bool                     // whether slope takes the argument, because the value does not tell
	bound      func(x float64) float64  // the largest magnitude of value over [−x, x]
}{
	ActNone: {
		name:  "none",
		onnx:  ONNXActivation{Op: "Identity"},
		value: same,
		slope: func(float64) float64 { return 1 },
		bound: same,
	},
	ActRelu: {
		name:  "relu",
		onnx:  ONNXActivation{Op: "Relu"},
		value: func(x float64) float64 { return math.Max(x, 0) },
		slope: func(y float64) float64 { return choose(y > 0, 1, 0) },
		bound: same,
	},
	ActLeakyRelu: {
		name:  "lrelu",
		onnx:  ONNXActivation{Op: "LeakyRelu", Attrs: []ONNXAttr{{"alpha", LeakySlope}}},
		value: func(x float64) float64 { return math.Max(x, 0) + LeakySlope*math.Min(x, 0) },
		slope: func(y float64) float64 { return choose(y > 0, 1, LeakySlope) },
		bound: same,
	},
	ActSelu: {
		name:  "selu",
		onnx:  ONNXActivation{Op: "Selu", Attrs: []ONNXAttr{{"alpha", SeluAlpha}, {"gamma", SeluScale}}},
		value: func(x float64) float64 { return SeluScale * (math.Max(x, 0) + SeluAlpha*math.Expm1(math.Min(x, 0))) },
		slope: func(y float64) float64 { return choose(y > 0, SeluScale, y+SeluScale*SeluAlpha) },
		bound: func(x float64) float64 { return SeluScale * max(x, SeluAlpha) },
	},
	ActTanh: {
		name:  "tanh",
		onnx:  ONNXActivation{Op: "Tanh"},
		value: math.Tanh,
		slope: func(y float64) float64 { return 1 - y*y },
		bound: func(float64) float64 { return 1 },
	},
	ActSoftplus: {
		name:  "softplus",
		onnx:  ONNXActivation{Op: "Softplus"},
		value: func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		slope: func(y float64) float64 { return -math.Expm1(-y) },
		bound: func(x float64) float64 { return x + 1 },
	},
	ActAbs: {
		name:       "abs",
		onnx:       ONNXActivation{Op: "Abs"},
		value:      math.Abs,
		slope:      func(x float64) float64 { return choose(x > 0, 1, choose(x < 0, -1, 0)) },
		atArgument: true,
		bound:      same,
	},
	ActExp: {
		name:  "exp",
		onnx:  ONNXActivation{Op: "Exp"},
		value: func(x float64) float64 { return math.Exp(math.Min(x, MaxExp)) },
		slope: func(y float64) float64 { return choose(y < 5.5e34, y, 0) }, // MaxExp's is 5.54e34
		bound: func(x float64) float64 { return math.Exp(math.Min(x, MaxExp)) },
	},
}

func same(x float64) float64 { return x }

func choose(which bool, yes, no float64) float64 {
	if which {
		return yes
	}
	return no
}

// Activations lists them all, ActNone first.
func Activations() []Activation {
	all := make([]Activation, len(activations))
	for i := range all {
		all[i] = Activation(i)
	}
	return all
}

// ParseActivation maps NVlabs' activ to an Activation.
func ParseActivation(name string) (Activation, error) {
	for i, a := range activations {
		if a.name == name {
			return Activation(i), nil
		}
	}
	return ActNone, fmt.Errorf("activ %q is not an activation", name)
}

func (a Activation) String() string { return activations[a].name }

// Value is the activation of x.
func (a Activation) Value(x float64) float64 { return activations[a].value(x) }

// Slope is the activation's derivative. at is its value there, or its argument if AtArgument. At the kinks it is what PyTorch takes: that of the
// left side, and 0 for ActAbs.
func (a Activation) Slope(at float64) float64 { return activations[a].slope(at) }

// AtArgument tells whether Slope takes the argument instead of the value.
func (a Activation) AtArgument() bool { return activations[a].atArgument }

// Bound is the largest magnitude of a value whose argument's magnitude is x at most.
func (a Activation) Bound(x float64) float64 { return activations[a].bound(x) }

// ONNX is how ONNX computes it.
func (a Activation) ONNX() ONNXActivation { return activations[a].onnx }

// ONNXActivation is an ONNX op of one input, with its attributes.
type ONNXActivation struct {
	Op    string
	Attrs []ONNXAttr
}

// ONNXAttr is an attribute of type float.
type ONNXAttr struct {
	Name  string
	Value float32
}
