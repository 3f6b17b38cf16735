package runtime

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/pixels"
)

// DecodeBatch draws c in each of styles: pictures as Decode gives them, in the order of styles. It computes Batch styles in one run, so that
// small pictures keep a large GPU busy; what comes before the first style is computed once for all of them. A model without styles draws one picture,
// in the style nil.
func (t *Translator) DecodeBatch(ctx context.Context, c *Content, styles []Style) ([]*image.NRGBA, error) {
	if err := t.own(c); err != nil {
		return nil, err
	}
	if len(styles) > 1 && t.model.Config.StyleDim() == 0 {
		return nil, fmt.Errorf("%w: %d were asked for", errOnePicture, len(styles))
	}
	for _, s := range styles {
		if err := t.checkStyle(s); err != nil {
			return nil, err
		}
	}
	all := make([]*image.NRGBA, 0, len(styles))
	err := t.use(ctx, func(s *session) (err error) {
		if all, err = s.decodeAll(ctx, c, styles, all, s.batch(c)); err == nil {
			t.tuneBehind(s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// decodeAll draws those of styles that are not done yet, where a lost device left off, at most so many at a time, fewer where there is no room.
func (s *session) decodeAll(ctx context.Context, c *Content, styles []Style, done []*image.NRGBA, most int) ([]*image.NRGBA, error) {
	for len(done) < len(styles) {
		some := styles[len(done):min(len(done)+most, len(styles))]
		images, err := s.decode(ctx, c, some)
		if errors.Is(err, ErrTooLarge) && len(some) > 1 {
			most = len(some) / 2
			continue
		}
		if err != nil {
			return done, err
		}
		done = append(done, images...)
	}
	return done, nil
}

// own refuses what is not this Translator's: another's codes lie on another device, and mean something else to another model.
func (t *Translator) own(c *Content) error {
	if c == nil || c.t != t {
		return fmt.Errorf("%w; encode the picture with the one that is to decode it", ErrForeign)
	}
	return nil
}

// decode draws c in styles in one run, or, with a team, each rank one of them.
func (s *session) decode(ctx context.Context, c *Content, styles []Style) ([]*image.NRGBA, error) {
	if c.closed {
		return nil, fmt.Errorf("content: %w; encode the picture again", ErrClosed)
	}
	if err := c.ensure(ctx, s); err != nil {
		return nil, err
	}
	key := programKey{network: decode, direction: c.direction, grid: c.grid, styles: len(styles)}
	each := len(styles) > 1 && s.ranks() > 1
	if each {
		key.styles = 1
	} else {
		key = s.together(key)
	}
	p, err := s.program(ctx, key)
	if err != nil {
		return nil, err
	}
	if styles, err = s.networkStyles(p, styles); err != nil {
		return nil, err
	}
	draw := s.drawTogether
	if each {
		draw = s.drawEach
	}
	values, err := draw(ctx, p, c.code, styles)
	if err != nil {
		return nil, err
	}
	images := make([]*image.NRGBA, len(styles))
	for i := range images {
		one := values[i*len(values)/len(styles):]
		images[i] = pixels.Image(one, p.outShape[1], c.grid.h, c.grid.w, c.height, c.width)
	}
	return images, nil
}

// drawTogether draws a content in styles by one run of p. The pictures' values follow one another.
func (s *session) drawTogether(ctx context.Context, p *program, code graph.Tensor, styles []Style) ([]float32, error) {
	if len(p.in) > 1 {
		if err := p.in[1].Write(ctx, slices.Concat(styles...)); err != nil {
			return nil, err
		}
	}
	if err := s.run(ctx, p, append([]graph.Tensor{code}, p.in[1:]...), p.out); err != nil {
		return nil, err
	}
	values := make([]float32, p.outShape.Elems())
	return values, p.out[0].Read(ctx, values)
}

const (
	// fullLayer is how many values a layer should have to keep a GPU busy: some thousands of processors compute some tens each.
	fullLayer = 1 << 18
	maxBatch  = 16
)

// Batch is how many styles of c are best drawn at a time: on a GPU so many that the decoder's smallest layers have fullLayer values, and one
// where the CPU computes, by itself or in a GPU's place, and is busy with one; with a Team, one for each rank. It is 1 for a Content that cannot be decoded here.
func (t *Translator) Batch(c *Content) int {
	<-t.lock
	defer t.give()
	if t.session == nil || t.own(c) != nil {
		return 1
	}
	return t.session.batch(c)
}

func (s *session) batch(c *Content) int {
	if info := s.exec.Info(); info.Kind != "gpu" || info.Software {
		return s.ranks()
	}
	return batchFor(s.contentShape(c.direction, c.grid))
}

func batchFor(content graph.Shape) int {
	smallest := content.Elems()
	return max(min((fullLayer+smallest-1)/smallest, maxBatch), 1)
}
