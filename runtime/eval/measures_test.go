package eval

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDistancesByHand(t *testing.T) {
	assert.InDelta(t, 0.5, L1(Picture{-1, 1, 0, 0}, Picture{1, -1, 0, 0}), 1e-12)
	assert.InDelta(t, 5, Euclidean([]float32{0, 3}, []float32{4, 0}), 1e-12)
	assert.InDelta(t, 20, PSNR(Picture{0, 0}, Picture{0.2, 0.2}), 1e-5, "a tenth of the range")
	assert.Equal(t, 100.0, PSNR(Picture{0.5}, Picture{0.5}))
}

func TestInceptionScoresByHand(t *testing.T) {
	a, b := []float64{1, 0}, []float64{0, 1}
	is, cis := InceptionScores([][][]float64{{a, b}, {a, b}}) // every input has outputs of both classes
	assert.InDelta(t, math.Ln2, is, 1e-12)
	assert.InDelta(t, math.Ln2, cis, 1e-12)
	is, cis = InceptionScores([][][]float64{{a, a}, {b, b}}) // each input has one class only
	assert.InDelta(t, math.Ln2, is, 1e-12)
	assert.InDelta(t, 0, cis, 1e-12)
	is, cis = InceptionScores([][][]float64{{{0.5, 0.5}}, {{0.5, 0.5}, {0.5, 0.5}}}) // outputs of no class
	assert.Zero(t, is)
	assert.Zero(t, cis)
	is, _ = InceptionScores([][][]float64{{{0.75, 0.25}}, {{0.25, 0.75}}})
	assert.InDelta(t, 0.75*math.Log(1.5)+0.25*math.Log(0.5), is, 1e-12)
}

func TestFrechetByHand(t *testing.T) {
	square := [][]float32{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} // mean 0, covariance 4/3 on the diagonal
	scaled := func(v [][]float32, sx, sy, dx float32) (to [][]float32) {
		for _, p := range v {
			to = append(to, []float32{sx*p[0] + dx, sy * p[1]})
		}
		return to
	}
	for _, c := range []struct {
		b    [][]float32
		want float64
	}{
		{square, 0},
		{scaled(square, 1, 1, 3), 9},                // moved
		{scaled(square, 2, 1, 0), 4.0 / 3 * 1},      // (2−1)² of the variance
		{scaled(square, 0, 1, 0), 4.0 / 3},          // flat: a covariance without full rank
		{scaled(square, 3, 5, 2), 4 + 4.0/3*(4+16)}, // all at once
	} {
		got, err := Frechet(square, c.b)
		require.NoError(t, err)
		assert.InDelta(t, c.want, got, 1e-9)
		back, err := Frechet(c.b, square)
		require.NoError(t, err)
		assert.InDelta(t, c.want, back, 1e-9)
	}
	// Correlated sets: A = I·4/3 and B = R·diag(4, 1)·Rᵀ·4/3, turned by 45°, commute: tr(A + B − 2√(AB)) = 4/3·(1 + 0).
	var turned [][]float32
	for _, p := range square {
		turned = append(turned, []float32{(2*p[0] - p[1]) * math.Sqrt2 / 2, (2*p[0] + p[1]) * math.Sqrt2 / 2})
	}
	got, err := Frechet(square, turned)
	require.NoError(t, err)
	assert.InDelta(t, 4.0/3, got, 1e-6)
	_, err = Frechet(square, [][]float32{{float32(math.NaN()), 0}, {1, 1}})
	assert.Error(t, err)
}

// halves is a picture of 4 pixels in 3 channels: left and right in two values.
func halves(left, right float32) Picture {
	var p Picture
	for range 3 {
		p = append(p, left, right, left, right)
	}
	return p
}

// meaning judges samples.
func meaning(samples []Sample) *Meaning {
	var m meanings
	for _, s := range samples {
		m.add(s)
	}
	return m.judge()
}

// score scores samples, and pictures to hold their distribution against.
func score(t *testing.T, samples []Sample, reference []Picture) *Scores {
	g := (&Scorer{Classifier: firstPixel{}}).Begin()
	for _, s := range samples {
		require.NoError(t, g.Add(t.Context(), s))
	}
	for _, p := range reference {
		require.NoError(t, g.AddReference(t.Context(), p))
	}
	scores, err := g.Scores()
	require.NoError(t, err)
	return scores
}

