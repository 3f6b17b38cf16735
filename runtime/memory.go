package runtime

import (
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// checkMemory refuses pictures that surely do not fit: running out of memory ends the program, and in a page everything in it.
func checkMemory(size image.Point, c weights.Config) error {
	if activations(size, c) <= maxActivations {
		return nil
	}
	return fmt.Errorf("%w: %d×%d pixels, this model can take %.1f million here", ErrTooLarge, size.X, size.Y, maxActivations/activations(image.Pt(1, 1), c)/1e6)
}

// activations is what the networks hold for one picture in bytes: at their widest, about three float32 tensors of dim channels at its full size.
func activations(size image.Point, c weights.Config) float64 {
	return float64(size.X) * float64(size.Y) * float64(3*4*c.Gen.Dim)
}

// Memory is what a Translator takes, in bytes.
type Memory struct {
	// Device counts what is allocated on a GPU; it is zero on the CPU, where all is in the process's own memory.
	Device graph.Usage
	// Arena is what the networks compiled so far hold for activations and scratch. Live is the largest sum of activations that any plan
	// would need, so Arena over Live is the price of whole, reused buffers.
	Arena, Live int64
}

// Memory reports what is allocated at the moment, and the peak since the device was opened.
func (t *Translator) Memory() Memory {
	<-t.turn
	defer t.give()
	var m Memory
	if t.session == nil {
		return m
	}
	if g, ok := t.session.exec.(*gpu.Executor); ok {
		m.Device = g.Usage()
	}
	for _, p := range t.session.programs {
		m.Arena += p.Memory().Arena
		m.Live += p.Memory().Live
	}
	return m
}
