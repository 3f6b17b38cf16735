package lowering

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// WinogradChannels of input and output are what it takes for Winograd's transforms to pay: each of their results is part of so many products.
const WinogradChannels = 16

// kinkPixels is the fewest pixels of an image for which a convolution under training may round as Winograd's filtering and folded kernels do.
// Rounding puts values that are nearly zero on the other side of a ReLU's kink, which in gradients tells the more the fewer pixels a network has.
// Products round half as much, and cost little where pixels are few.
const kinkPixels = 256

// Winograd reports whether Conv n may be computed by Winograd's filtering: a 3×3 convolution, at whatever size pays on the device.
func Winograd(n *graph.Node) bool {
	return n.Inputs[1].Shape[2] == 3 && n.Stride == 1 && WinogradPays(n) && mayRound(n, n.Shape)
}

// WinogradPays reports whether Conv n, or its phases, have the channels that Winograd's filtering takes.
func WinogradPays(n *graph.Node) bool {
	w := n.Inputs[1].Shape
	return min(w[0], w[1]) >= WinogradChannels
}

// Phases reports whether Conv n may be folded with the upsampling before it (package phase): an image that has lines to fold.
func Phases(n *graph.Node) bool {
	x := n.Inputs[0].Shape
	return phase.Fits(n) && min(x[2], x[3]) >= 2 && mayRound(n, x)
}

func mayRound(n *graph.Node, image graph.Shape) bool {
	return !Trained(n) || image[2]*image[3] >= kinkPixels
}

// Trained reports whether Conv n is under training: gradients go through it, to weights that change with every run.
func Trained(n *graph.Node) bool { return n.Differentiated && !Fixed(n.Inputs[1]) }

// Fixed reports whether w is a model's weight, the same in every run: then it is brought into a kernel's layout once. Weights under training are
// inputs of their graph, and those of a gradient's convolutions are computed by it: each run packs them anew.
func Fixed(w *graph.Node) bool { return w.Op == graph.OpParam }
