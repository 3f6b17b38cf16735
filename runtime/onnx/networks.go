package onnx

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// Network is one of a model's networks as an ONNX model. Every axis of its tensors that a caller may want to vary has a name: batch, height
// and width of pictures (multiples of 2^n_downsample), content_height and content_width. A U-Net that takes its style at every level is for one size
// of pictures, that of its training: ONNX cannot spread a style over a size that it does not know without naming every level's.
type Network struct {
	Name  string // such as "enc_content_a"
	Doc   string // its inputs and outputs, for people
	model *weights.Model
	reach *graph.Reaches // of its weights
	build func(b *net.Builder, g *graph.Graph)
}

const contentEncoder = "enc_content_"

var (
	pictureAxes = []string{"batch", "", "height", "width"}
	contentAxes = []string{"batch", "", "content_height", "content_width"}
	codeAxes    = []string{"batch"}
)

// Networks lists what m can be exported as: per domain the content encoder (x to content), the style encoder (x to style) and the decoder with
// its MLP (content, style to y), and per direction the whole translation (x, style to y), as far as m holds their parts. Pictures x and y
// are [batch, channels, height, width] in [-1, 1], content is [batch, dim·2^n_downsample, content_height, content_width], style is [batch, style_dim].
func Networks(m *weights.Model) []Network {
	var all []Network
	reach := graph.NewReaches(m)
	inner := 64
	side := inner * m.Config.Unit() // any would do: the axes are named
	if fixed(m) {
		side = max(m.Config.Unit(), m.Config.NewSize/m.Config.Unit()*m.Config.Unit())
	}
	picture := func(g *graph.Graph, d weights.Domain) *graph.Node {
		return g.Input("x", 1, m.Config.InputDim(d), side, side)
	}
	add := func(name, doc string, build func(b *net.Builder, g *graph.Graph)) {
		all = append(all, Network{Name: name, Doc: doc, model: m, reach: reach, build: build})
	}
	styled := ""
	switch m.Config.Styles() {
	case weights.StyleCodes:
		styled = " and a style, drawn from N(0, I) or encoded"
	case weights.StyleNoise:
		styled = " and a style: noise, drawn from N(0, I)"
	}
	for _, d := range weights.Domains {
		out, in := m.Stages(d.To()), m.Stages(d.From()) // of the direction to d, and of that from d
		if m.Has(in.Encode) && !m.Config.Whole(d.From()) {
			add(contentEncoder+string(d), "content of a picture x in [-1, 1]", func(b *net.Builder, g *graph.Graph) {
				g.Output("content", b.EncodeContent(d, picture(g, d)))
			})
		}
		if m.Has(out.Style) {
			add(fmt.Sprintf("enc_style_%s", d), "style of a picture x in [-1, 1]", func(b *net.Builder, g *graph.Graph) {
				g.Output("style", b.EncodeStyle(d, picture(g, d)))
			})
		}
		if !m.Config.Whole(d.To()) && (out.Map.Part == "" || m.Has(out.Map)) && m.Has(out.Decode) {
			add(fmt.Sprintf("dec_%s", d), "picture y in [-1, 1] of a content"+styled, func(b *net.Builder, g *graph.Graph) {
				content := g.Input("content", 1, m.Config.ContentDim(), inner, inner)
				g.Output("y", b.Draw(d.To(), content, b.Style(d.To(), 1, side, side)))
			})
		}
	}
	for _, d := range m.Directions() {
		add(string(d), "translation y in [-1, 1] of a picture x in [-1, 1]"+styled, func(b *net.Builder, g *graph.Graph) {
			g.Output("y", b.Translate(d, picture(g, d.From()), b.Style(d, 1, side, side)))
		})
	}
	return all
}

// fixed reports whether m's networks are for one size of pictures.
func fixed(m *weights.Model) bool {
	layers := m.Config.AllLayers(m.Stages(weights.A2B).Decode)
	return m.Config.Styles() == weights.StyleCodes && slices.ContainsFunc(layers, func(l weights.Layer) bool { return l.Op == weights.JoinStyle })
}

// Export writes the network as an ONNX model, float32. The model's licence, source and config go with it. A network whose values can leave the
// range of float32 is refused.
func (n Network) Export(w io.Writer) error {
	g := graph.New()
	n.build(&net.Builder{Graph: g, Config: n.model.Config}, g)
	if err := n.checkWeights(g); err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	config, err := json.Marshal(n.model.Config)
	if err != nil {
		return err
	}
	meta := map[string]string{"config": string(config), "domain_a": n.model.DomainA, "domain_b": n.model.DomainB, "license": n.model.License, "source": n.model.Source}
	axes := map[string][]string{"x": pictureAxes, "y": pictureAxes, "content": contentAxes, "style": codeAxes}
	switch c := n.model.Config; {
	case fixed(n.model):
		axes = nil
	case c.Styles() == weights.StyleNoise && c.Whole(weights.A2B):
		axes["style"] = pictureAxes
	case c.Styles() == weights.StyleNoise:
		axes["style"] = contentAxes
	}
	return Write(w, g, n.model, Options{Name: n.Name, Doc: n.Doc, Meta: meta, Axes: axes})
}

// checkWeights refuses g, which is n's, if its values can overflow with contents as the model's encoders give them.
func (n Network) checkWeights(g *graph.Graph) error {
	content := 1.0
	pictures := func(*graph.Node) float64 { return 1 }
	for _, encoder := range Networks(n.model) {
		if !strings.HasPrefix(encoder.Name, contentEncoder) {
			continue
		}
		e := graph.New()
		encoder.build(&net.Builder{Graph: e, Config: n.model.Config}, e)
		bounds, _, err := e.Bounds(pictures, n.reach.Of)
		if err != nil {
			return err
		}
		content = max(content, bounds[e.Outputs()[0].ID])
	}
	return g.CheckWeights(func(n *graph.Node) float64 {
		switch n.Name {
		case "content":
			return content
		case "style":
			return graph.UsualStyle
		}
		return 1
	}, n.reach)
}
