// Package eval measures what a model draws: how diverse its styles are, how near they come to true pictures, and whether they keep what the
// input means. Scores that rest on a classifier of our own (Classifier) compare among rows scored with the same one, and with nothing else:
// not with the scores in papers, which take other networks.
//
// What it exports may change with any version; runtime and weights are for other modules.
package eval

import (
	"context"
	"errors"
)

// Picture is values in [-1, 1], CHW. All pictures that are compared have one shape.
type Picture = []float32

// Sample is an input and what belongs to it. An empty field leaves out the measures that need it.
type Sample struct {
	Outputs       []Picture // translations of the input, one per style
	Truths        []Picture // what true pictures the input has
	Input         Picture   // in 3 channels
	Mask          Picture   // where the thing is on the input: above -1
	Width         int       // of all pictures, in pixels: for Input and Mask
	Original      Picture   // a picture of the outputs' domain, and what the model makes of its own content and style
	Reconstructed Picture
}

// Metric is a distance between pictures by what a network sees in them.
type Metric interface {
	// Describe turns pictures into what Distance compares.
	Describe(ctx context.Context, p Picture) ([]float32, error)
	// Distance is that of two descriptions: 0 for equal pictures.
	Distance(a, b []float32) float64
}

// Distances are means of one quantity in several metrics.
type Distances struct {
	Features float64  `json:"features"`        // Euclidean, of the classifier's features
	Pixels   float64  `json:"pixels"`          // mean absolute difference, of the range of values: 0 to 1
	LPIPS    *float64 `json:"lpips,omitempty"` // Zhang et al. 2018, where weights were given
}

// Scores are what a Scoring finds. What could not be measured is nil.
type Scores struct {
	Inputs  int `json:"inputs"`
	Outputs int `json:"outputs"` // of all inputs
	Truths  int `json:"truths"`

	Diversity *Distances `json:"diversity"` // mean over pairs of outputs of one input
	Coverage  *Distances `json:"coverage"`  // from each true picture to the nearest output of its input
	Precision *Distances `json:"precision"` // from each output to the nearest true picture of its input
	Frechet   *float64   `json:"frechet"`   // between all outputs and all reference pictures, in the classifier's features

	IS  *float64 `json:"is"`  // inception score over the classifier's classes; see InceptionScores
	CIS *float64 `json:"cis"` // the same for each input by itself

	ReconstructionPSNR *float64 `json:"reconstruction_psnr"` // dB
	Meaning            *Meaning `json:"meaning"`

	Lines       *Lines   `json:"lines"`
	GroundClean *float64 `json:"ground_clean"` // of pixels outside the thing, the share within 12 levels of their median: 0 to 1

	Real *Scores `json:"real,omitempty"` // what a perfect model would score, see Sample.Real; nil where no input has several true pictures
}

// Real has every other true picture stand for outputs, against the rest: what a perfect model would draw. False if there are fewer than two.
func (s Sample) Real() (Sample, bool) {
	real := Sample{Input: s.Input, Mask: s.Mask, Width: s.Width}
	for i, p := range s.Truths {
		if i%2 == 0 {
			real.Truths = append(real.Truths, p)
		} else {
			real.Outputs = append(real.Outputs, p)
		}
	}
	return real, len(real.Outputs) > 0
}

// Classifier sees features and classes in a picture.
type Classifier interface {
	// Classify gives the features that distances are taken of, and the probabilities of the classes, whose sum is 1.
	Classify(ctx context.Context, p Picture) (features []float32, classes []float64, err error)
}

// Scorer scores samples. LPIPS may be nil.
type Scorer struct {
	Classifier Classifier
	LPIPS      Metric
}

// ErrNothing is returned where there is nothing to score.
var ErrNothing = errors.New("there are no pictures to score")

// Scoring is a scoring under way. It keeps no pictures but two for each sample.
type Scoring struct {
	scorer                         *Scorer
	counts                         Scores // of inputs, outputs and truths only
	diversity, coverage, precision tally
	psnr                           mean
	outputs, truths, reference     [][]float32   // features
	classes                        [][][]float64 // of outputs by input
	meanings                       meanings
	lines                          lineTally
	ground                         mean
}

// Begin starts a scoring.
func (s *Scorer) Begin() *Scoring { return &Scoring{scorer: s} }

