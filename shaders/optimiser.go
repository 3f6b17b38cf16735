package shaders

import _ "embed"

// Adam is a step of the optimiser, in place.
type Adam struct{}

//go:embed adam.wgsl
var adamSource string

func (Adam) Label() string      { return "adam" }
func (Adam) Source() string     { return adamSource }
func (Adam) Bindings() []Access { return []Access{Read, ReadWrite, ReadWrite, ReadWrite} }

// Average is an exponential moving average, in place.
type Average struct{}

//go:embed average.wgsl
var averageSource string

func (Average) Label() string      { return "average" }
func (Average) Source() string     { return averageSource }
func (Average) Bindings() []Access { return []Access{Read, ReadWrite} }
