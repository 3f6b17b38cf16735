package gpu

import (
	"context"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// form is a Conv without its extents.
type form struct {
	kernel, stride, pad      int
	mode                     graph.PadMode
	upsample, bias, computed bool // computed: the weights are not a model's
	act                      graph.Activation
}

func formOf(n *graph.Node) form {
	return form{n.Inputs[1].Shape[2], n.Stride, n.Pad, n.PadMode, n.Upsample, len(n.Inputs) > 2, n.Inputs[1].Op != graph.OpParam, n.Act}
}

func (f form) String() string {
	text := fmt.Sprintf("a %d×%d convolution, stride %d, %v padding by %d", f.kernel, f.kernel, f.stride, f.mode, f.pad)
	if f.upsample {
		text += ", upsampling"
	}
	if f.act != graph.ActNone {
		text += ", then " + f.act.String()
	}
	return text
}

// try has v compute a small Conv of n's form and holds it against plain loops.
func (e *Executor) try(ctx context.Context, v *variant, n *graph.Node) error {
	g := e.example(v, n)
	got, err := e.computeOnce(ctx, g, scattered{}, e.only(v))
	if err != nil {
		return err
	}
	const most = 4096 // elements to compute on the host
	at := plainConv64(convs(g)[0])
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
	l := lowering{e.budget(), e.decided()}
	return func(n *graph.Node) (lowered, error) {
		if n.Op == graph.OpConv {
			return v.lower(n, l.budget), nil
		}
		return l.lower(n)
	}
}

// example is a graph of one Conv of n's form that v fits: the smallest that runs the kernels it runs for n, so that none is compiled in vain.
func (e *Executor) example(v *variant, n *graph.Node) *graph.Graph {
	f, own, c := formOf(n), shapeOf(n), e.decided()
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

var activationOps = [...]graph.Op{graph.ActRelu: graph.OpRelu, graph.ActLeakyRelu: graph.OpLeakyRelu, graph.ActSelu: graph.OpSelu,
	graph.ActTanh: graph.OpTanh, graph.ActSoftplus: graph.OpSoftplus, graph.ActAbs: graph.OpAbs}

// graph is a lone Conv of form f and of s's extents; its inputs are the image and, if they are computed, the weights.
func (f form) graph(s ConvShape) *graph.Graph {
	g := graph.New()
	x := g.Input("x", s.Batch, s.Inputs, s.Height, s.Width)
	if f.upsample {
		x = g.Upsample(x)
	}
	var w, bias *graph.Node
	if f.computed {
		w = g.Input("w", s.Outputs, s.Inputs, f.kernel, f.kernel)
	} else {
		w = g.Param("w", s.Outputs, s.Inputs, f.kernel, f.kernel)
	}
	if f.bias {
		bias = g.Param("b", s.Outputs)
	}
	y := g.Conv(x, w, bias, graph.ConvAttrs{Stride: f.stride, Pad: f.pad, Mode: f.mode})
	if f.act != graph.ActNone {
		y = g.Unary(activationOps[f.act], y)
	}
	g.Output("y", y)
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

// plainConv64 gives the elements of a Conv on scattered values, computed by its definition in double precision.
func plainConv64(n *graph.Node) func(i int) float64 {
	values := func(i int) []float32 {
		v, _ := scattered{}.Float32s(n.Inputs[i].Name, n.Inputs[i].Shape) // which never fails
		return v
	}
	x, w, bias := values(0), values(1), []float32(nil)
	if len(n.Inputs) > 2 {
		bias = values(2)
	}
	in, out, k, scale := n.Inputs[0].Shape, n.Shape, n.Inputs[1].Shape[2], 1
	if n.Upsample {
		scale = 2
	}
	return func(i int) float64 {
		column, row, o, sample := i%out[3], i/out[3]%out[2], i/(out[2]*out[3])%out[1], i/(out[1]*out[2]*out[3])
		sum := 0.0
		for tap := range k * k {
			h, inH := padded(row*n.Stride+tap/k-n.Pad, scale*in[2], n.PadMode)
			v, inW := padded(column*n.Stride+tap%k-n.Pad, scale*in[3], n.PadMode)
			if !inH || !inW {
				continue
			}
			for c := range in[1] {
				sum += float64(x[((sample*in[1]+c)*in[2]+h/scale)*in[3]+v/scale]) * float64(w[(o*in[1]+c)*k*k+tap])
			}
		}
		if bias != nil {
			sum += float64(bias[o])
		}
		return activate64(n.Act, sum)
	}
}

// padded is where a Conv that pads reads for coordinate at of an axis of n, if anywhere.
func padded(at, n int, mode graph.PadMode) (int, bool) {
	switch {
	case at >= 0 && at < n:
		return at, true
	case mode == graph.PadReflect && at < 0:
		return -at, true
	case mode == graph.PadReflect:
		return 2*(n-1) - at, true
	case mode == graph.PadReplicate:
		return max(0, min(at, n-1)), true
	}
	return 0, false
}

func activate64(a graph.Activation, v float64) float64 {
	switch a {
	case graph.ActRelu:
		return max(v, 0)
	case graph.ActLeakyRelu:
		return max(v, graph.LeakySlope*v)
	case graph.ActSelu:
		if v > 0 {
			return graph.SeluScale * v
		}
		return graph.SeluScale * graph.SeluAlpha * math.Expm1(v)
	case graph.ActTanh:
		return math.Tanh(v)
	case graph.ActSoftplus:
		return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v)))
	case graph.ActAbs:
		return math.Abs(v)
	}
	return v
}
