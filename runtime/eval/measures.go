package eval

import "math"

// L1 is the mean absolute difference of two pictures, as a share of the range of values: 0 to 1.
func L1(a, b Picture) float64 {
	sum := 0.0
	for i, v := range a {
		sum += math.Abs(float64(v) - float64(b[i]))
	}
	return sum / float64(2*len(a))
}

// Euclidean is the distance of two vectors.
func Euclidean(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// maxPSNR stands for equal pictures, so that means stay finite: 8-bit pictures that differ are never so near.
const maxPSNR = 100

// PSNR is the peak signal-to-noise ratio of two pictures in dB, at most 100.
func PSNR(a, b Picture) float64 {
	e := Euclidean(a, b)
	mse := e * e / float64(len(a))
	const peak = 2 // values are in [-1, 1]
	return min(10*math.Log10(peak*peak/mse), maxPSNR)
}

// InceptionScores are IS and CIS of Huang et al. 2018, section 5.2: classes[i][k] are the probabilities of the classes of output k of input i. IS is
// the mean divergence of an output's classes from those of all outputs, CIS from those of its own input's: high where single outputs are
// clearly of a class, and many classes occur, in all or for each input. Natural logarithms, no exponential, as the paper has them.
func InceptionScores(classes [][][]float64) (is, cis float64) {
	n := len(classes[0][0])
	all := make([]float64, n)
	own := make([][]float64, len(classes))
	for i, outputs := range classes {
		own[i] = make([]float64, n)
		for _, p := range outputs {
			for c, v := range p {
				own[i][c] += v / float64(len(outputs))
			}
		}
		for c, v := range own[i] {
			all[c] += v / float64(len(classes))
		}
	}
	for i, outputs := range classes {
		share := 1 / float64(len(classes)*len(outputs))
		for _, p := range outputs {
			is += share * divergence(p, all)
			cis += share * divergence(p, own[i])
		}
	}
	return is, cis
}

// divergence is Kullback and Leibler's of p from q, which is not 0 where p is not.
func divergence(p, q []float64) float64 {
	sum := 0.0
	for i, v := range p {
		if v > 0 {
			sum += v * math.Log(v/q[i])
		}
	}
	return sum
}

// mean is a running mean.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) { m.sum, m.n = m.sum+v, m.n+1 }

// value is nil if nothing was added.
func (m *mean) value() *float64 {
	if m.n == 0 {
		return nil
	}
	v := m.sum / float64(m.n)
	return &v
}

// tally is a running mean of distances, in the order of Scorer.distances.
type tally [3]mean

func (t *tally) add(distances []float64) {
	for k, v := range distances {
		t[k].add(v)
	}
}

// means is nil if nothing was added.
func (t *tally) means() *Distances {
	if t[0].n == 0 {
		return nil
	}
	return &Distances{Features: *t[0].value(), Pixels: *t[1].value(), LPIPS: t[2].value()}
}
