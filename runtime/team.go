package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// ErrTeam is wrapped by Team's errors that mean that other ranks are gone: the call goes on with those that Rank counts then.
var ErrTeam = errors.New("a thread has ended")

// Team is instances of this program on threads of their own, with the same model, that compute together on the CPU: a Go program in WebAssembly
// has one thread. Rank 0 is the Translator whose callers wait; the others run Take for each of its Begin.
type Team interface {
	graph.Team
	// Begin has the other ranks take a job. Its end is Done, told how it went, after which nobody gathers any more.
	Begin(j Job, in [][]float32) error
	Done(err error)
}

// Job is a network for a size of pictures. Its inputs are a padded picture's values, or a content code and styles.
type Job struct {
	Network   int    `js:"network"` // a network of session.go
	Direction string `js:"direction"`
	Height    int    `js:"height"` // of the padded picture, pixels
	Width     int    `js:"width"`
	Styles    int    `js:"styles"`
	Layer     int    `js:"layer"` // how many bytes are gathered at most at a time
	// Each has every rank draw a picture of its own, of the style whose place is its rank, and gather them at the end. Otherwise each
	// computes a share of all layers.
	Each bool `js:"each"`
}

// together is key for the team as it is now.
func (s *session) together(key programKey) programKey {
	if s.team != nil {
		key.rank, key.ranks = s.team.Rank()
	}
	return key
}

// ranks is how many ranks compute together.
func (s *session) ranks() int {
	if s.team == nil {
		return 1
	}
	_, ranks := s.team.Rank()
	return ranks
}

// drawEach draws a content in as many styles as there are ranks, at most: a picture for each, by the whole decoder p. It takes no gathers but the last, so that
// it is faster than one picture after the other by all together. The pictures' values follow one another.
func (s *session) drawEach(ctx context.Context, p *program, code graph.Tensor, styles []Style) ([]float32, error) {
	one := p.outShape.Elems()
	all := make([]float32, s.ranks()*one)
	content := make([]float32, code.Shape().Elems())
	if err := code.Read(ctx, content); err != nil {
		return nil, err
	}
	k := p.key
	job := Job{int(k.network), string(k.direction), k.grid.h, k.grid.w, len(styles), 4 * len(all), true}
	values := slices.Concat(styles...)
	err := s.team.Begin(job, [][]float32{content, values})
	if err == nil {
		err = s.drawOwn(ctx, p, code, values, all, len(styles))
	}
	s.team.Done(err)
	return all[:len(styles)*one], err
}

// drawOwn draws the picture of this rank, if it is one of the first drawing, and gathers those of all.
func (s *session) drawOwn(ctx context.Context, p *program, code graph.Tensor, styles, all []float32, drawing int) error {
	rank, ranks := s.team.Rank()
	one := p.outShape.Elems()
	cuts := make([]int, ranks+1)
	for r := range ranks {
		cuts[r+1] = min(r+1, drawing) * one
	}
	if rank < drawing {
		dim := len(styles) / drawing
		if err := p.in[1].Write(ctx, styles[rank*dim:(rank+1)*dim]); err != nil {
			return err
		}
		if err := p.Run(ctx, []graph.Tensor{code, p.in[1]}, p.out); err != nil {
			return err
		}
		if err := p.out[0].Read(ctx, all[cuts[rank]:cuts[rank+1]]); err != nil {
			return err
		}
	}
	return s.team.Gather(ctx, all, cuts)
}

// run runs p, with the team if p is of one.
func (s *session) run(ctx context.Context, p *program, in, out []graph.Tensor) error {
	if p.key.ranks < 2 {
		return p.Run(ctx, in, out)
	}
	var values [][]float32
	for _, x := range in {
		v := make([]float32, x.Shape().Elems())
		if err := x.Read(ctx, v); err != nil {
			return err
		}
		values = append(values, v)
	}
	k := p.key
	if _, ranks := s.team.Rank(); ranks != k.ranks {
		return fmt.Errorf("%w before the network was run", ErrTeam)
	}
	err := s.team.Begin(Job{int(k.network), string(k.direction), k.grid.h, k.grid.w, k.styles, p.layer, false}, values)
	if err == nil {
		err = p.Run(ctx, in, out)
	}
	s.team.Done(err)
	return err
}

// Take runs this rank's share of a job that rank 0 has begun, once: whether to begin again is for rank 0 to say.
func (t *Translator) Take(ctx context.Context, j Job, in [][]float32) error {
	key := programKey{network: network(j.Network), direction: weights.Direction(j.Direction), grid: grid{j.Height, j.Width}, styles: j.Styles}
	if err := t.can(key.direction); err != nil {
		return err
	}
	if j.Each {
		return t.use(ctx, func(s *session) error { return s.takeOne(ctx, key, in) })
	}
	return t.use(ctx, func(s *session) error {
		p, err := s.program(ctx, s.together(key))
		if err != nil {
			return err
		}
		in, out, free, err := s.borrow(ctx, p, in)
		defer free()
		if err != nil {
			return err
		}
		if err := p.Run(ctx, in, out); err != nil {
			return errors.New(err.Error()) // not ErrTeam, after which use would begin again
		}
		return nil
	})
}

// borrow gives the tensors for a run of p, p's own where it has some, with the inputs' values in them; free frees what are not.
func (s *session) borrow(ctx context.Context, p *program, values [][]float32) (in, out []graph.Tensor, free func(), err error) {
	var fresh []graph.Tensor
	free = func() {
		for _, x := range fresh {
			x.Close()
		}
	}
	in, out = slices.Clone(p.in), slices.Clone(p.out)
	if len(out) == 0 { // a content code
		out = make([]graph.Tensor, 1)
	}
	complete := func(x *graph.Tensor, shape graph.Shape) (err error) {
		if *x == nil {
			if *x, err = s.exec.NewTensor(shape); err == nil {
				fresh = append(fresh, *x)
			}
		}
		return err
	}
	for i, v := range values {
		if err := complete(&in[i], p.inShapes[i]); err != nil {
			return nil, nil, free, err
		}
		if err := in[i].Write(ctx, v); err != nil {
			return nil, nil, free, err
		}
	}
	return in, out, free, complete(&out[0], p.outShape)
}

// takeOne draws this rank's picture of those that drawEach has begun.
func (s *session) takeOne(ctx context.Context, key programKey, in [][]float32) error {
	drawing := key.styles
	key.styles = 1
	p, err := s.program(ctx, key)
	if err != nil {
		return err
	}
	code, err := s.exec.NewTensor(s.contentShape(key.direction, key.grid))
	if err != nil {
		return err
	}
	defer code.Close()
	if err := code.Write(ctx, in[0]); err != nil {
		return err
	}
	if err := s.drawOwn(ctx, p, code, in[1], make([]float32, s.ranks()*p.outShape.Elems()), drawing); err != nil {
		return errors.New(err.Error()) // not ErrTeam, as in Take
	}
	return nil
}
