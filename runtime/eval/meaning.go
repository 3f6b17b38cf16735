package eval

import (
	"fmt"
	"math"
)

// Meaning tells whether outputs show what their inputs mean, by the inputs' true pictures. Training without pairs can exchange meanings, so that land is
// painted as sea and sea as land: all other scores are fine then.
type Meaning struct {
	// Own is the mean correlation of outputs with true pictures of their inputs, -1 to 1: negative where outputs are like negatives of them. The
	// mean colour of each picture is taken out, so that it is what is where in the picture that counts.
	Own float64 `json:"own"`
	// Others is that with other inputs' true pictures: what pictures of the domain have in common.
	Others float64 `json:"others"`
	// Margin is Own − Others, and Error the standard error of it over inputs.
	Margin  float64 `json:"margin"`
	Error   float64 `json:"error"`
	Verdict Verdict `json:"verdict"`
}

// Verdict is what Meaning says in short.
type Verdict string

// Verdicts.
const (
	Kept    Verdict = "kept"    // outputs are more like their own true pictures than like others
	Swapped Verdict = "swapped" // outputs are like negatives of their true pictures
	Unclear Verdict = "unclear" // neither, by as many pictures as there are
)

// Explain is the verdict in a sentence.
func (m *Meaning) Explain() string {
	numbers := fmt.Sprintf("correlation %.3f with the input's own true pictures, %.3f with others'", m.Own, m.Others)
	switch m.Verdict {
	case Kept:
		return "outputs show what their inputs mean: " + numbers
	case Swapped:
		return "MEANINGS ARE SWAPPED, outputs are like negatives of their true pictures: " + numbers
	}
	return "outputs may not show what their inputs mean: " + numbers
}

// sure is how many standard errors a verdict needs.
const sure = 3

// meanings gathers what Meaning is found in: of each sample the mean output and the mean true picture, as directions has them.
type meanings struct{ outputs, truths []Picture }

// add takes a sample that has both.
func (m *meanings) add(s Sample) {
	if len(s.Outputs) > 0 && len(s.Truths) > 0 {
		m.outputs, m.truths = append(m.outputs, directions(s.Outputs)), append(m.truths, directions(s.Truths))
	}
}

// judge needs two samples at least; otherwise it is nil.
func (m *meanings) judge() *Meaning {
	n := float64(len(m.outputs))
	if n < 2 {
		return nil
	}
	allOutputs, allTruths := added(m.outputs), added(m.truths)
	to := &Meaning{}
	var margins mean
	var squares float64
	for i, output := range m.outputs {
		own := dot(output, m.truths[i])
		// By linearity this is the mean over all other samples, whose pairs need not be visited.
		others := (dot(output, allTruths) + dot(allOutputs, m.truths[i]) - 2*own) / (2 * (n - 1))
		to.Own, to.Others = to.Own+own/n, to.Others+others/n
		margins.add(own - others)
		squares += (own - others) * (own - others)
	}
	to.Margin = *margins.value()
	to.Error = math.Sqrt(max(squares/n-to.Margin*to.Margin, 0) / (n - 1))
	switch {
	case to.Margin > sure*to.Error && to.Own > 0:
		to.Verdict = Kept
	case -to.Margin > sure*to.Error && to.Own < 0:
		to.Verdict = Swapped
	default:
		to.Verdict = Unclear
	}
	return to
}

// directions is the mean of pictures, each without its mean colour and scaled to length 1: scalar products of two such means are the mean
// correlations of all pairs.
func directions(pictures []Picture) Picture {
	total := make([]float64, len(pictures[0]))
	for _, p := range pictures {
		c := centred(p)
		for i, v := range c {
			total[i] += v / float64(len(pictures))
		}
	}
	to := make(Picture, len(total))
	for i, v := range total {
		to[i] = float32(v)
	}
	return to
}

// channels is what all pictures have here: translations of one channel are repeated.
const channels = 3

// centred is p without each channel's mean, scaled to length 1; zeros where there is nothing but the means.
func centred(p Picture) []float64 {
	to := make([]float64, len(p))
	plane, length := len(p)/channels, 0.0
	for c := range channels {
		m := 0.0
		for _, v := range p[c*plane : (c+1)*plane] {
			m += float64(v) / float64(plane)
		}
		for i := c * plane; i < (c+1)*plane; i++ {
			to[i] = float64(p[i]) - m
			length += to[i] * to[i]
		}
	}
	const flat = 1e-9
	if length < flat {
		return make([]float64, len(p))
	}
	for i := range to {
		to[i] /= math.Sqrt(length)
	}
	return to
}

func dot(a, b Picture) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

func added(pictures []Picture) Picture {
	total := make(Picture, len(pictures[0]))
	for _, p := range pictures {
		for i, v := range p {
			total[i] += v
		}
	}
	return total
}
