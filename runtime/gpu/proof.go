package gpu

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// VariantState says what is known of a variant on a device.
type VariantState string

// States of a variant.
const (
	VariantUntried VariantState = "untried" // nothing has needed it so far
	VariantProved  VariantState = "proved"  // it computes what it should
	VariantOff     VariantState = "off"     // it does not, or does not compile, and is not used
	VariantAbsent  VariantState = "absent"  // the device lacks something that it needs
)

// VariantReport is what an executor knows of one way to compute a Conv.
type VariantReport struct {
	Name  string // of VariantNames
	State VariantState
	Err   error // why it is off or absent
}

// Variants reports on all ways to compute a Conv, in the order of preference.
func (e *Executor) Variants() []VariantReport {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	var all []VariantReport
	for _, v := range e.choices.table() {
		r := VariantReport{Name: v.name, State: VariantUntried}
		if err, off := e.choices.off[v.name]; off {
			r.State, r.Err = VariantOff, err
			if Lacks(err) {
				r.State = VariantAbsent
			}
		} else if e.tried[v.name] {
			r.State = VariantProved
		}
		all = append(all, r)
	}
	return all
}

// Prove proves every variant on each Conv of g that it fits, not only those that would be used, and reports. Its error is that of ctx or of
// a lost device; a variant that fails is no error but off.
func (e *Executor) Prove(ctx context.Context, g *graph.Graph) ([]VariantReport, error) {
	for _, n := range convs(g) {
		for _, v := range e.decided().contenders(n) {
			if _, err := e.proved(ctx, v, n); err != nil {
				return nil, err
			}
		}
	}
	return e.Variants(), nil
}

// decide gives the choices by which g is to be compiled: every variant that they pick has been proved.
func (e *Executor) decide(ctx context.Context, g *graph.Graph) (*choices, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	nodes := convs(g)
	for {
		c := e.decided()
		// What was asked for by name is not replaced in silence, and the last of the table cannot be.
		for _, needed := range []string{c.forced, variants[len(variants)-1].name} {
			if err := c.off[needed]; err != nil {
				return nil, fmt.Errorf("gpu: %s cannot compute by %q: %w", e.info.Name, needed, err)
			}
		}
		e.prepare(ctx, c, nodes)
		if all, err := e.allProved(ctx, c, nodes); all || err != nil {
			return c, err
		}
	}
}

// prepare compiles together what nodes need and their proofs would compile one by one: browsers compile in parallel. A kernel that fails is left to
// the proof of its variant.
func (e *Executor) prepare(ctx context.Context, c *choices, nodes []*graph.Node) {
	var needed []shaders.Kernel
	for _, n := range nodes {
		for _, s := range c.pick(n).lower(n, e.budget()).steps {
			needed = append(needed, s.kernel)
		}
	}
	_ = e.do(ctx, func() error {
		_, err := e.kernels(ctx, needed)
		return err
	})
}

// allProved reports whether what c picks for nodes is right. If something is not, e's choices are others by now.
func (e *Executor) allProved(ctx context.Context, c *choices, nodes []*graph.Node) (bool, error) {
	for _, n := range nodes {
		if ok, err := e.proved(ctx, c.pick(n), n); !ok {
			return false, err
		}
	}
	return true, nil
}

// proof is a variant on trial: its name, and all that selects its kernels and their paths besides extents.
type proof struct {
	variant string
	signature
}

// proved reports whether v computes Convs of n's signature rightly. The first time it has v compute a small one, and switches v off if that fails.
func (e *Executor) proved(ctx context.Context, v *variant, n *graph.Node) (bool, error) {
	p := proof{v.name, signatureOf(n)}
	e.deciding.Lock()
	known, failed := e.proofs[p], e.choices.off[v.name] != nil
	e.deciding.Unlock()
	if known || failed {
		return !failed, nil
	}
	err := e.try(ctx, v, n)
	if ends(ctx, err) {
		return false, err
	}
	e.deciding.Lock()
	defer e.deciding.Unlock()
	e.tried[v.name] = true
	if err == nil {
		e.proofs[p] = true
		return true, nil
	}
	off := map[string]error{v.name: fmt.Errorf("%s fails on %v: %w", v.name, p.signature, err)}
	maps.Copy(off, e.choices.off)
	c := *e.choices
	c.off = off
	e.choices = &c
	return false, nil
}

// ends reports whether err says nothing about what was tried, but that no more can be tried.
func ends(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, graph.ErrDeviceLost) || errors.Is(err, ErrClosed))
}

// decided is the state of the choices now.
func (e *Executor) decided() *choices {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	return e.choices
}
