// Package runtime translates pictures with MUNIT models: content and style codes, and what can be done with them. It is the same natively
// and in the browser; tools/munit and wasm are thin shells over it.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync/atomic"
	"time"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/pixels"
	"github.com/webmunit/webmunit/weights"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrDirection   = errors.New("the model cannot do this")
	ErrTooSmall    = errors.New("the picture is too small")
	ErrTooLarge    = errors.New("the picture is too large")
	ErrStyleLength = errors.New("the style does not fit the model")
	ErrStyleRange  = errors.New("the style is too large")
	ErrWeightRange = graph.ErrWeightRange
	ErrNoGPU       = gpu.ErrNoGPU        // where a GPU is asked for
	ErrDeviceLost  = graph.ErrDeviceLost // and could not be replaced
	ErrClosed      = errors.New("it was closed")
	ErrForeign     = errors.New("the content is of another translator")
)

var errNoPicture = errors.New("there is no picture")

// Translator translates pictures with one model on one device. Its methods may be called from any goroutine; they take turns.
// A lost device is replaced, and the call that was under way starts again on the new one.
type Translator struct {
	model   *weights.Model
	options Options
	lock    chan struct{} // holds one token: whoever has it may use what follows
	session *session      // nil after the device was lost, until the next call
	closed  bool

	tuneDelay, tuneBudget time.Duration // see tuneBehind

	live atomic.Pointer[gpu.Executor] // the session's GPU, if it has one, for LoseDevice: the only thing used without the lock
}

// Content is the content code of a picture, kept on the device: a further style costs the decoder only.
type Content struct {
	t         *Translator
	direction weights.Direction
	pixels    []float32 // of the padded picture: the code is made again from it if the device is lost
	grid      grid
	width     int // of the picture before padding
	height    int

	session *session // where code lives
	code    graph.Tensor
	closed  bool
}

// grid is the size of a padded picture in pixels; programs are compiled per grid.
type grid struct{ h, w int }

// Load opens the device that o asks for and prepares m for it. Kernels and weights follow with the first pictures of each size.
// Errors wrap ErrNoGPU where o asks for a GPU and there is none.
func Load(ctx context.Context, m *weights.Model, o Options) (*Translator, error) {
	return Begin(ctx, o).Load(ctx, m)
}

// Device describes what computes, and Reason says why if it was chosen by DeviceAuto.
func (t *Translator) Device() (info Info, reason string) {
	<-t.lock
	defer t.give()
	if t.session == nil {
		return graph.Info{}, "the device was lost; the next call opens another"
	}
	return t.session.exec.Info(), t.session.reason
}

// Model is the model given to Load.
func (t *Translator) Model() *weights.Model { return t.model }

// Encode computes the content code of img, a picture of dir's source domain with at least MinSide pixels a side. Close the Content to free
// its memory on the device.
func (t *Translator) Encode(ctx context.Context, img image.Image, dir weights.Direction) (*Content, error) {
	if err := t.can(dir); err != nil {
		return nil, err
	}
	if img == nil {
		return nil, errNoPicture
	}
	cfg := t.model.Config
	b := img.Bounds()
	if least := MinSide(cfg); min(b.Dx(), b.Dy()) < least {
		return nil, fmt.Errorf("%w: %d×%d pixels, this model needs at least %d a side", ErrTooSmall, b.Dx(), b.Dy(), least)
	}
	unit := cfg.Unit()
	g := grid{pixels.Padded(b.Dy(), unit), pixels.Padded(b.Dx(), unit)}
	if err := t.use(ctx, func(s *session) error {
		return s.foresee(ctx, s.translation(dir, g)...)
	}); err != nil {
		return nil, err
	}
	values, h, w, err := pixels.Planes(img, cfg.InputDim(dir.From()), unit)
	if err != nil {
		return nil, err
	}
	c := &Content{t: t, direction: dir, pixels: values, grid: grid{h, w}, width: b.Dx(), height: b.Dy()}
	if err := t.use(ctx, func(s *session) error { return c.ensure(ctx, s) }); err != nil {
		return nil, err
	}
	return c, nil
}

