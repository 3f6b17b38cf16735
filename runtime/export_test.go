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
