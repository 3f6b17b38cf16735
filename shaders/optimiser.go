package shaders

import _ "embed"

// Adam is a step of the optimiser, in place.
type Adam struct{}

//go:embed adam.wgsl
var adamSource string

func (Adam) Label() string      { return "adam" }
func (Adam) Source() string     { return adamSource }
func (Adam) Bindings() []Access { return []Access{Read, ReadWrite, ReadWrite, ReadWrite} }
func (Adam) Dims() any          { return &AdamDims{} }

// AdamDims: see adam.wgsl.
type AdamDims struct {
	Grid
	Beta1, Fresh1 float32
	Beta2, Fresh2 float32
	Eps, Decay    float32
	Rate, Root    float32
}

// Average is an exponential moving average, in place.
type Average struct{}

//go:embed average.wgsl
var averageSource string

func (Average) Label() string      { return "average" }
func (Average) Source() string     { return averageSource }
func (Average) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Average) Dims() any          { return &AverageDims{} }

// AverageDims: see average.wgsl.
type AverageDims struct {
	Grid
	Fresh float32
}
