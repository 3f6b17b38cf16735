package graph

import (
	"fmt"
	"math"
)

// Adam is one step of the optimiser of Kingma and Ba 2015 (algorithm 1), with L2 weight decay added to the gradient (docs/networks.md, "Training"). With
// g the gradient and t = Step:
//
//	g += Decay·w
//	m = Beta1·m + (1−Beta1)·g
//	v = Beta2·v + (1−Beta2)·g²
//	w −= Rate·(m/(1−Beta1^t)) / (√(v/(1−Beta2^t)) + Eps)
//	average = Average·average + (1−Average)·w
type Adam struct {
	Rate         float64
	Beta1, Beta2 float64
	Eps          float64
	Decay        float64
	Step         int     // 1 for the first
	Average      float64 // in [0, 1): what stays of the old average
}

// Learned is a weight under training: tensors of one shape, on one device, all of them different.
type Learned struct {
	Weight, Gradient Tensor
	Mean, Variance   Tensor // running moments of the gradient; zeros before the first step
	Average          Tensor // exponential moving average of Weight, or nil
}

// Tensors lists what a step reads and writes, the average last if there is one.
func (l Learned) Tensors() []Tensor {
	all := []Tensor{l.Gradient, l.Weight, l.Mean, l.Variance}
	if l.Average != nil {
		all = append(all, l.Average)
	}
	return all
}

// CheckLearned refuses weights whose tensors are not the executor's own (which own tells), of different shapes, or given twice within one weight.
func CheckLearned(weights []Learned, own func(Tensor) error) error {
	for i, l := range weights {
		all := l.Tensors()
		if err := own(l.Weight); err != nil {
			return fmt.Errorf("weight %d: %w", i, err)
		}
		for k, t := range all {
			if err := fits(t, l.Weight.Shape(), own); err != nil {
				return fmt.Errorf("weight %d: %w", i, err)
			}
			if among(all[:k], t) {
				return fmt.Errorf("weight %d: a tensor is given twice; gradient, moments and average need one each", i)
			}
		}
	}
	return nil
}

// AdamFactors are an Adam step's numbers as kernels take them: w −= Rate·m/(√v·Root + Eps).
type AdamFactors struct {
	Beta1, Fresh1, Beta2, Fresh2 float32 // Fresh is 1 − Beta
	Eps, Decay, Rate, Root       float32
	Fresh                        float32 // 1 − Average
}

// Factors works the bias corrections into the rate and the root, in float64.
func (a Adam) Factors() AdamFactors {
	t := float64(a.Step)
	return AdamFactors{
		Beta1: float32(a.Beta1), Fresh1: float32(1 - a.Beta1), Beta2: float32(a.Beta2), Fresh2: float32(1 - a.Beta2),
		Eps: float32(a.Eps), Decay: float32(a.Decay),
		Rate:  float32(a.Rate / (1 - math.Pow(a.Beta1, t))),
		Root:  float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t))),
		Fresh: float32(1 - a.Average),
	}
}