func TestMeaningTellsSwappedFromKept(t *testing.T) {
	truth := []Picture{halves(1, -1), halves(-1, 1), halves(0.9, -0.2), halves(-0.5, 0.5)}
	of := func(change func(p Picture) Picture) *Meaning {
		var samples []Sample
		for _, p := range truth {
			samples = append(samples, Sample{Outputs: []Picture{change(p), change(p)}, Truths: []Picture{p}})
		}
		return meaning(samples)
	}
	scaled := func(f, add float32) func(p Picture) Picture {
		return func(p Picture) (to Picture) {
			for _, v := range p {
				to = append(to, f*v+add)
			}
			return to
		}
	}
	m := of(scaled(0.3, 0.2)) // contrast and brightness do not matter
	assert.Equal(t, Kept, m.Verdict)
	assert.InDelta(t, 1, m.Own, 1e-6)
	assert.InDelta(t, -1.0/3, m.Others, 1e-6, "each has one other of its own kind and two of the opposite")
	assert.InDelta(t, 4.0/3, m.Margin, 1e-6)
	m = of(scaled(-1, 0))
	assert.Equal(t, Swapped, m.Verdict)
	assert.InDelta(t, -1, m.Own, 1e-6)
	assert.Contains(t, m.Explain(), "SWAPPED")
	assert.Equal(t, Unclear, of(func(Picture) Picture { return halves(1, -1) }).Verdict, "one output for all")
	assert.Equal(t, Unclear, of(func(Picture) Picture { return halves(0.5, 0.5) }).Verdict, "nothing in the outputs")
	assert.Nil(t, meaning([]Sample{{Outputs: []Picture{truth[0]}, Truths: truth[:1]}, {Outputs: truth}}), "one input with a true picture")
}

// firstPixel is a classifier whose only feature is the first value, and whose classes are its sign.
type firstPixel struct{}

func (firstPixel) Classify(_ context.Context, p Picture) ([]float32, []float64, error) {
	classes := []float64{0, 1}
	if p[0] < 0 {
		classes = []float64{1, 0}
	}
	return p[:1], classes, nil
}

func TestScoreByHand(t *testing.T) {
	of := func(v float32) Picture { return Picture{v, 0, 0} }
	samples := []Sample{
		{Outputs: []Picture{of(-1), of(1)}, Truths: []Picture{of(1)}, Original: of(1), Reconstructed: of(1)},
		{Outputs: []Picture{of(0.5), of(0.5)}, Truths: []Picture{of(0), of(1)}},
	}
	s := score(t, samples, nil)
	assert.Equal(t, [3]int{2, 4, 3}, [3]int{s.Inputs, s.Outputs, s.Truths})
	assert.InDelta(t, 1, s.Diversity.Features, 1e-6, "2 and 0")
	assert.InDelta(t, 1.0/6, s.Diversity.Pixels, 1e-6, "a third of the values, half of the range")
	assert.Nil(t, s.Diversity.LPIPS)
	assert.InDelta(t, 1.0/3, s.Coverage.Features, 1e-6, "0, 0.5 and 0.5")
	assert.InDelta(t, 3.0/4, s.Precision.Features, 1e-6, "2, 0, 0.5 and 0.5")
	assert.InDelta(t, 100, *s.ReconstructionPSNR, 1e-6)
	assert.InDelta(t, 0.5*math.Ln2, *s.CIS, 1e-12)
	// Outputs: mean 0.25, variance 0.75; truths: mean 2/3, variance 1/3.
	assert.InDelta(t, math.Pow(2.0/3-0.25, 2)+math.Pow(math.Sqrt(0.75)-math.Sqrt(1.0/3), 2), *s.Frechet, 1e-6)

	perfect, ok := Sample{Truths: []Picture{of(0), of(1), of(0.5)}, Outputs: []Picture{of(9)}}.Real()
	assert.True(t, ok)
	assert.Equal(t, Sample{Outputs: []Picture{of(1)}, Truths: []Picture{of(0), of(0.5)}}, perfect)
	_, ok = Sample{Truths: []Picture{of(0)}}.Real()
	assert.False(t, ok, "of one true picture")

	s = score(t, []Sample{{Outputs: []Picture{of(1), of(1)}}}, []Picture{of(0), of(0)})
	assert.InDelta(t, 1, *s.Frechet, 1e-6, "against the reference")
	assert.Nil(t, s.Coverage)
	assert.Nil(t, s.Meaning)
	_, err := (&Scorer{Classifier: firstPixel{}}).Begin().Scores()
	assert.ErrorIs(t, err, ErrNothing)
}
