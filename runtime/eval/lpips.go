package eval

import (
	"context"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// LPIPS is the perceptual distance of Zhang et al. 2018 on AlexNet ("lin", version 0.1), which Huang et al. 2018 measure diversity with. Its weights are
// the user's: this repository has none.
type LPIPS struct {
	side   int // pixels a side of the pictures
	slices []*network
	scales [][]float32 // of the channels of each slice: lin's weights
}

// LPIPSHint tells how to make LPIPS' file.
const LPIPSHint = `make it once with Python (pip install lpips safetensors): ` +
	`python3 -c "import lpips; from safetensors.torch import save_file; save_file({k: v.clone() for k, v in lpips.LPIPS(net='alex').state_dict().items()}, 'lpips-alex.safetensors')"`

// alexConv is one of AlexNet's convs (Krizhevsky 2014), each followed by a ReLU.
type alexConv struct {
	name        string // of its weights
	in, out     int    // channels
	kernel      int
	stride, pad int
	pooled      bool // 3×3 maxima at stride 2 come first
}

var alexNet = [...]alexConv{
	{name: "net.slice1.0", in: channels, out: 64, kernel: 11, stride: 4, pad: 2},
	{name: "net.slice2.3", in: 64, out: 192, kernel: 5, stride: 1, pad: 2, pooled: true},
	{name: "net.slice3.6", in: 192, out: 384, kernel: 3, stride: 1, pad: 1, pooled: true},
	{name: "net.slice4.8", in: 384, out: 256, kernel: 3, stride: 1, pad: 1},
	{name: "net.slice5.10", in: 256, out: 256, kernel: 3, stride: 1, pad: 1},
}

// OpenLPIPS reads the weights at path, for pictures of side pixels a side, 64 at least.
func OpenLPIPS(ctx context.Context, exec graph.Executor, path string, side int) (*LPIPS, error) {
	tensors, _, err := weights.OpenTensors(path, maxWeights)
	if err != nil {
		return nil, err
	}
	l, err := newLPIPS(ctx, exec, tensorSource(tensors), side)
	if err != nil {
		return nil, fmt.Errorf("%s holds no LPIPS on AlexNet: %w", path, err)
	}
	return l, nil
}

func newLPIPS(ctx context.Context, exec graph.Executor, src graph.ParamSource, side int) (l *LPIPS, err error) {
	const least = 64
	if side < least {
		return nil, fmt.Errorf("pictures of %d pixels a side are too small for AlexNet: it takes %d or more", side, least)
	}
	l = &LPIPS{side: side}
	defer func() {
		if err != nil {
			l.Close()
			l = nil
		}
	}()
	size := side
	for i, c := range alexNet {
		if c.pooled {
			size = pooledSize(size)
		}
		n, err := compile(ctx, exec, src, func(g *graph.Graph) {
			x := g.Input("x", 1, c.in, size, size)
			y := g.Conv(x, g.Param(c.name+".weight", c.out, c.in, c.kernel, c.kernel), g.Param(c.name+".bias", c.out),
				graph.ConvAttrs{Stride: c.stride, Pad: c.pad, Mode: graph.PadZero})
			g.Output("y", g.Activate(graph.ActRelu, y))
		})
		if err != nil {
			return l, err
		}
		l.slices = append(l.slices, n)
		size = n.out[0].Shape()[2]
		lin, err := src.Float32s(fmt.Sprintf("lin%d.model.1.weight", i), []int{1, c.out, 1, 1})
		if err != nil {
			return l, err
		}
		l.scales = append(l.scales, lin)
	}
	return l, nil
}

// ImageNet's mean and deviation, as LPIPS has them for values in [-1, 1].
var (
	lpipsShift = [channels]float32{-0.030, -0.088, -0.188}
	lpipsScale = [channels]float32{0.458, 0.448, 0.450}
)

// Describe gives the activations of all convs, of length 1 at each place, times the root of their channels' weight and of their places' share: so
// that LPIPS is the square of the Euclidean distance of two descriptions.
func (l *LPIPS) Describe(ctx context.Context, p Picture) ([]float32, error) {
	if len(p) != channels*l.side*l.side {
		return nil, fmt.Errorf("LPIPS was prepared for pictures of %d×%d", l.side, l.side)
	}
	x := make([]float32, len(p))
	for i, v := range p {
		c := i / (l.side * l.side)
		x[i] = (v - lpipsShift[c]) / lpipsScale[c]
	}
	var all []float32
	size := l.side
	for i, n := range l.slices {
		if alexNet[i].pooled {
			x = maxPool(x, alexNet[i].in, size)
		}
		y, err := n.run(ctx, x)
		if err != nil {
			return nil, err
		}
		x, size = y[0], n.out[0].Shape()[2]
		all = append(all, l.describeSlice(x, i, size*size)...)
	}
	return all, nil
}

// describeSlice scales one conv's activations, which have places pixels.
func (l *LPIPS) describeSlice(x []float32, slice, places int) []float32 {
	const eps = 1e-10
	to := make([]float32, len(x))
	width := len(x) / places
	for at := range places {
		length := 0.0
		for c := range width {
			v := float64(x[c*places+at])
			length += v * v
		}
		length = math.Sqrt(length) + eps
		for c := range width {
			weight := math.Sqrt(math.Max(float64(l.scales[slice][c]), 0) / float64(places)) // they are not negative: LPIPS was trained so
			to[c*places+at] = float32(float64(x[c*places+at]) / length * weight)
		}
	}
	return to
}

// Distance is LPIPS of two descriptions.
func (l *LPIPS) Distance(a, b []float32) float64 {
	d := Euclidean(a, b)
	return d * d
}

// pooledSize is what maxPool makes of size pixels a side.
func pooledSize(size int) int { return (size-3)/2 + 1 }

// maxPool takes the maxima of 3×3 windows at stride 2 of x, width planes of size×size. The graph language has no op for it, since MUNIT has no need of one.
func maxPool(x []float32, width, size int) []float32 {
	n := pooledSize(size)
	to := make([]float32, width*n*n)
	for c := range width {
		for i := range n * n {
			best := float32(math.Inf(-1))
			for k := range 9 {
				best = max(best, x[(c*size+2*(i/n)+k/3)*size+2*(i%n)+k%3])
			}
			to[c*n*n+i] = best
		}
	}
	return to
}

// Close frees what is on the device.
func (l *LPIPS) Close() {
	for _, n := range l.slices {
		n.close()
	}
}