// Add measures a sample.
func (g *Scoring) Add(ctx context.Context, sample Sample) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := g.scorer
	d, err := s.describe(ctx, sample)
	if err != nil {
		return err
	}
	g.counts.Inputs, g.counts.Outputs, g.counts.Truths = g.counts.Inputs+1, g.counts.Outputs+len(d.outputs), g.counts.Truths+len(d.truths)
	for a := range d.outputs {
		for b := range a {
			g.diversity.add(s.distances(d.outputs[a], d.outputs[b]))
		}
	}
	if len(d.outputs) > 0 && len(d.truths) > 0 {
		s.nearest(&g.coverage, d.truths, d.outputs)
		s.nearest(&g.precision, d.outputs, d.truths)
	}
	if sample.Reconstructed != nil {
		g.psnr.add(PSNR(sample.Original, sample.Reconstructed))
	}
	g.meanings.add(sample)
	for _, o := range sample.Outputs {
		if sample.Input != nil {
			g.lines.add(sample.Input, o, sample.Width)
		}
		if sample.Mask == nil {
			continue
		}
		if clean, ok := ground(o, sample.Mask, sample.Width); ok {
			g.ground.add(clean)
		}
	}
	var classes [][]float64
	for _, o := range d.outputs {
		g.outputs, classes = append(g.outputs, o.features), append(classes, o.classes)
	}
	if len(classes) > 0 {
		g.classes = append(g.classes, classes)
	}
	for _, t := range d.truths {
		g.truths = append(g.truths, t.features)
	}
	return nil
}

// AddReference adds a picture of the outputs' domain to hold their distribution against; without any they are held against the samples' truths.
func (g *Scoring) AddReference(ctx context.Context, p Picture) error {
	features, _, err := g.scorer.Classifier.Classify(ctx, p)
	g.reference = append(g.reference, features)
	return err
}

// AddReconstructed adds a picture of the outputs' domain and what the model makes of its own content and style, which no input belongs to.
func (g *Scoring) AddReconstructed(original, again Picture) { g.psnr.add(PSNR(original, again)) }

// Scores are those of all that was added. The error is ErrNothing if that was nothing.
func (g *Scoring) Scores() (*Scores, error) {
	if g.counts.Inputs == 0 {
		return nil, ErrNothing
	}
	r := g.counts
	r.Diversity, r.Coverage, r.Precision, r.ReconstructionPSNR = g.diversity.means(), g.coverage.means(), g.precision.means(), g.psnr.value()
	r.Meaning, r.Lines, r.GroundClean = g.meanings.judge(), g.lines.value(), g.ground.value()
	if len(g.classes) > 0 {
		is, cis := InceptionScores(g.classes)
		r.IS, r.CIS = &is, &cis
	}
	reference := g.reference
	if reference == nil {
		reference = g.truths
	}
	if len(g.outputs) < 2 || len(reference) < 2 {
		return &r, nil
	}
	f, err := Frechet(g.outputs, reference)
	r.Frechet = &f
	return &r, err
}

// described is a sample with what the metrics see in it.
type described struct{ outputs, truths []seenPicture }

type seenPicture struct {
	picture  Picture
	features []float32
	classes  []float64 // the classifier's probabilities
	lpips    []float32 // nil without LPIPS
}

func (s *Scorer) describe(ctx context.Context, sample Sample) (d described, err error) {
	if d.outputs, err = s.describeAll(ctx, sample.Outputs); err != nil {
		return d, err
	}
	d.truths, err = s.describeAll(ctx, sample.Truths)
	return d, err
}

func (s *Scorer) describeAll(ctx context.Context, pictures []Picture) ([]seenPicture, error) {
	all := make([]seenPicture, len(pictures))
	for i, p := range pictures {
		features, classes, err := s.Classifier.Classify(ctx, p)
		if err != nil {
			return nil, err
		}
		all[i] = seenPicture{picture: p, features: features, classes: classes}
		if s.LPIPS != nil {
			if all[i].lpips, err = s.LPIPS.Describe(ctx, p); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// distances are those of two pictures: features, pixels, and LPIPS where there is one.
func (s *Scorer) distances(a, b seenPicture) []float64 {
	d := []float64{Euclidean(a.features, b.features), L1(a.picture, b.picture)}
	if s.LPIPS != nil {
		d = append(d, s.LPIPS.Distance(a.lpips, b.lpips))
	}
	return d
}

// nearest adds to t, for each of from, the distances to the nearest of to: in each metric by itself.
func (s *Scorer) nearest(t *tally, from, to []seenPicture) {
	for _, a := range from {
		best := s.distances(a, to[0])
		for _, b := range to[1:] {
			for k, v := range s.distances(a, b) {
				best[k] = min(best[k], v)
			}
		}
		t.add(best)
	}
}
