package runtime

import "time"

// TuneAtOnce has t tune without the delay that lets people's pictures come first, for as long as it takes.
func (t *Translator) TuneAtOnce() { t.tuneDelay, t.tuneBudget = 0, time.Minute }

// AwaitTuning waits for the tuning under way.
func (t *Translator) AwaitTuning() {
	<-t.turn
	u := t.session.tuning
	t.give()
	if u != nil {
		<-u.done
	}
}

// Uses lists the variants of the networks that t has compiled last, each by itself.
func (t *Translator) Uses() (all [][]string) {
	<-t.turn
	defer t.give()
	for _, p := range t.session.programs {
		all = append(all, t.live.Load().Uses(t.session.build(p.key)))
	}
	return all
}

// Plan is what a program holds and what is counted for it, in bytes.
type Plan struct{ Held, Counted int64 }

// Planned lists the programs of t.
func (t *Translator) Planned() (all []Plan) {
	<-t.turn
	defer t.give()
	for _, p := range t.session.programs {
		all = append(all, Plan{p.Memory().Arena, p.planned})
	}
	return all
}

// SetRoom bounds what t's weights and programs may take, in bytes.
func (t *Translator) SetRoom(bytes int64) { t.session.room = bytes }
