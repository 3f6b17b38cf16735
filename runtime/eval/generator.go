package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// Generator draws the outputs that are scored, of pictures of one size.
type Generator struct {
	translate, reconstruct *network // the latter may be nil
	batch                  int      // styles at a time
}

// Graphs write a generator's networks; nodes named as Builder's weights are params.
type Graphs struct {
	// Translate has the inputs x [1, C, H, W] and, unless there is none, style: styles or noise [N, ...]; its output is [N, C', H, W] in [-1, 1], of 1 or 3 channels.
	Translate func(g *graph.Graph)
	// Codes, which is not computed, is Reconstruct with the styles as an input: how large those of a picture are nobody can bound. It may be nil.
	Codes func(g *graph.Graph)
	// Reconstruct has the input x [1, C', H, W], of the outputs' domain, and an output of that shape. It may be nil.
	Reconstruct func(g *graph.Graph)
}

// Model is a model of config c that translates pictures of height×width pixels, multiples of 2^n_downsample, in direction d, into n styles at a time,
// or, without styles, into one picture.
func Model(c weights.Config, d weights.Direction, height, width, n int) Graphs {
	to := d.To()
	translate := func(g *graph.Graph) {
		b := net.Builder{Graph: g, Config: c}
		x := g.Input("x", 1, c.InputDim(d.From()), height, width)
		g.Output("y", b.Translate(d, x, b.Style(d, n, height, width)))
	}
	if !c.Architecture().Styles {
		return Graphs{Translate: translate}
	}
	return Graphs{
		Translate: translate,
		Codes: func(g *graph.Graph) {
			b := net.Builder{Graph: g, Config: c}
			x := g.Input("x", 1, c.InputDim(to), height, width)
			g.Output("y", b.Decode(to, b.EncodeContent(to, x), b.MLP(to, b.Style(d, 1, height, width))))
		},
		Reconstruct: func(g *graph.Graph) {
			b := net.Builder{Graph: g, Config: c}
			x := g.Input("x", 1, c.InputDim(to), height, width)
			g.Output("y", b.Decode(to, b.EncodeContent(to, x), b.MLP(to, b.EncodeStyle(to, x))))
		},
	}
}

// Method is a method's translation of pictures of height×width pixels in direction d, one at a time. Its parameters have the names of trainings' checkpoints.
func Method(m net.Method, c weights.Config, d weights.Direction, height, width int) Graphs {
	return Graphs{Translate: func(g *graph.Graph) {
		x := g.Input("x", 1, c.InputDim(d.From()), height, width)
		var s *graph.Node
		if noise := m.Noise(c, m.NoiseOf(d), x.Shape); noise != nil {
			s = g.Input("style", noise...)
		}
		g.Output("y", m.Translate(&net.Builder{Graph: g, Config: c}, d, x, s))
	}}
}

// NewGenerator compiles graphs with weights from src. It refuses weights with which values can leave the range of float32, as a Translator does.
func NewGenerator(ctx context.Context, exec graph.Executor, src graph.ParamSource, graphs Graphs) (*Generator, error) {
	if err := graphs.checkWeights(src); err != nil {
		return nil, err
	}
	t, err := compile(ctx, exec, src, graphs.Translate)
	if err != nil {
		return nil, err
	}
	g := &Generator{translate: t, batch: t.out[0].Shape()[0]}
	if graphs.Reconstruct != nil {
		if g.reconstruct, err = compile(ctx, exec, src, graphs.Reconstruct); err != nil {
			g.Close()
			return nil, fmt.Errorf("reconstruction: %w", err)
		}
	}
	return g, nil
}

// checkWeights refuses weights with which a generator can overflow.
func (s Graphs) checkWeights(src graph.ParamSource) error {
	reaches := graph.NewReaches(src)
	if s.Reconstruct == nil {
		s.Codes = nil // of a model that translates one way only, which has not all weights
	}
	for _, build := range []func(*graph.Graph){s.Translate, s.Codes} {
		if build == nil {
			continue
		}
		g := graph.New()
		build(g)
		err := g.CheckWeights(func(n *graph.Node) float64 {
			if n.Name == "style" {
				return graph.UsualStyle
			}
			return 1 // pictures
		}, reaches)
		if err != nil {
			return err
		}
	}
	return nil
}

// Noise is the shape of a style or of the noise of one output; nil where the generator takes none, so that all outputs of an input are one.
func (g *Generator) Noise() graph.Shape {
	if len(g.translate.in) < 2 {
		return nil
	}
	return g.translate.in[1].Shape()[1:]
}

// Draw translates x into each of styles, values of shape Noise. Pictures have three channels.
func (g *Generator) Draw(ctx context.Context, x Picture, styles [][]float32) ([]Picture, error) {
	if g.Noise() == nil { // one for all
		y, err := g.translate.run(ctx, x)
		if err != nil {
			return nil, err
		}
		return slices.Repeat([]Picture{coloured(y[0], g.translate.out[0].Shape()[1])}, len(styles)), nil
	}
	var all []Picture
	for some := range slices.Chunk(styles, g.batch) {
		full := slices.Concat(some...)
		for range g.batch - len(some) {
			full = append(full, some[0]...)
		}
		y, err := g.translate.run(ctx, x, full)
		if err != nil {
			return nil, err
		}
		one := len(y[0]) / g.batch
		for i := range some {
			all = append(all, coloured(y[0][i*one:(i+1)*one], g.translate.out[0].Shape()[1]))
		}
	}
	return all, nil
}

// Reconstruct is what is left of x, a picture of the outputs' domain with that domain's channels, through its own codes; nil where the generator cannot.
func (g *Generator) Reconstruct(ctx context.Context, x Picture) (Picture, error) {
	if g.reconstruct == nil {
		return nil, nil
	}
	y, err := g.reconstruct.run(ctx, x)
	if err != nil {
		return nil, err
	}
	return coloured(y[0], g.reconstruct.out[0].Shape()[1]), nil
}

// coloured repeats the channel of a picture of one; n is how many it has.
func coloured(p Picture, n int) Picture {
	if n == channels {
		return p
	}
	return slices.Concat(p, p, p)
}

// Close frees what is on the device.
func (g *Generator) Close() {
	g.translate.close()
	if g.reconstruct != nil {
		g.reconstruct.close()
	}
}
