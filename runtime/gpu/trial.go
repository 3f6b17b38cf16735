package gpu

import (
	"context"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/runtime/reference"
	"github.com/webmunit/webmunit/shaders"
)

// signature is a Conv without its extents.
type signature struct {
	kernel, stride, pad      int
	mode                     graph.PadMode
	upsample, bias, computed bool // computed: the weights are not a model's
	act                      graph.Activation
}

func signatureOf(n *graph.Node) signature {
	return signature{n.Inputs[1].Shape[2], n.Stride, n.Pad, n.PadMode, n.Upsample, len(n.Inputs) > 2, !lowering.Fixed(n.Inputs[1]), n.Act}
}

func (s signature) String() string {
	text := fmt.Sprintf("a %d×%d convolution, stride %d, %v padding by %d", s.kernel, s.kernel, s.stride, s.mode, s.pad)
	if s.upsample {
		text += ", upsampling"
	}
	if s.act != graph.ActNone {
		text += ", then " + s.act.String()
	}
	return text
}

// try has v compute a small Conv of n's signature and holds it against the op's definition.
func (e *Executor) try(ctx context.Context, v *variant, n *graph.Node) error {
	g := e.example(v, n)
	got, err := e.computeOnce(ctx, g, scattered{}, e.only(v))
	if err != nil {
		return err
	}
	const most = 4096 // elements to compute on the host
	conv := convs(g)[0]
	in := make([][]float32, len(conv.Inputs))
	for i, x := range conv.Inputs {
		in[i], _ = scattered{}.Float32s(x.Name, x.Shape) // which never fails
	}
	at := reference.Element(conv, func(k int) []float32 { return in[k] })
	var wrong, norm float64
	for i := 0; i < len(got); i += (len(got) + most - 1) / most {
		want := at(i)
		wrong += (float64(got[i]) - want) * (float64(got[i]) - want)
		norm += want * want
	}
	if nmse := wrong / norm; !(nmse <= Tolerance(v.name)) { // so that NaN fails
		return fmt.Errorf("the device computes something else (NMSE %.2g, allowed is %.0g)", nmse, Tolerance(v.name))
	}
	return nil
}

// only lowers Convs by v.
func (e *Executor) only(v *variant) func(*graph.Node) (lowered, error) {
	l := dispatcher{e.budget(), e.decided()}
	return func(n *graph.Node) (lowered, error) {
		if n.Op == graph.OpConv {
			return v.lower(n, l.budget), nil
		}
		return l.lower(n)
	}
}

// example is a graph of one Conv of n's signature that v fits: the smallest that runs the kernels it runs for n, so that none is compiled in vain.
func (e *Executor) example(v *variant, n *graph.Node) *graph.Graph {
	f, own, c := signatureOf(n), shapeOf(n), e.decided()
	var small *graph.Graph
	for _, channels := range [][2]int{{3, 5}, {8, 8}, {16, 16}, {32, 32}, {64, 64}, {own.Inputs, own.Outputs}} {
		s := ConvShape{Inputs: channels[0], Outputs: channels[1], Height: max(13, f.kernel+2), Width: max(11, f.kernel+1), Batch: 1}
		g := f.graph(s)
		if g.Err() != nil || !v.fits(convs(g)[0], c.traits) {
			continue
		}
		if small == nil {
			small = g
		}
		if e.runsOnly(v, convs(g)[0], n) {
			return g
		}
	}
	if small == nil {
		return f.graph(own)
	}
	return small
}

// runsOnly reports whether v computes small by kernels that it needs for n anyway.
func (e *Executor) runsOnly(v *variant, small, n *graph.Node) bool {
	needed := map[shaders.Kernel]bool{}
	for _, s := range v.lower(n, e.budget()).steps {
		needed[s.kernel] = true
	}
	for _, s := range v.lower(small, e.budget()).steps {
		if !needed[s.kernel] {
			return false
		}
	}
	return true
}

// graph is a lone Conv of signature s and of extents; its inputs are the image and, if they are computed, the weights.
func (s signature) graph(of ConvShape) *graph.Graph {
	g := graph.New()
	x := g.Input("x", of.Batch, of.Inputs, of.Height, of.Width)
	if s.upsample {
		x = g.Upsample(x)
	}
	var w, bias *graph.Node
	if s.computed {
		w = g.Input("w", of.Outputs, of.Inputs, s.kernel, s.kernel)
	} else {
		w = g.Param("w", of.Outputs, of.Inputs, s.kernel, s.kernel)
	}
	if s.bias {
		bias = g.Param("b", of.Outputs)
	}
	y := g.Conv(x, w, bias, graph.ConvAttrs{Stride: s.stride, Pad: s.pad, Mode: s.mode})
	g.Output("y", g.Activate(s.act, y))
	return g
}

// scattered are values in [-1, 1) without a pattern that a wrong stride would keep, the same for each name: a graph.ParamSource.
type scattered struct{}

func (scattered) Float32s(name string, shape []int) ([]float32, error) {
	values := make([]float32, graph.Shape(shape).Elems())
	for i := range values {
		h := (uint32(i) + uint32(name[0])<<24) * 2654435761
		h = (h ^ h>>15) * 2246822519
		values[i] = float32(int32(h^h>>13)) / (1 << 31)
	}
	return values, nil
}
