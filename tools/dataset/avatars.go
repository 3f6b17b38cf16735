package main

import (
	"context"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/replace"
)

//go:embed credits-avatars.md
var avatarCredits string

// truths is how many true pictures a test drawing has: the same avatar in other colours.
const truths = 8

// drawing is an avatar to paint, as painter.js takes it.
type drawing struct {
	Collection string         `json:"collection"`
	Options    map[string]any `json:"options"` // of the collection; what DiceBear leaves to chance goes by options' seed
	Colours    colours        `json:"colours"`
	Side       int            `json:"side"` // pixels
	Crisp      bool           `json:"crisp"`
}

// avatars makes the pictures of one data set.
type avatars struct {
	options
	painter *painter
	parts   map[string]map[string][]string // variants by collection and option
	finer   int                            // how many times as large lines are looked for
}

// makeAvatars draws avatars of DiceBear's collections, and makes ink drawings of others.
func makeAvatars(ctx context.Context, o options, modules string) error {
	if err := o.folders("trainA", "trainB", "testA", "testB", "testB_multi", "extraA", "pairsA", "pairsB"); err != nil {
		return err
	}
	p, err := newPainter(ctx, modules, "painter.js")
	if err != nil {
		return err
	}
	defer p.close()
	a := &avatars{options: o, painter: p, finer: max(4, (int(linesSide)+o.size-1)/o.size)}
	if err := json.Unmarshal(p.About, &a.parts); err != nil {
		return fmt.Errorf("the page that paints does not say what there is: %w", err)
	}
	if err := a.labels(); err != nil {
		return err
	}
	for _, set := range []struct {
		name string
		n    int
		make func(i int) error
	}{{"trainA", o.train, a.trainA}, {"trainB", o.train, a.trainB}, {"testA", o.test, a.test}, {"extraA", o.test, a.extra},
		{"pairsA", o.pairs, a.pair}} {
		if set.n == 0 {
			continue
		}
		bar := o.progress(set.name, set.n)
		for i := range set.n {
			if err := set.make(i); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return err
			}
			_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
		}
	}
	return o.finish(avatarCredits, upTo(o.test), func(i int) []string {
		all := []string{o.path("testB", i, "")}
		for k := 1; k < truths; k++ {
			all = append(all, o.path("testB_multi", i, fmt.Sprintf("_%d", k)))
		}
		return all
	})
}

func (a *avatars) trainA(i int) error {
	path := a.path("trainA", i, "")
	if exists(path) {
		return nil
	}
	r := random("avatar A", i)
	d := chooseLook(r, fmt.Sprintf("A%d", i), a.parts, false)
	return a.drawing(path, d, r)
}

func (a *avatars) trainB(i int) error {
	d, c := a.chooseB(i)
	return a.coloured(a.path("trainB", i, ""), d, c)
}

func (a *avatars) chooseB(i int) (drawing, colours) {
	r := random("avatar B", i)
	d := chooseLook(r, fmt.Sprintf("B%d", i), a.parts, false)
	return d, chooseColours(r)
}

// labels writes what is known of the pictures in trainB, for the classifier that munit eval scores with.
func (a *avatars) labels() error {
	return replace.File(filepath.Join(a.output, "labels.csv"), func(f io.Writer) error {
		w := csv.NewWriter(f)
		_ = w.Write([]string{"file", "collection", "ground"}) // Error tells
		for i := range a.train {
			d, c := a.chooseB(i)
			name := filepath.Base(a.path("trainB", i, ""))
			_ = w.Write([]string{"trainB/" + name, d.Collection, c.Ground})
		}
		w.Flush()
		return w.Error()
	})
}

// test makes a drawing and its true pictures. Every other one has parts that training does not see.
func (a *avatars) test(i int) error {
	r := random("avatar test", i)
	d := chooseLook(r, fmt.Sprintf("T%d", i), a.parts, i%2 == 1)
	if path := a.path("testA", i, ""); !exists(path) {
		if err := a.drawing(path, d, random("avatar pen", i)); err != nil {
			return err
		}
	}
	for k := range truths {
		path := a.path("testB", i, "")
		if k > 0 {
			path = a.path("testB_multi", i, fmt.Sprintf("_%d", k))
		}
		if err := a.coloured(path, d, chooseColours(r)); err != nil {
			return err
		}
	}
	return nil
}

