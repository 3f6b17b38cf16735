package main

import (
	"image"
	"math"
)

// A drawing of an avatar is made of two paintings of it in garish colours, none of them dark. What is dark in both is ink; where colours jump
// in either, and no ink is near, is the edge of a part, and gets a line. Paintings of 512 pixels a side are what the lengths are meant for.
const (
	linesSide = 512.0
	inkLuma   = 72  // ink is no lighter
	jumpLevel = 38  // difference in a channel from one pixel to the next
	inkRim    = 4.3 // pixels around ink in which its soft edge jumps
	speck     = 28  // pixels: shorter edges are dropped, unless they come from ink
	tail      = 8
)

// bitmap is a picture of set and unset pixels.
type bitmap struct {
	side int
	at   []bool
}

func newBitmap(side int) bitmap { return bitmap{side, make([]bool, side*side)} }

// inkAndEdges finds what is to be drawn in paintings of one avatar: ink, without hairlines, and edges.
func inkAndEdges(paintings []*image.RGBA) (ink, edges bitmap) {
	side := paintings[0].Rect.Dx()
	unit := float64(side) / linesSide
	dark := newBitmap(side)
	for i := range dark.at {
		dark.at[i] = true
		for _, p := range paintings {
			c := p.Pix[4*i:]
			dark.at[i] = dark.at[i] && 0.3*float64(c[0])+0.59*float64(c[1])+0.11*float64(c[2]) <= inkLuma
		}
	}
	ink = dark.eroded()
	near := newBitmap(side)
	near.dilate(ink, inkRim*unit)
	edges = newBitmap(side)
	jumps := func(i, j int) bool {
		for _, p := range paintings {
			for c := range 3 {
				if d := int(p.Pix[4*i+c]) - int(p.Pix[4*j+c]); d > jumpLevel || d < -jumpLevel {
					return true
				}
			}
		}
		return false
	}
	for y := range side - 1 {
		for x := range side - 1 {
			i := y*side + x
			edges.at[i] = !near.at[i] && (jumps(i, i+1) || jumps(i, i+side))
		}
	}
	edges.dropSpecks(near, int(speck*unit))
	return ink, edges
}

// lines draws ink and edges in black over sheet, with pens of such radii, in pixels of theirs: size pixels a side.
func lines(sheet *image.Gray, ink, edges bitmap, inkPen, edgePen float64, size int) *image.Gray {
	drawn := newBitmap(ink.side)
	drawn.dilate(edges, edgePen)
	drawn.dilate(ink, inkPen)
	for i, black := range drawn.at {
		if black {
			sheet.Pix[i] = 0
		}
	}
	return shrunk(sheet, size)
}

// eroded keeps pixels whose eight neighbours are set.
func (b bitmap) eroded() bitmap {
	out := newBitmap(b.side)
	for y := 1; y < b.side-1; y++ {
		for x := 1; x < b.side-1; x++ {
			all := true
			for dy := -1; dy <= 1 && all; dy++ {
				i := (y+dy)*b.side + x
				all = b.at[i-1] && b.at[i] && b.at[i+1]
			}
			out.at[y*b.side+x] = all
		}
	}
	return out
}

// dilate sets what lies within radius of from's pixels.
func (b bitmap) dilate(from bitmap, radius float64) {
	var offsets []image.Point
	r := int(math.Ceil(radius))
	for dy := -r; dy <= r; dy++ {
		for dx := -r; dx <= r; dx++ {
			if float64(dx*dx+dy*dy) <= radius*radius {
				offsets = append(offsets, image.Pt(dx, dy))
			}
		}
	}
	for i, set := range from.at {
		if !set {
			continue
		}
		x, y := i%b.side, i/b.side
		for _, o := range offsets {
			if u, v := x+o.X, y+o.Y; u >= 0 && v >= 0 && u < b.side && v < b.side {
				b.at[v*b.side+u] = true
			}
		}
	}
}

// dropSpecks removes connected pieces of fewer than least pixels, but for those of more than tail that touch near.
func (b bitmap) dropSpecks(near bitmap, least int) {
	seen := newBitmap(b.side)
	for start, set := range b.at {
		if !set || seen.at[start] {
			continue
		}
		piece, touches := []int{start}, false
		seen.at[start] = true
		for h := 0; h < len(piece); h++ {
			x, y := piece[h]%b.side, piece[h]/b.side
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					u, v := x+dx, y+dy
					if u < 0 || v < 0 || u >= b.side || v >= b.side {
						continue
					}
					i := v*b.side + u
					touches = touches || near.at[i]
					if b.at[i] && !seen.at[i] {
						seen.at[i] = true
						piece = append(piece, i)
					}
				}
			}
		}
		if len(piece) < least && !(touches && len(piece) > tail) {
			for _, i := range piece {
				b.at[i] = false
			}
		}
	}
}
