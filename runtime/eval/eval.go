// Package eval measures what a model draws: how diverse its styles are, how near they come to true pictures, and whether they keep what the
// input means. Scores that rest on a classifier of our own (Classifier) compare among rows scored with the same one, and with nothing else:
// not with the scores in papers, which take other networks.
package eval

import (
	"context"
	"errors"
	"fmt"
)

// Picture is values in [-1, 1], CHW. All pictures that are compared have one shape.
type Picture = []float32

// Sample is an input and what belongs to it. An empty field leaves out the measures that need it.
type Sample struct {
	Outputs       []Picture // translations of the input, one per style
	Truths        []Picture // what true pictures the input has
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

// Scores are what Score finds. What could not be measured is nil.
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

// Score measures samples. reference are pictures of the outputs' domain to hold their distribution against; nil takes the samples' truths. step, which
// may be nil, is called after each sample.
func (s *Scorer) Score(ctx context.Context, samples []Sample, reference []Picture, step func()) (*Scores, error) {
	if len(samples) == 0 {
		return nil, ErrNothing
	}
	r := &Scores{Inputs: len(samples)}
	seen := make([]described, len(samples))
	var diversity, coverage, precision tally
	var psnr mean
	for i, sample := range samples {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if seen[i], err = s.describe(ctx, sample); err != nil {
			return nil, fmt.Errorf("input %d: %w", i+1, err)
		}
		outputs, truths := seen[i].outputs, seen[i].truths
		r.Outputs, r.Truths = r.Outputs+len(outputs), r.Truths+len(truths)
		for a := range outputs {
			for b := range a {
				diversity.add(s.distances(outputs[a], outputs[b]))
			}
		}
		if len(outputs) > 0 && len(truths) > 0 {
			s.nearest(&coverage, truths, outputs)
			s.nearest(&precision, outputs, truths)
		}
		if sample.Reconstructed != nil {
			psnr.add(PSNR(sample.Original, sample.Reconstructed))
		}
		if step != nil {
			step()
		}
	}
	r.Diversity, r.Coverage, r.Precision, r.ReconstructionPSNR = diversity.means(), coverage.means(), precision.means(), psnr.value()
	r.Meaning = meaning(samples)
	return r, s.distributions(ctx, r, seen, reference)
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

// distributions compares all outputs with all reference pictures, and scores their classes.
func (s *Scorer) distributions(ctx context.Context, r *Scores, seen []described, reference []Picture) error {
	var outputs, truths [][]float32
	var classes [][][]float64
	for _, d := range seen {
		var of [][]float64
		for _, o := range d.outputs {
			outputs, of = append(outputs, o.features), append(of, o.classes)
		}
		if len(of) > 0 {
			classes = append(classes, of)
		}
		for _, t := range d.truths {
			truths = append(truths, t.features)
		}
	}
	if reference != nil {
		all, err := s.describeAll(ctx, reference)
		if err != nil {
			return err
		}
		truths = nil
		for _, t := range all {
			truths = append(truths, t.features)
		}
	}
	if len(classes) > 0 {
		is, cis := InceptionScores(classes)
		r.IS, r.CIS = &is, &cis
	}
	if len(outputs) < 2 || len(truths) < 2 {
		return nil
	}
	f, err := Frechet(outputs, truths)
	r.Frechet = &f
	return err
}
