package gpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// ConvShape is what the time of a Conv depends on. Convs of one shape are computed alike.
type ConvShape struct {
	Inputs  int `json:"inputs"`  // channels
	Outputs int `json:"outputs"` // channels
	Height  int `json:"height"`  // of the input, before any upsampling
	Width   int `json:"width"`
	Batch   int `json:"batch"`

	Kernel   int           `json:"kernel"`
	Stride   int           `json:"stride"`
	Pad      int           `json:"pad"`
	Mode     graph.PadMode `json:"mode"`
	Upsample bool          `json:"upsample,omitempty"` // by 2, before it
	Computed bool          `json:"computed,omitempty"` // the weights are not a model's
}

func shapeOf(n *graph.Node) ConvShape {
	x, w := n.Inputs[0].Shape, n.Inputs[1]
	return ConvShape{
		Inputs: x[1], Outputs: n.Shape[1], Height: x[2], Width: x[3], Batch: x[0],
		Kernel: w.Shape[2], Stride: n.Stride, Pad: n.Pad, Mode: n.PadMode, Upsample: n.Upsample, Computed: !lowering.Fixed(w),
	}
}

// String is such as "3×3 256→256 on 64×64, reflect".
func (s ConvShape) String() string {
	text := fmt.Sprintf("%d×%d %d→%d on %d×%d", s.Kernel, s.Kernel, s.Inputs, s.Outputs, s.Width, s.Height)
	if s.Upsample {
		text += ", upsampled"
	}
	if s.Stride > 1 {
		text += fmt.Sprintf(", stride %d", s.Stride)
	}
	if s.Pad > 0 {
		text += ", " + s.Mode.String()
	}
	if s.Batch > 1 {
		text += fmt.Sprintf(", %d at once", s.Batch)
	}
	if s.Computed {
		text += ", weights computed"
	}
	return text
}

// Tuned is the outcome of timing the variants on a shape.
type Tuned struct {
	Shape   ConvShape `json:"shape"`
	Variant string    `json:"variant"` // the fastest
	Times   []Timing  `json:"times"`   // fastest first
}

// Timing is how long a variant takes for one Conv.
type Timing struct {
	Variant string  `json:"variant"`
	Seconds float64 `json:"seconds"`
}