// Decode draws c in style s: an opaque picture of the size of c's.
func (t *Translator) Decode(ctx context.Context, c *Content, s Style) (*image.NRGBA, error) {
	all, err := t.DecodeBatch(ctx, c, []Style{s})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// StyleOf encodes the style of img, a picture of dir's target domain with at least MinStyleSide pixels a side.
func (t *Translator) StyleOf(ctx context.Context, img image.Image, dir weights.Direction) (Style, error) {
	if err := t.can(dir); err != nil {
		return nil, err
	}
	cfg := t.model.Config
	switch cfg.Styles() {
	case weights.NoStyles:
		return nil, errOnePicture
	case weights.StyleNoise:
		return nil, fmt.Errorf("%w: its styles are noise, and cannot be taken from pictures", ErrStyleLength)
	}
	if !t.model.StyleImage(dir) {
		return nil, fmt.Errorf("%w: it has no style encoder of domain %s (%s), so styles cannot come from pictures", ErrDirection, dir.To(), t.domainName(dir.To()))
	}
	if img == nil {
		return nil, errNoPicture
	}
	b := img.Bounds()
	if least := MinStyleSide(cfg, dir); min(b.Dx(), b.Dy()) < least {
		return nil, fmt.Errorf("%w to take a style from: %d×%d pixels, at least %d a side are needed", ErrTooSmall, b.Dx(), b.Dy(), least)
	}
	key := programKey{network: encodeStyle, direction: dir, grid: grid{b.Dy(), b.Dx()}}
	if err := t.use(ctx, func(s *session) error { return s.foresee(ctx, key) }); err != nil {
		return nil, err
	}
	values, _, _, err := pixels.Planes(img, cfg.InputDim(dir.To()), 1)
	if err != nil {
		return nil, err
	}
	style := make(Style, cfg.Gen.StyleDim)
	return style, t.use(ctx, func(s *session) error {
		p, err := s.program(ctx, s.together(key))
		if err != nil {
			return err
		}
		if err := p.in[0].Write(ctx, values); err != nil {
			return err
		}
		if err := s.run(ctx, p, p.in, p.out); err != nil {
			return err
		}
		return p.out[0].Read(ctx, style)
	})
}

// Translate is Encode and Decode in one.
func (t *Translator) Translate(ctx context.Context, img image.Image, dir weights.Direction, s Style) (*image.NRGBA, error) {
	if err := t.checkStyle(s); err != nil {
		return nil, err
	}
	c, err := t.Encode(ctx, img, dir)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return t.Decode(ctx, c, s)
}

// LoseDevice destroys the GPU device, also under a running call, as a driver reset would: tests of recovery need it. It reports whether there
// was a GPU to lose.
func (t *Translator) LoseDevice() bool {
	g := t.live.Load()
	if g != nil {
		g.Destroy()
	}
	return g != nil
}

// Close frees the device and everything on it; Contents are of no use afterwards.
func (t *Translator) Close() error {
	<-t.lock
	defer t.give()
	t.closed = true
	return t.drop()
}

// Close frees the code on the device. The Content cannot be decoded afterwards; closing it again, or none, does nothing.
func (c *Content) Close() {
	if c == nil || c.t == nil {
		return
	}
	<-c.t.lock
	defer c.t.give()
	if c.code != nil && c.session == c.t.session {
		c.code.Close()
	}
	c.code, c.session, c.closed = nil, nil, true
}

// Size is the size of the picture, and of those decoded from it, in pixels.
func (c *Content) Size() image.Point { return image.Pt(c.width, c.height) }

// ensure computes the code unless it is on s already.
func (c *Content) ensure(ctx context.Context, s *session) error {
	if c.session == s {
		return nil
	}
	if s.model.Config.Whole(c.direction) {
		return c.write(ctx, s)
	}
	p, err := s.program(ctx, s.together(programKey{network: encodeContent, direction: c.direction, grid: c.grid}))
	if err != nil {
		return err
	}
	code, err := s.exec.NewTensor(p.outShape)
	if err != nil {
		return err
	}
	if err := p.in[0].Write(ctx, c.pixels); err != nil {
		code.Close()
		return err
	}
	if err := s.run(ctx, p, p.in, []graph.Tensor{code}); err != nil {
		code.Close()
		return err
	}
	c.session, c.code = s, code
	return nil
}

// write puts the picture itself onto the device: what draws takes it where there is no encoder, or one that takes noise.
func (c *Content) write(ctx context.Context, s *session) error {
	code, err := s.exec.NewTensor(s.contentShape(c.direction, c.grid))
	if err != nil {
		return err
	}
	if err := code.Write(ctx, c.pixels); err != nil {
		code.Close()
		return err
	}
	c.session, c.code = s, code
	return nil
}

// MinSide is the least height and width in pixels of a picture to translate: its content code is 2×2 then.
func MinSide(c weights.Config) int { return c.MinSide() }

// MinStyleSide is the least height and width in pixels of a picture to take a style from in direction dir.
func MinStyleSide(c weights.Config, dir weights.Direction) int { return c.MinStyleSide(dir) }

func (t *Translator) can(dir weights.Direction) error {
	dirs := t.model.Directions()
	if slices.Contains(dirs, dir) {
		return nil
	}
	return fmt.Errorf("%w: direction %q; it does %v", ErrDirection, dir, dirs)
}

func (t *Translator) domainName(d weights.Domain) string {
	if d == weights.A {
		return t.model.DomainA
	}
	return t.model.DomainB
}
