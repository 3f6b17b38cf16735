package main

import (
	"image"
	"math"
	"math/rand/v2"
)

// form is what the page of wares tells of a thing, per pixel: the normal's x and y (128 is 0), the part (0 is none; twice its number, and 1 more for
// trim), the depth (255 is near).
type form struct{ *image.RGBA }

// The tones that drawings are filled with, as the page's pens offer them.
const (
	bodyTone = 216
	trimTone = 168 // clothes', on an avatar
	hairTone = 120
)

// pen is the hand that a drawing is made with. Lengths are in pixels of a form.
type pen struct {
	width   float64 // of a line
	inner   bool    // whether it draws folds within a part
	between bool    // whether it draws lines between parts of one tone
	plain   bool    // whether it fills trim as body
	gaps    int     // places where it was lifted
	gap     float64 // their radius
	bend    wave    // how far the hand goes astray
	press   wave    // how the width changes
}

// widths are the page's pens' on a sheet of 128 pixels.
var widths = []float64{1.6, 1.6, 1.6, 2.4, 2.4, 2.4, 4}

const penSheet = 128

func choosePen(r *rand.Rand, side int) pen {
	unit := float64(side) / penSheet
	return pen{
		width: pick(r, widths) * (0.9 + 0.2*r.Float64()) * unit, inner: r.Float64() < 0.6, between: r.Float64() < 0.8, plain: r.Float64() < 0.15,
		gaps: max(0, r.IntN(6)-2), gap: (0.8 + 1.8*r.Float64()) * unit,
		bend: newWave(r, 1.4*unit*r.Float64(), 40*unit), press: newWave(r, 0.22, 20*unit),
	}
}

// wave is a smooth field of two values: sums of sines in all directions.
type wave [4]struct{ x, y, phaseX, phaseY, amount float64 }

// newWave has values of about amount, and changes over about length pixels.
func newWave(r *rand.Rand, amount, length float64) (w wave) {
	for i := range w {
		f, a := (0.6+float64(i))/length, 2*math.Pi*r.Float64()
		w[i].x, w[i].y = 2*math.Pi*f*math.Cos(a), 2*math.Pi*f*math.Sin(a)
		w[i].phaseX, w[i].phaseY, w[i].amount = 7*r.Float64(), 7*r.Float64(), amount/float64(1+i)
	}
	return w
}

func (w wave) at(x, y float64) (dx, dy float64) {
	for _, s := range w {
		t := s.x*x + s.y*y
		dx += s.amount * math.Sin(t+s.phaseX)
		dy += s.amount * math.Sin(t+s.phaseY)
	}
	return dx, dy
}

// draw is the drawing of f in ink and flat tones, and where the thing is on it (255), both side×side pixels; f's side is a multiple of that.
func (p pen) draw(f form, side int, r *rand.Rand) (drawing, mask *image.Gray) {
	n := f.Rect.Dx()
	sheet, where, ink := image.NewGray(f.Rect), image.NewGray(f.Rect), make([]float64, n*n)
	for y := range n {
		for x := range n {
			dx, dy := p.bend.at(float64(x), float64(y))
			part := f.part(x-int(math.Round(dx)), y-int(math.Round(dy)))
			sheet.Pix[y*n+x] = p.tone(part)
			if part > 0 {
				where.Pix[y*n+x] = 255
			}
		}
	}
	edges := p.edges(f)
	var lifted []image.Point
	for range p.gaps {
		if len(edges) > 0 {
			lifted = append(lifted, pick(r, edges))
		}
	}
	for _, e := range edges {
		if near(e, lifted, p.gap) {
			continue
		}
		dx, dy := p.bend.at(float64(e.X), float64(e.Y))
		press, _ := p.press.at(float64(e.X), float64(e.Y))
		stamp(ink, n, float64(e.X)+dx, float64(e.Y)+dy, p.width/2*(1+press))
	}
	for i, v := range ink {
		sheet.Pix[i] = uint8(math.Round(float64(sheet.Pix[i]) * (1 - v)))
	}
	return shrunk(sheet, side), shrunk(where, side)
}

func (f form) part(x, y int) int {
	if !(image.Point{x, y}).In(f.Rect) {
		return 0
	}
	return int(f.Pix[f.PixOffset(x, y)+2])
}

func (p pen) tone(part int) uint8 {
	switch {
	case part == 0:
		return 255
	case part%2 == 1 && !p.plain:
		return trimTone
	}
	return bodyTone
}

// fold is how far normals of neighbours are apart where a surface has an edge, in halves of a form's 255.
const fold = 0.33

// edges are the pixels that lines go through.
func (p pen) edges(f form) (all []image.Point) {
	n := f.Rect.Dx()
	for y := 1; y < n-1; y++ {
		for x := 1; x < n-1; x++ {
			if p.edge(f, x, y, 1, 0) || p.edge(f, x, y, 0, 1) {
				all = append(all, image.Pt(x, y))
			}
		}
	}
	return all
}

// edge is whether a line goes through x, y because of what is on both sides in a direction.
func (p pen) edge(f form, x, y, dx, dy int) bool {
	here, next := f.part(x, y), f.part(x+dx, y+dy)
	switch {
	case here == 0 && next == 0:
		return false
	case here == 0 || next == 0:
		return true
	case here != next:
		return p.between || here%2 != next%2
	case !p.inner || f.part(x-dx, y-dy) != here:
		return false
	}
	a, b := f.Pix[f.PixOffset(x-dx, y-dy):], f.Pix[f.PixOffset(x+dx, y+dy):]
	return math.Hypot(float64(a[0])-float64(b[0]), float64(a[1])-float64(b[1])) > fold*255
}

func near(p image.Point, places []image.Point, radius float64) bool {
	for _, q := range places {
		if d := p.Sub(q); math.Hypot(float64(d.X), float64(d.Y)) < radius {
			return true
		}
	}
	return false
}

// stamp puts the pen down at x, y of the n×n pixels of ink, of 0 to 1.
func stamp(ink []float64, n int, x, y, radius float64) {
	for j := max(0, int(y-radius-1)); j <= min(n-1, int(y+radius+2)); j++ {
		for i := max(0, int(x-radius-1)); i <= min(n-1, int(x+radius+2)); i++ {
			v := min(1, radius+0.5-math.Hypot(float64(i)-x, float64(j)-y))
			ink[j*n+i] = max(ink[j*n+i], v)
		}
	}
}

// shrunk is the square m at side pixels, each the mean of a square of m's.
func shrunk(m *image.Gray, side int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, side, side))
	k := m.Rect.Dx() / side
	for y := range side {
		for x := range side {
			sum := 0
			for j := range k {
				for i := range k {
					sum += int(m.Pix[(y*k+j)*m.Stride+x*k+i])
				}
			}
			out.Pix[y*side+x] = uint8((sum + k*k/2) / (k * k))
		}
	}
	return out
}
