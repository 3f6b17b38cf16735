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

// meaning needs two samples with outputs and truths at least; otherwise it is nil.
func meaning(samples []Sample) *Meaning {
	var outputs, truths []Picture // the mean of each sample's, centred
	var owns []float64
	for _, s := range samples {
		if len(s.Outputs) == 0 || len(s.Truths) == 0 {
			continue
		}
		o, t := directions(s.Outputs), directions(s.Truths)
		outputs, truths = append(outputs, o), append(truths, t)
		owns = append(owns, dot(o, t))
	}
	n := float64(len(owns))
	if n < 2 {
		return nil
	}
	allOutputs, allTruths := added(outputs), added(truths)
	m := &Meaning{}
	var margins mean
	var squares float64
	for i, own := range owns {
		// By linearity this is the mean over all other samples, whose pairs need not be visited.
		others := (dot(outputs[i], allTruths) + dot(allOutputs, truths[i]) - 2*own) / (2 * (n - 1))
		m.Own, m.Others = m.Own+own/n, m.Others+others/n
		margins.add(own - others)
		squares += (own - others) * (own - others)
	}
	m.Margin = *margins.value()
	m.Error = math.Sqrt(max(squares/n-m.Margin*m.Margin, 0) / (n - 1))
	switch {
	case m.Margin > sure*m.Error && m.Own > 0:
		m.Verdict = Kept
	case -m.Margin > sure*m.Error && m.Own < 0:
		m.Verdict = Swapped
	default:
		m.Verdict = Unclear
	}
	return m
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
