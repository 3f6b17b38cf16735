//go:build !race

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// On a phone one finger draws and two scroll.
func (s *stage) phone(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", "")
	v.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
	v.ready()
	before := v.canvas(js("canvas"))
	box := get[struct{ X, Y, Width, Height float64 }](v, js("canvas")+`.getBoundingClientRect().toJSON()`)
	finger := func(id float64, x, y float64) *input.TouchPoint {
		return &input.TouchPoint{X: box.X + x*box.Width, Y: box.Y + y*box.Height, ID: &id}
	}

	v.touch(input.DispatchTouchEventTypeTouchStart, finger(0, 0.4, 0.8))
	v.touch(input.DispatchTouchEventTypeTouchStart, finger(0, 0.4, 0.8), finger(1, 0.6, 0.8))
	for y := 0.78; y > 0.1; y -= 0.04 {
		v.touch(input.DispatchTouchEventTypeTouchMove, finger(0, 0.4, y), finger(1, 0.6, y))
	}
	v.touch(input.DispatchTouchEventTypeTouchEnd)
	v.ready()
	v.await("scrollY > 50")
	v.equal(before, v.canvas(js("canvas")), "the drawing under two fingers")

	// A fling goes on for a while; what it adds must not be taken for the next finger's.
	get[bool](v, `new Promise((rests) => {
		const look = (before) => (scrollY === before ? rests(true) : setTimeout(look, 300, scrollY));
		look(-1);
	})`)
	get[bool](v, "scrollTo(0, 0), true")
	v.await("scrollY === 0")
	v.touch(input.DispatchTouchEventTypeTouchStart, finger(0, 0.3, 0.8))
	for y := 0.76; y > 0.3; y -= 0.04 {
		v.touch(input.DispatchTouchEventTypeTouchMove, finger(0, 0.3, y))
	}
	v.touch(input.DispatchTouchEventTypeTouchEnd)
	v.ready()
	assert.Zero(t, get[float64](v, "scrollY"), "one finger does not scroll")
	require.Greater(t, changed(before, v.canvas(js("canvas"))), 50, "one finger draws")
}

// touch moves the fingers to where they are now.
func (v *visit) touch(kind input.DispatchTouchEventType, fingers ...*input.TouchPoint) {
	v.Helper()
	if fingers == nil {
		fingers = []*input.TouchPoint{} // null is no list
	}
	_, err := chromedp.Call(v.ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: fingers})
	require.NoError(v, err)
}
