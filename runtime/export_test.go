package runtime

import (
	"context"
	"image"
	"time"
)

// TuneAtOnce has t tune without the delay that lets people's pictures come first, for as long as it takes.
func (t *Translator) TuneAtOnce() { t.tuneDelay, t.tuneBudget = 0, time.Minute }

// AwaitTuning waits for the tuning under way.
func (t *Translator) AwaitTuning() {
	<-t.lock
	u := t.session.tuning
	t.give()
	if u != nil {
		<-u.done
	}
}

// SetRoom bounds what t may take, in bytes.
func (t *Translator) SetRoom(bytes int64) { t.session.room = bytes }

// Taken is what t takes, in bytes, and by how many programs.
func (t *Translator) Taken() (bytes int64, programs int) {
	return t.session.taken(), len(t.session.programs)
}

// DecodeUpTo is DecodeBatch with so many styles at a time.
func (t *Translator) DecodeUpTo(ctx context.Context, c *Content, styles []Style, most int) ([]*image.NRGBA, error) {
	return t.session.decodeAll(ctx, c, styles, nil, most)
}

// Uses lists the variants of the networks that t has compiled last, each by itself.
func (t *Translator) Uses() (all [][]string) {
	<-t.lock
	defer t.give()
	for _, p := range t.session.programs {
		all = append(all, t.live.Load().Uses(t.session.build(p.key)))
	}
	return all
}
