package runtime

import (
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// checkMemory refuses pictures that surely do not fit, before anything is made of them: running out of memory ends the program, and in a page
// everything in it. Of the others the plan tells, see session.makeRoom.
func checkMemory(size image.Point, c weights.Config) error {
	if activations(size, c) <= maxActivations {
		return nil
	}
	return fmt.Errorf("%w: %d×%d pixels need more than the %.0f GiB that a picture may take here", ErrTooLarge, size.X, size.Y, float64(maxActivations)/(1<<30))
}

// planned is what a program for g will hold, in bytes, at most: its slots, as every executor plans them, its inputs and outputs, scratch memory,
// which was measured to be up to twice as much as the slots (of Winograd's tiles), and weights arranged for it.
func planned(g *graph.Graph) int64 {
	fused := graph.Fuse(g)
	elems := 3 * graph.PlanSlots(fused).Elems()
	for _, n := range append(fused.Inputs(), fused.Outputs()...) {
		elems += n.Shape.Elems()
	}
	for _, n := range fused.Nodes() {
		if n.Op == graph.OpParam {
			elems += n.Shape.Elems()
		}
	}
	return 4 * int64(elems)
}

// makeRoom gives up programs of earlier pictures, those used longest ago first, until there is room for a program for g beside the weights
// and those that stay. The error wraps ErrTooLarge: there is no room for it alone.
func (s *session) makeRoom(key programKey, g *graph.Graph) error {
	need := planned(g)
	for _, t := range s.model.Tensors {
		n := int64(4)
		for _, d := range t.Shape {
			n *= int64(d)
		}
		need += n
	}
	if need > s.room {
		return fmt.Errorf("%w: for %d×%d pixels this model needs %.1f GiB, and a picture may take %.1f here", ErrTooLarge, key.grid.w, key.grid.h,
			float64(need)/(1<<30), float64(s.room)/(1<<30))
	}
	for _, p := range s.programs {
		need += p.planned
	}
	for need > s.room {
		need -= s.programs[0].planned
		s.programs[0].close()
		s.programs = s.programs[1:]
	}
	return nil
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