// pair makes a drawing and one true picture of it, of parts that training sees.
func (a *avatars) pair(i int) error {
	r := random("avatar pair", i)
	d := chooseLook(r, fmt.Sprintf("P%d", i), a.parts, false)
	if path := a.path("pairsA", i, ""); !exists(path) {
		if err := a.drawing(path, d, random("avatar pair pen", i)); err != nil {
			return err
		}
	}
	return a.coloured(a.path("pairsB", i, ""), d, chooseColours(r))
}

// extra is line art as it comes, for a look at what becomes of other hands' drawings.
func (a *avatars) extra(i int) error {
	path := a.path("extraA", i, "")
	if exists(path) {
		return nil
	}
	white := []string{"ffffff"}
	m, err := a.painter.paint(drawing{Collection: others[i%len(others)], Side: 2 * a.size, Colours: colours{Ground: "ffffff"},
		Options: map[string]any{"seed": fmt.Sprintf("X%d", i), "topColor": []string{"000000"}, "baseColor": white}}, 2*a.size)
	if err != nil {
		return err
	}
	half := halved(m)
	grey := image.NewGray(half.Rect)
	for i := range grey.Pix {
		c := half.Pix[4*i:]
		grey.Pix[i] = uint8((int(c[0]) + int(c[1]) + int(c[2]) + 1) / 3)
	}
	return picture.WritePNG(path, grey)
}

// drawing makes a drawing of d in ink and flat tones, with pens that r chooses. Small pictures get relatively wide ones.
func (a *avatars) drawing(path string, d drawing, r *rand.Rand) error {
	d.Side, d.Crisp = a.size*a.finer, true
	var paintings []*image.RGBA
	for _, g := range garish {
		d.Colours = g
		m, err := a.painter.paint(d, d.Side)
		if err != nil {
			return err
		}
		paintings = append(paintings, m)
	}
	d.Colours = avatarTones
	if r.Float64() < 0.15 {
		d.Colours = plainTones
	}
	filled, err := a.painter.paint(d, d.Side)
	if err != nil {
		return err
	}
	unit := float64(d.Side) / linesSide
	pen := unit * max(1, math.Sqrt(128/float64(a.size)))
	edgePen, inkPen := (1.9+1.6*r.Float64())*pen, 1.4*r.Float64()*pen
	ink, edges := inkAndEdges(paintings)
	return picture.WritePNG(path, lines(inTones(filled), ink, edges, 1.5*unit+inkPen, edgePen, a.size))
}

// inTones is m in the tone next to each of its colours: white eyes and red mouths, too, are drawn in what pens there are.
func inTones(m *image.RGBA) *image.Gray {
	out := image.NewGray(m.Rect)
	for i := range out.Pix {
		c := m.Pix[4*i:]
		luma := 0.3*float64(c[0]) + 0.59*float64(c[1]) + 0.11*float64(c[2])
		for _, tone := range []uint8{255, bodyTone, trimTone, hairTone} {
			if math.Abs(luma-float64(tone)) < math.Abs(luma-float64(out.Pix[i])) {
				out.Pix[i] = tone
			}
		}
	}
	return out
}

func (a *avatars) coloured(path string, d drawing, c colours) error {
	if exists(path) {
		return nil
	}
	d.Side, d.Colours = 2*a.size, c
	m, err := a.painter.paint(d, d.Side)
	if err != nil {
		return err
	}
	return picture.WritePNG(path, halved(m))
}

// halved is m at half its size, opaque.
func halved(m *image.RGBA) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, m.Rect.Dx()/2, m.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			to, from := out.Pix[out.PixOffset(x, y):], m.Pix[m.PixOffset(2*x, 2*y):]
			for c := range 3 {
				to[c] = uint8((int(from[c]) + int(from[4+c]) + int(from[m.Stride+c]) + int(from[m.Stride+4+c]) + 2) / 4)
			}
			to[3] = 255
		}
	}
	return out
}
