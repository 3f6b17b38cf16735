package eval

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// Labels are what a classifier tells of a picture: questions, such as "kind" and "colour", each with its classes.
type Labels []Label

// Label is one kind.
type Label struct {
	Name    string   `json:"name"`
	Classes []string `json:"classes"`
}

func (l Labels) count() int {
	n := 0
	for _, kind := range l {
		n += len(kind.Classes)
	}
	return n
}

// The classifier: four convs of stride 2, leaky ReLUs, the mean over the picture (the features), and a linear layer.
const (
	Side     = 64 // pixels a side of the pictures that it sees
	Features = 64
)

var widths = [...]int{16, 32, 64, Features}

// classify writes the network: x [N, 3, Side, Side] in [-1, 1] to features [N, Features] and logits [N, labels' classes].
func classify(g *graph.Graph, weight func(string, ...int) *graph.Node, x *graph.Node, classes int) (features, logits *graph.Node) {
	for i, width := range widths {
		layer := fmt.Sprintf("conv%d", i)
		g.Scope("classifier " + layer)
		x = g.Conv(x, weight(layer+".weight", width, x.Shape[1], 4, 4), weight(layer+".bias", width), graph.ConvAttrs{Stride: 2, Pad: 1, Mode: graph.PadReflect})
		x = g.Activate(graph.ActLeakyRelu, x)
	}
	g.Scope("classifier fc")
	features = g.Reshape(g.GlobalAveragePool(x), x.Shape[0], Features)
	return features, g.Gemm(features, weight("fc.weight", classes, Features), weight("fc.bias", classes))
}

// NetClassifier is a trained classifier on a device.
type NetClassifier struct {
	network *network
	labels  Labels
	source  string
}

const classifierFormat = "munit-classifier"

//go:embed wares.classifier.safetensors
var shipped embed.FS

// Shipped is the classifier of this repository: it tells kind, finish and colour of wares. tools/quality trains it.
func Shipped(ctx context.Context, exec graph.Executor) (*NetClassifier, error) {
	file, err := shipped.ReadFile("wares.classifier.safetensors")
	if err != nil {
		return nil, err
	}
	return NewClassifier(ctx, exec, file)
}

// OpenClassifier reads the classifier at path.
func OpenClassifier(ctx context.Context, exec graph.Executor, path string) (*NetClassifier, error) {
	tensors, meta, err := weights.OpenTensors(path, maxWeights)
	if err != nil {
		return nil, err
	}
	c, err := newClassifier(ctx, exec, tensors, meta)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// maxWeights bounds the files of the networks that measure, in bytes: AlexNet with LPIPS takes 10 MB, a classifier less.
const maxWeights = 256 << 20

// NewClassifier prepares the classifier whose file is given.
func NewClassifier(ctx context.Context, exec graph.Executor, file []byte) (*NetClassifier, error) {
	tensors, meta, err := weights.ParseTensors(file)
	if err != nil {
		return nil, err
	}
	return newClassifier(ctx, exec, tensors, meta)
}

func newClassifier(ctx context.Context, exec graph.Executor, tensors map[string]*weights.Tensor, meta map[string]string) (_ *NetClassifier, err error) {
	c := &NetClassifier{source: meta["source"]}
	if meta["format"] != classifierFormat || json.Unmarshal([]byte(meta["labels"]), &c.labels) != nil || len(c.labels) == 0 {
		return nil, fmt.Errorf("it is no classifier (format %.40q); go run ./tools/quality classifier makes one", meta["format"])
	}
	for _, l := range c.labels {
		if len(l.Classes) < 2 {
			return nil, fmt.Errorf("the classifier's label %.40q has %d classes; 2 are needed", l.Name, len(l.Classes))
		}
	}
	c.network, err = compile(ctx, exec, tensorSource(tensors), func(g *graph.Graph) {
		features, logits := classify(g, g.Param, g.Input("x", 1, channels, Side, Side), c.labels.count())
		g.Output("features", features)
		g.Output("logits", logits)
	})
	return c, err
}

// Classify gives features and probabilities of p, 3×Side×Side or another square that Fitted reduces to that. The classes are the combinations of those
// of all labels, taken as independent of one another given the picture.
func (c *NetClassifier) Classify(ctx context.Context, p Picture) (features []float32, classes []float64, err error) {
	if p, err = Fitted(p, Side); err != nil {
		return nil, nil, err
	}
	out, err := c.network.run(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	classes, logits := []float64{1}, out[1]
	for _, l := range c.labels {
		var all []float64
		for _, q := range probabilities(logits[:len(l.Classes)]) {
			for _, p := range classes {
				all = append(all, p*q)
			}
		}
		classes, logits = all, logits[len(l.Classes):]
	}
	return out[0], classes, nil
}

// probabilities makes the logits of one-against-all decisions a distribution over the classes.
func probabilities(logits []float32) []float64 {
	p, sum := make([]float64, len(logits)), 0.0
	for i, z := range logits {
		p[i] = 1 / (1 + math.Exp(-float64(z)))
		sum += p[i]
	}
	const least = 1e-12 // where the picture is like nothing known, all are equal
	for i := range p {
		p[i] = (p[i] + least) / (sum + least*float64(len(p)))
	}
	return p
}

// Labels are what the classifier tells.
func (c *NetClassifier) Labels() Labels { return c.labels }

// Source says in a sentence what the classifier was trained on.
func (c *NetClassifier) Source() string { return c.source }

// Close frees what is on the device.
func (c *NetClassifier) Close() { c.network.close() }

// tensorSource gives weights out of a file's tensors.
type tensorSource map[string]*weights.Tensor

func (s tensorSource) Float32s(name string, shape []int) ([]float32, error) {
	t := s[name]
	switch {
	case t == nil:
		return nil, fmt.Errorf("the file has no tensor %s", name)
	case !slices.Equal(t.Shape, shape):
		return nil, fmt.Errorf("tensor %s of the file is %v, %v is needed", name, t.Shape, shape)
	}
	return t.Float32s(), nil
}

// Fitted makes a square picture one of side pixels: each is the mean of those that it covers, or the one that covers it.
func Fitted(p Picture, side int) (Picture, error) {
	own := int(math.Round(math.Sqrt(float64(len(p) / channels))))
	switch {
	case own*own*channels != len(p):
		return nil, fmt.Errorf("a picture of %d values is not square", len(p))
	case own == side:
		return p, nil
	}
	to := make(Picture, channels*side*side)
	at := func(i int) (first, last int) { return i * own / side, max((i+1)*own/side, i*own/side+1) }
	for c := range channels {
		for y := range side {
			y0, y1 := at(y)
			for x := range side {
				x0, x1 := at(x)
				sum := float32(0)
				for sy := y0; sy < y1; sy++ {
					for sx := x0; sx < x1; sx++ {
						sum += p[(c*own+sy)*own+sx]
					}
				}
				to[(c*side+y)*side+x] = sum / float32((y1-y0)*(x1-x0))
			}
		}
	}
	return to, nil
}
