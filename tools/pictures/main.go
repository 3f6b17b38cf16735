// Pictures paints what stands for webmunit elsewhere, with the model that the page opens on: the icons of the installed page, and the picture that
// links to it are shown with. Run it from the root of the repository when that model has changed:
//
//	go run ./tools/pictures
package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
)

var (
	paper = color.RGBA{0xec, 0xea, 0xe4, 0xff} // the page's ground
	dark  = color.RGBA{0x14, 0x16, 0x1a, 0xff}
)

const (
	public = "site/public"
	cell   = 128 // the model's side in pixels
)

// Styles that differ well, chosen by eye out of the first of seed 7.
var chosen = []int{0, 1, 2, 4}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "pictures: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	m, err := weights.Open("weights/wares.munit.safetensors")
	if err != nil {
		return fmt.Errorf("%w; run it from the root of the repository", err)
	}
	t, err := runtime.Load(ctx, m, runtime.Options{Device: runtime.DeviceCPU}) // the same pixels on every machine
	if err != nil {
		return err
	}
	defer t.Close()
	s := studio{t}
	icon, err := s.icon(ctx)
	if err != nil {
		return err
	}
	for _, side := range []int{192, 512} {
		if err := picture.WritePNG(filepath.Join(public, fmt.Sprintf("icon-%d.png", side)), scaled(icon, side)); err != nil {
			return err
		}
	}
	social, err := s.social(ctx)
	if err != nil {
		return err
	}
	return picture.WritePNG(filepath.Join(public, "social.png"), social)
}

type studio struct{ translator *runtime.Translator }

// paint is a sample drawing and its pictures in some styles of seed 7.
func (s studio) paint(ctx context.Context, sample string, styles []int) (drawing image.Image, pictures []image.Image, err error) {
	if drawing, err = picture.Open(filepath.Join("site/samples/wares", sample+".png")); err != nil {
		return nil, nil, err
	}
	content, err := s.translator.Encode(ctx, runtime.Fit(drawing, cell), weights.A2B)
	if err != nil {
		return nil, nil, err
	}
	defer content.Close()
	for _, i := range styles {
		p, err := s.translator.Decode(ctx, content, s.translator.RandomStyle(7, i))
		if err != nil {
			return nil, nil, err
		}
		pictures = append(pictures, p)
	}
	return drawing, pictures, nil
}

// icon is one thing in four styles, up to its edges: no icon for masks, which cut corners off.
func (s studio) icon(ctx context.Context) (image.Image, error) {
	_, pictures, err := s.paint(ctx, "teapot", chosen)
	if err != nil {
		return nil, err
	}
	m := canvas(2*cell, 2*cell)
	for i, p := range pictures {
		put(m, p, i%2*cell, i/2*cell)
	}
	return m, nil
}

// social is the picture that goes with links: 1200×630 pixels, the size that the Open Graph's readers ask for.
func (s studio) social(ctx context.Context) (image.Image, error) {
	m := canvas(1200, 630)
	const gap = 16
	left, top := (1200-8*cell-7*gap)/2, 172
	for row, sample := range []string{"sneaker", "teapot", "handbag"} {
		drawing, pictures, err := s.paint(ctx, sample, []int{0, 1, 2, 3, 4, 5, 6})
		if err != nil {
			return nil, err
		}
		for i, p := range append([]image.Image{drawing}, pictures...) {
			put(m, p, left+i*(cell+gap), top+row*(cell+gap))
		}
	}
	if err := write(m, gobold.TTF, 64, left, 84, "webmunit"); err != nil {
		return nil, err
	}
	return m, write(m, goregular.TTF, 32, left, 136, "Draw a thing. See it made, many ways. In your browser, without a server.")
}

func canvas(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	return m
}

func put(m draw.Image, p image.Image, x, y int) {
	draw.Draw(m, image.Rect(x, y, x+cell, y+cell), p, p.Bounds().Min, draw.Src)
}

func scaled(m image.Image, side int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(out, out.Rect, m, m.Bounds(), draw.Src, nil)
	return out
}

func write(m draw.Image, ttf []byte, size float64, x, y int, text string) error {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return err
	}
	defer face.Close()
	(&font.Drawer{Dst: m, Src: image.NewUniform(dark), Face: face, Dot: fixed.P(x, y)}).DrawString(text)
	return nil
}
