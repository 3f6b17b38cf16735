package runtime

import (
	"context"
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/weights"
)

// Running out of memory ends the program, and in a page everything in it. So what has no room is refused before it is begun. What a network takes
// is what its plan says, which is exactly what will be allocated; what is taken already is what the executor counts.

// demand is what a network takes, in bytes.
type demand struct {
	running int64 // its program, inputs and outputs, and the copies of these on their way from and to the caller
	after   int64 // what is left of that when the program is given up: weights, and the content code
}

// plan asks what the network of key takes.
func (s *session) plan(ctx context.Context, key programKey) (demand, error) {
	g := s.build(key)
	m, err := s.exec.Plan(ctx, g, s.params)
	if err != nil {
		return demand{}, fmt.Errorf("planning the networks for %d×%d pixels: %w", key.grid.w, key.grid.h, err)
	}
	d := demand{m.Arena + m.Shared + 2*m.Args, m.Shared}
	switch key.network { // nobody copies content codes
	case encodeContent:
		code := 4 * int64(g.Outputs()[0].Shape.Elems())
		d.running, d.after = d.running-code, d.after+code
	case decode: // there is one already
		d.running -= 2 * 4 * int64(g.Inputs()[0].Shape.Elems())
	}
	return d, nil
}

// taken is what the session holds, in bytes: all that is on the device, and the model, which weights are arranged from. A GPU's memory for
// transfers, which is little, is among the copies that a demand counts.
func (s *session) taken() int64 {
	u := s.exec.Usage()
	return u.Total() - u.Staging + s.modelBytes
}

// kept is what stays when all programs are given up: the model, weights and content codes.
func (s *session) kept() int64 {
	kept := s.taken()
	for _, p := range s.programs {
		kept -= p.bytes()
	}
	return kept
}

// bytes is what closing p frees.
func (p *program) bytes() int64 {
	bytes := p.Memory().Arena
	for _, x := range append(p.in[:len(p.in):len(p.in)], p.out...) {
		if x != nil {
			bytes += 4 * int64(x.Shape().Elems())
		}
	}
	return bytes
}

// makeRoom gives up programs, those used longest ago first, until there is room for the network of key. If there is none without any, none is
// given up; the error wraps ErrTooLarge.
func (s *session) makeRoom(ctx context.Context, key programKey) error {
	d, err := s.plan(ctx, key)
	if err != nil {
		return err
	}
	if s.kept()+d.running > s.room {
		return s.tooLarge(ctx, key.grid, mebibytes(float64(d.running)), key)
	}
	for len(s.programs) > 0 && s.taken()+d.running > s.room {
		s.giveUp()
	}
	return nil
}

// hasRoom is makeRoom for those who cannot give up programs.
func (s *session) hasRoom(ctx context.Context, key programKey) error {
	d, err := s.plan(ctx, key)
	if err == nil && s.taken()+d.running > s.room {
		err = ErrTooLarge
	}
	return err
}

// giveUp closes the program used longest ago.
func (s *session) giveUp() {
	s.programs[0].close()
	s.programs = s.programs[1:]
}

// foresee refuses what there will be no room for: the networks of keys, one after the other, for a picture of a size. Nobody waits for an encoder
// to hear then that there is no room for the decoder.
func (s *session) foresee(ctx context.Context, keys ...programKey) error {
	g := keys[0].grid
	if least := least(g, s.model.Config); least > absurd*float64(s.room) {
		return s.tooLarge(ctx, g, "at least "+mebibytes(least), keys...)
	}
	need, err := s.most(ctx, keys)
	if err == nil && s.kept()+need > s.room {
		err = s.tooLarge(ctx, g, mebibytes(float64(need)), keys...)
	}
	return err
}

// most is what the networks of keys, one after the other, take at most at a time.
func (s *session) most(ctx context.Context, keys []programKey) (most int64, err error) {
	before := int64(0)
	for _, key := range keys {
		if s.find(s.together(key)) >= 0 {
			continue
		}
		d, err := s.plan(ctx, key)
		if err != nil {
			return 0, err
		}
		most = max(most, before+d.running)
		before += d.after
	}
	return most, nil
}

// absurd times the room is what sizes that are not even planned surely take.
const absurd = 16

// least is what a picture surely takes, in bytes: one tensor of dim channels at its full size.
func least(g grid, c weights.Config) float64 {
	return float64(g.h) * float64(g.w) * 4 * float64(c.Gen.Dim)
}

// tooLarge says that the networks of keys have no room for a picture of g, which needs so much, and what size they have room for.
func (s *session) tooLarge(ctx context.Context, g grid, need string, keys ...programKey) error {
	fits := "nor does a smaller picture fit"
	if size, err := s.fitting(ctx, g, keys); err != nil {
		return err
	} else if size.X > 0 {
		fits = fmt.Sprintf("%d×%d would fit", size.X, size.Y)
	}
	return fmt.Errorf("%w: %d×%d pixels need %s of memory, of which %s are free for pictures here (%s less %s for model, weights and contents); %s",
		ErrTooLarge, g.w, g.h, need, mebibytes(float64(max(0, s.room-s.kept()))), mebibytes(float64(s.room)), mebibytes(float64(s.kept())), fits)
}

func mebibytes(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/(1<<20)) }

// fitting is the largest size of g's proportions, about, that the networks of keys have room for, by their plans; zero if there is none.
func (s *session) fitting(ctx context.Context, g grid, keys []programKey) (image.Point, error) {
	step := s.model.Config.Unit()
	at := func(short int) grid {
		long := int(float64(max(g.h, g.w)) * float64(short) / float64(min(g.h, g.w)))
		if short, long = short*step, long*step; g.h < g.w {
			return grid{short, long}
		}
		return grid{long, short}
	}
	g.h, g.w = max(1, g.h/step), max(1, g.w/step)
	fits, more := 0, min(g.h, g.w) // shorter sides in steps: one that fits, one that does not
	for more-fits > max(1, more/64) {
		short := (fits + more) / 2
		size, ok := at(short), false
		if short*step < max(MinSide(s.model.Config), MinStyleSide(s.model.Config, keys[0].direction)) {
			break
		}
		if least(size, s.model.Config) <= float64(s.room) {
			var smaller []programKey
			for _, key := range keys {
				key.grid = size
				smaller = append(smaller, key)
			}
			need, err := s.most(ctx, smaller)
			if err != nil {
				return image.Point{}, err
			}
			ok = s.kept()+need <= s.room
		}
		if ok {
			fits = short
		} else {
			more = short
		}
	}
	if fits == 0 {
		return image.Point{}, nil
	}
	size := at(fits)
	return image.Pt(size.w, size.h), nil
}

// bytesOf is what a model takes in memory.
func bytesOf(m *weights.Model) (bytes int64) {
	for _, t := range m.Tensors {
		bytes += int64(len(t.Data)) + 4*int64(len(t.Scale))
	}
	return bytes
}

// Memory is what a Translator takes, in bytes.
type Memory struct {
	// Device counts what is allocated on a GPU; it is zero on the CPU, where all is in the process's own memory.
	Device Usage
	// Arena is what the networks compiled so far hold for activations and scratch. Live is the largest sum of activations that any plan
	// would need, so Arena over Live is the price of whole, reused buffers.
	Arena, Live int64
}

// Memory reports what is allocated at the moment, and the peak since the device was opened.
func (t *Translator) Memory() Memory {
	<-t.lock
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
