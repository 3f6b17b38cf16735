package picture

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

const (
	gutter      = 8   // pixels between cells
	maxCell     = 512 // pixels a side: a contact sheet is to look at, the pictures themselves lie beside it
	minCell     = 16
	sheetPixels = 64 << 20
	frame       = 0xe0 // the grey of the line around pictures, so that white ones do not run into the gutters
)

// Sheet is a contact sheet: one row per input, the input first and its results to the right. Many short rows are laid out in
// several blocks side by side, so that the sheet stays about as wide as it is high.
type Sheet struct {
	columns, rows int
	cell          int           // the largest side of a cell
	cells         []*image.RGBA // RGBA rather than NRGBA: image/draw has fast paths for it
}

// NewSheet plans a sheet of rows inputs with styles results each.
func NewSheet(rows, styles int) (*Sheet, error) {
	s := &Sheet{columns: styles + 1, rows: rows}
	n := s.columns * s.rows
	if s.cell = int(math.Sqrt(sheetPixels/float64(n))) - gutter; s.cell < minCell {
		return nil, fmt.Errorf("%d pictures are too many for one contact sheet", n)
	}
	s.cell = min(s.cell, maxCell)
	s.cells = make([]*image.RGBA, n)
	return s, nil
}

// Set puts m in a row; column 0 is the input's, 1 to styles are the results'. Larger pictures than the sheet has room for are
// reduced.
func (s *Sheet) Set(row, column int, m image.Image) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if side := max(w, h); side > s.cell {
		w, h = max(1, w*s.cell/side), max(1, h*s.cell/side)
	}
	c := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(c, c.Rect, m, b.Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(c, c.Rect, m, b, draw.Src, nil)
	}
	s.cells[row*s.columns+column] = c
}

// Image draws the sheet: white, with gutters, every picture in the middle of its cell.
func (s *Sheet) Image() *image.RGBA {
	widths, heights := make([]int, s.columns), make([]int, s.rows)
	for i, c := range s.cells {
		if c == nil {
			continue
		}
		x, y := i%s.columns, i/s.columns
		widths[x], heights[y] = max(widths[x], c.Rect.Dx()), max(heights[y], c.Rect.Dy())
	}
	blockWidth := gutter * 2 // the space between blocks is thrice that between cells
	for _, w := range widths {
		blockWidth += w + gutter
	}
	blocks, perBlock := s.blocks(blockWidth, heights)
	height := 0
	for from := 0; from < s.rows; from += perBlock {
		height = max(height, span(heights[from:min(from+perBlock, s.rows)]))
	}
	sheet := image.NewRGBA(image.Rect(0, 0, gutter+blocks*blockWidth-2*gutter, height+gutter))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
	for row := range s.rows {
		block := row / perBlock
		y := gutter + span(heights[block*perBlock:row])
		x := gutter + block*blockWidth
		for column, w := range widths {
			if c := s.cells[row*s.columns+column]; c != nil {
				at := image.Pt(x+(w-c.Rect.Dx())/2, y+(heights[row]-c.Rect.Dy())/2)
				place(sheet, c, at)
			}
			x += w + gutter
		}
	}
	return sheet
}

// blocks chooses how many blocks stand side by side, and how many rows each has: the count nearest to a sheet of 4:3.
func (s *Sheet) blocks(blockWidth int, heights []int) (blocks, perBlock int) {
	best := math.Inf(1)
	total := float64(span(heights))
	for n := 1; n <= s.rows; n++ {
		per := (s.rows + n - 1) / n
		used := (s.rows + per - 1) / per
		off := math.Abs(math.Log(float64(used*blockWidth) / (total * float64(per) / float64(s.rows)) * 3 / 4))
		if off < best-1e-9 {
			best, blocks, perBlock = off, used, per
		}
	}
	return blocks, perBlock
}

// span is the height of rows with a gutter under each.
func span(heights []int) int {
	sum := 0
	for _, h := range heights {
		sum += h + gutter
	}
	return sum
}

func place(sheet, c *image.RGBA, at image.Point) {
	r := image.Rectangle{Min: at, Max: at.Add(c.Rect.Size())}
	draw.Draw(sheet, r.Inset(-1), image.NewUniform(color.Gray{Y: frame}), image.Point{}, draw.Src)
	draw.Draw(sheet, r, c, image.Point{}, draw.Over) // on white, should the input have alpha
}
