package net

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// sequence makes the layers of one network into nodes.
type sequence struct {
	*graph.Graph
	prefix string // of its weights' names: "gen_a."
	weight func(string, ...int) *graph.Node
	tap    func(string, *graph.Node)
	style  *graph.Node // [N, P]: what AdaIN layers take, one after the other, or JoinStyle each time; or noise [N, C, H, W]
	at     int         // how many columns of style are taken
}

func (b *Builder) sequence(prefix string, style *graph.Node) *sequence {
	s := &sequence{Graph: b.Graph, prefix: prefix, weight: b.Weight, tap: b.Tap, style: style}
	if s.tap == nil {
		s.tap = func(string, *graph.Node) {}
	}
	if s.weight == nil {
		s.weight = b.Graph.Param
	}
	return s
}

// all applies layers to x, one after the other.
func (s *sequence) all(layers []weights.Layer, x *graph.Node) *graph.Node {
	for _, l := range layers {
		s.Scope(s.prefix + l.Name)
		x = s.one(l, x)
		if l.Tap != "" {
			s.tap(l.Tap, x)
		}
	}
	return x
}

func (s *sequence) one(l weights.Layer, x *graph.Node) *graph.Node {
	switch l.Op {
	case weights.Conv:
		w := s.param(l, "weight", l.Out, l.In, l.Kernel, l.Kernel)
		pad, err := graph.ParsePadMode(l.PadType)
		if err != nil {
			s.Fail("Conv", "%v", err)
		}
		return s.Conv(x, w, s.bias(l), graph.ConvAttrs{Stride: l.Stride, Pad: l.Pad, Mode: pad})
	case weights.ConvTranspose:
		return s.ConvTranspose(x, s.param(l, "weight", l.In, l.Out, l.Kernel, l.Kernel), s.bias(l), l.Stride, l.Pad, l.OutputPad)
	case weights.Linear:
		return s.Gemm(x, s.param(l, "weight", l.Out, l.In), s.bias(l))
	case weights.Activate:
		if l.Kind == "prelu" {
			return s.PRelu(x, s.param(l, "weight", 1))
		}
		act, err := graph.ParseActivation(l.Kind)
		if err != nil {
			s.Fail("Activate", "%v", err)
		}
		return s.Activate(act, x)
	case weights.Norm:
		return s.norm(l, x)
	case weights.AdaIN:
		bias, weight := s.Slice(s.style, s.at, l.Out), s.Slice(s.style, s.at+l.Out, l.Out)
		s.at += 2 * l.Out
		return s.Affine(s.repeat(s.InstanceNorm(x, eps), s.style.Shape[0]), weight, bias)
	case weights.Residual:
		h := s.all(l.Layers, x)
		return s.Add(s.repeat(s.all(l.Shortcut, x), h.Shape[0]), h)
	case weights.Skip:
		h := s.all(l.Layers, x)
		return s.Concat(h, s.repeat(x, h.Shape[0]))
	case weights.JoinStyle:
		n := s.style.Shape
		x = s.repeat(x, n[0])
		if len(n) == len(x.Shape) { // noise, with a value for each pixel
			return s.Concat(x, s.style)
		}
		return s.Concat(x, s.Expand(s.style, graph.Shape{n[0], n[1], x.Shape[2], x.Shape[3]}, 0))
	case weights.AddNoise:
		return s.Add(s.repeat(x, s.style.Shape[0]), s.style)
	case weights.AveragePool:
		return s.AveragePool(x, l.Kernel, l.Stride, 0)
	case weights.Upsample:
		return s.Upsample(x)
	case weights.GlobalAveragePool:
		return s.GlobalAveragePool(x)
	case weights.Flatten:
		return s.Reshape(x, x.Shape[0], l.Out)
	}
	s.Fail("layer", "op %d is unknown", l.Op)
	return x
}

// norm is a norm of a kind that weights.Norm names. TensorFlow's layer norm has the biased variance, and its eps inside the root: an instance
// norm of all channels as one.
func (s *sequence) norm(l weights.Layer, x *graph.Node) *graph.Node {
	const tensorFlowEps = 1e-12 // tf.contrib.layers.layer_norm's
	scale, shift := "gamma", "beta"
	var h *graph.Node
	switch l.Kind {
	case weights.InstanceNorm:
		return s.InstanceNorm(x, eps)
	case weights.InstanceNormAffine:
		h, scale, shift = s.InstanceNorm(x, eps), "weight", "bias"
	case weights.LayerNorm:
		h = s.LayerNorm(x, eps)
	case weights.LayerNormVarEps:
		n := x.Shape
		h = s.Reshape(s.InstanceNorm(s.Reshape(x, n[0], 1, n[1]*n[2], n[3]), tensorFlowEps), n...)
	default:
		s.Fail("Norm", "kind %q is unknown", l.Kind)
		return x
	}
	return s.Affine(h, s.param(l, scale, l.Out), s.param(l, shift, l.Out))
}

func (s *sequence) param(l weights.Layer, tensor string, shape ...int) *graph.Node {
	return s.weight(s.prefix+l.Name+"."+tensor, shape...)
}

func (s *sequence) bias(l weights.Layer) *graph.Node {
	if !l.Bias {
		return nil
	}
	return s.param(l, "bias", l.Out)
}

// repeat gives each of n samples the one that x has, if they are not n already.
func (s *sequence) repeat(x *graph.Node, n int) *graph.Node {
	if x.Shape[0] == n {
		return x
	}
	one := x.Shape[1:]
	return s.Expand(s.Reshape(x, one...), append(graph.Shape{n}, one...), 1)
}
