package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// session is everything that lives on one device. Losing the device loses the session whole.
type session struct {
	exec     graph.Executor
	reason   string
	team     Team // nil on a GPU
	model    *weights.Model
	params   graph.Params
	programs []*program     // most recently used last
	reaches  *graph.Reaches // of weights

	room, modelBytes int64 // see makeRoom

	tuning *tuning      // the last one begun, or nil
	tuned  []programKey // what it and those before it were for
}

// maxPrograms bounds the memory that programs for past picture sizes keep.
const maxPrograms = 8

type network uint8

const (
	encodeContent network = iota
	encodeStyle
	decode
)

type programKey struct {
	network   network
	direction weights.Direction
	grid      grid
	styles    int // that decode draws at a time

	rank, ranks int // of a team, see together
}

// program is a compiled network with its own tensors to pass pixels and codes; content codes have theirs.
type program struct {
	graph.Program
	key      programKey
	in, out  []graph.Tensor // nil where a content code goes
	inShapes []graph.Shape
	outShape graph.Shape
	uses     []string // on a GPU: how its convolutions are computed
	layer    int      // bytes of the largest convolution's result for one picture
	safe     float64  // the magnitude of styles with which nothing overflows
}

// use runs f with the current session, opening one if there is none, and again with a new one if the device is lost under it.
func (t *Translator) use(ctx context.Context, f func(*session) error) error {
	select {
	case <-t.lock:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer t.give()
	const attempts = 3
	var err error
	for attempt := range attempts {
		if t.closed {
			return fmt.Errorf("translator: %w; load the model again", ErrClosed)
		}
		if t.session == nil {
			o := t.options
			if o.Device == DeviceAuto && attempt == attempts-1 {
				o.Device = DeviceCPU // the GPU was lost twice in one call: finish without it
			}
			exec, reason, err := Open(ctx, o)
			if err != nil {
				return err
			}
			t.adopt(newSession(t.model, exec, reason, o.Team))
		}
		err = f(t.session)
		for errors.Is(err, ErrTeam) && ctx.Err() == nil {
			err = f(t.session) // with those that are left: each time fewer
		}
		if !errors.Is(err, graph.ErrDeviceLost) {
			return err
		}
		t.drop()
	}
	return fmt.Errorf("gave up after %d attempts: %w", attempts, err)
}

func (t *Translator) give() { t.lock <- struct{}{} }

// adopt makes s the session.
func (t *Translator) adopt(s *session) {
	t.session = s
	g, _ := s.exec.(*gpu.Executor)
	t.live.Store(g)
	t.changed()
}

func (t *Translator) changed() {
	if t.options.Changed != nil {
		t.options.Changed()
	}
}

// drop closes the session.
func (t *Translator) drop() error {
	s := t.session
	t.session = nil
	if s == nil {
		return nil
	}
	s.tuning.end()
	for _, p := range s.programs {
		p.close()
	}
	s.params.Close()
	return s.exec.Close()
}

func newSession(m *weights.Model, exec graph.Executor, reason string, team Team) *session {
	if exec.Info().Kind != "cpu" {
		team = nil
	}
	return &session{team: team, exec: exec, reason: reason, model: m, params: exec.NewParams(m), reaches: graph.NewReaches(m),
		room: maxMemory, modelBytes: bytesOf(m)}
}

// program returns the compiled network for key, compiling it at its first use.
func (s *session) program(ctx context.Context, key programKey) (*program, error) {
	if i := s.find(key); i >= 0 {
		p := s.programs[i]
		s.programs = append(append(s.programs[:i:i], s.programs[i+1:]...), p)
		return p, nil
	}
	if err := s.makeRoom(ctx, key); err != nil {
		return nil, err
	}
	if len(s.programs) == maxPrograms {
		s.giveUp()
	}
	p, err := s.compile(ctx, key)
	if err != nil {
		return nil, err
	}
	s.programs = append(s.programs, p)
	return p, nil
}

// find is where the program for key stands, or -1.
func (s *session) find(key programKey) int {
	return slices.IndexFunc(s.programs, func(p *program) bool { return p.key == key })
}

// compile makes the program for key.
func (s *session) compile(ctx context.Context, key programKey) (*program, error) {
	if err := s.checkWeights(key); err != nil {
		return nil, err
	}
	network := s.build(key)
	compiled, err := s.exec.Compile(ctx, network, s.params)
	if err != nil {
		return nil, fmt.Errorf("preparing the networks for %d×%d pixels: %w", key.grid.w, key.grid.h, err)
	}
	p := &program{Program: compiled, key: key, safe: graph.UsualStyle, outShape: network.Outputs()[0].Shape}
	if g, ok := s.exec.(*gpu.Executor); ok {
		p.uses = g.Uses(network)
	}
	for _, n := range network.Nodes() {
		if n.Op == graph.OpConv {
			p.layer = max(p.layer, 4*n.Shape[1:].Elems())
		}
	}
	for i, n := range network.Inputs() {
		p.inShapes = append(p.inShapes, n.Shape)
		if key.network == decode && i == 0 {
			p.in = append(p.in, nil)
			continue
		}
		x, err := s.exec.NewTensor(n.Shape)
		if err != nil {
			p.close()
			return nil, err
		}
		p.in = append(p.in, x)
	}
	if key.network != encodeContent {
		x, err := s.exec.NewTensor(p.outShape)
		if err != nil {
			p.close()
			return nil, err
		}
		p.out = append(p.out, x)
	}
	return p, nil
}

// build writes the network of key as a graph; its inputs are the picture, or the content code and the style, if it has one.
func (s *session) build(key programKey) *graph.Graph {
	g := graph.New()
	if key.ranks < 2 {
		g.Alone()
	}
	b := net.Builder{Graph: g, Config: s.model.Config}
	cfg, d, h, w := s.model.Config, key.direction, key.grid.h, key.grid.w
	switch key.network {
	case encodeContent:
		g.Output("content", b.EncodeContent(d.From(), g.Input("image", 1, cfg.InputDim(d.From()), h, w)))
	case encodeStyle:
		g.Output("style", b.EncodeStyle(d.To(), g.Input("image", 1, cfg.InputDim(d.To()), h, w)))
	case decode:
		c := g.Input("content", s.contentShape(d, key.grid)...)
		g.Output("image", b.Draw(d, c, b.Style(d, key.styles, h, w)))
	}
	return g
}

// contentShape is that of the code of a picture of a size.
func (s *session) contentShape(d weights.Direction, g grid) graph.Shape {
	c := s.model.Config.Content(d, g.h, g.w)
	return append(graph.Shape{1}, c[:]...)
}

// translation is the networks that a translation runs, one after the other.
func (s *session) translation(d weights.Direction, g grid) (keys []programKey) {
	if !s.model.Config.Whole(d) {
		keys = append(keys, programKey{network: encodeContent, direction: d, grid: g})
	}
	return append(keys, programKey{network: decode, direction: d, grid: g, styles: 1})
}

func (p *program) close() {
	p.Program.Close()
	for _, x := range append(p.in, p.out...) {
		if x != nil {
			x.Close()
		}
	}
}
