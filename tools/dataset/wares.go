package main

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"image"
	"io"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/replace"
)

//go:embed credits-wares.md
var wareCredits string

type wareKind struct{ name, family string }

// wareKinds are the things that the page builds, as often as they are drawn; family is what tests tell apart, as the paper does.
var wareKinds = []wareKind{
	{"vase", "vessel"}, {"mug", "vessel"}, {"teapot", "vessel"}, {"bowl", "vessel"}, {"bottle", "vessel"}, {"jug", "vessel"}, {"hat", "hat"},
	{"satchel", "bag"}, {"satchel", "bag"}, {"tote", "bag"}, {"bowling", "bag"}, {"bucket", "bag"},
	{"sneaker", "shoe"}, {"sneaker", "shoe"}, {"boot", "shoe"}, {"boot", "shoe"}, {"pump", "shoe"}, {"pump", "shoe"},
}

func isFamily(name string) bool {
	return slices.ContainsFunc(wareKinds, func(k wareKind) bool { return k.family == name })
}

// ware is what the page is asked for: a kind of thing, of which seed says all measures, and a look. Without a look it gives the thing's form.
type ware struct {
	Kind string    `json:"kind"`
	Seed uint32    `json:"seed"`
	Side int       `json:"side"` // pixels
	Look *wareLook `json:"look,omitempty"`

	family string
}

// wareLook is everything about a picture but the thing. Colours are #rrggbb.
type wareLook struct {
	Finish     string  `json:"finish"`
	Pattern    string  `json:"pattern"` // of the body, in the second colour
	Seed       uint32  `json:"seed"`    // of the pattern
	Body       string  `json:"body"`
	Second     string  `json:"second"`
	Trim       string  `json:"trim"`
	TrimFinish string  `json:"trimFinish"`
	Ground     string  `json:"ground"`
	Light      float64 `json:"light"` // from the left (-1) to the right (1)

	hue string // the body's colour in a word
}

func chooseWare(r *rand.Rand) ware {
	k := pick(r, wareKinds)
	return ware{Kind: k.name, Seed: r.Uint32(), family: k.family}
}

// Colours are named, so that a classifier can learn them.
var (
	bodyColours = []struct{ name, colour string }{
		{"red", "#b8323a"}, {"red", "#d65a4a"}, {"orange", "#d9822b"}, {"yellow", "#e2b93b"}, {"yellow", "#efd27a"}, {"green", "#4f8f4a"}, {"green", "#9dbf5a"},
		{"teal", "#2f8f83"}, {"teal", "#7cc4b8"}, {"blue", "#2f5fa8"}, {"blue", "#6fa3d8"}, {"violet", "#6b4a9c"}, {"violet", "#a98ad0"}, {"pink", "#d9689a"},
		{"pink", "#f0a8be"}, {"brown", "#7a4a2e"}, {"brown", "#b48a5f"}, {"white", "#f2eee6"}, {"black", "#2a2a2e"},
	}
	trimColours  = []string{"#f6f0e2", "#ffffff", "#26262a", "#5a3a28", "#c79a5b", "#9a9aa2", "#27405f", "#8c2f39"}
	wareGrounds  = []string{"#ffffff", "#ffffff", "#ffffff", "#f4f1ea", "#e3ebf5", "#f7e3da", "#e2f1e7", "#fbf0cf"}
	wareFinishes = []string{"glossy", "glossy", "satin", "matte", "metal"}
	// Most are plain: a style code of a few numbers has no room for dots.
	warePatterns = []string{"plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain",
		"dip", "dip", "dip", "speckle", "speckle", "band", "band", "stripes", "dots"}
)

func chooseWareLook(r *rand.Rand) wareLook {
	body, second := pick(r, bodyColours), pick(r, bodyColours)
	l := wareLook{Finish: pick(r, wareFinishes), Pattern: pick(r, warePatterns), Seed: r.Uint32(), Body: varied(r, body.colour), Second: second.colour,
		Trim: pick(r, trimColours), TrimFinish: pick(r, []string{"satin", "satin", "glossy", "metal"}), Ground: pick(r, wareGrounds), Light: 2*r.Float64() - 1,
		hue: body.name}
	if r.Float64() < 0.5 {
		l.Second = pick(r, trimColours)
	}
	if r.Float64() < 0.35 {
		l.Trim = pick(r, bodyColours).colour
	}
	return l
}

// varied is a colour like c.
func varied(r *rand.Rand, c string) string {
	var rgb [3]int
	if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return c
	}
	all := 24*r.Float64() - 12
	for i := range rgb {
		rgb[i] = min(255, max(0, rgb[i]+int(all+16*r.Float64()-8)))
	}
	return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2])
}

// wares makes the pictures of one data set.
type wares struct {
	options
	painter *painter
}

// makeWares builds vessels, bags, shoes and hats, and makes drawings of some and pictures of others.
func makeWares(ctx context.Context, o options, modules string) error {
	if err := o.folders("trainA", "trainB", "testA", "testB", "testB_multi", "testMask", "pairsA", "pairsB"); err != nil {
		return err
	}
	p, err := newPainter(ctx, modules, "wares/page.js")
	if err != nil {
		return err
	}
	defer p.close()
	w := &wares{o, p}
	if err := w.tables(); err != nil {
		return err
	}
	for _, set := range []struct {
		name, seed string
		n          int
		make       func(i int) error
	}{{"trainA", "A", o.train, w.trainA}, {"trainB", "B", o.train, w.trainB}, {"testA", "test", o.test, w.test}, {"pairsA", "pair", o.pairs, w.pair}} {
		if set.n == 0 {
			continue
		}
		bar := o.progress(set.name, set.n)
		for i := range w.all(set.seed, set.n) {
			if err := set.make(i); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return err
			}
			_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
		}
	}
	tests := slices.Collect(w.all("test", o.test))
	return o.finish(wareCredits, tests, func(i int) (all []string) {
		for k := range truths {
			all = append(all, w.truth(i, k))
		}
		return all
	})
}

func (w *wares) truth(i, k int) string {
	if k == 0 {
		return w.path("testB", i, "")
	}
	return w.path("testB_multi", i, fmt.Sprintf("_%d", k))
}

// all are the numbers of the first n pictures of a set, of the family that is asked for: a picture has one number, with or without others beside it.
func (w *wares) all(set string, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; n > 0; i++ {
			if thing, _ := wareOf(set, i); w.only != "" && thing.family != w.only {
				continue
			}
			if n--; !yield(i) {
				return
			}
		}
	}
}

// What picture i of a set shows, and with what: the source goes on with the pen's or the look's numbers.
func wareOf(set string, i int) (ware, *rand.Rand) {
	r := random("ware "+set, i)
	return chooseWare(r), r
}

func (w *wares) trainA(i int) error {
	thing, r := wareOf("A", i)
	return w.drawing(w.path("trainA", i, ""), "", thing, r)
}

func (w *wares) trainB(i int) error {
	thing, r := wareOf("B", i)
	return w.coloured(w.path("trainB", i, ""), thing, chooseWareLook(r))
}

// test makes a drawing, the thing's place on it, and its true pictures.
func (w *wares) test(i int) error {
	thing, r := wareOf("test", i)
	if err := w.drawing(w.path("testA", i, ""), w.path("testMask", i, ""), thing, random("ware pen", i)); err != nil {
		return err
	}
	for k := range truths {
		if err := w.coloured(w.truth(i, k), thing, chooseWareLook(r)); err != nil {
			return err
		}
	}
	return nil
}

// pair makes a drawing and one true picture of it.
func (w *wares) pair(i int) error {
	thing, r := wareOf("pair", i)
	if err := w.drawing(w.path("pairsA", i, ""), "", thing, random("ware pair pen", i)); err != nil {
		return err
	}
	return w.coloured(w.path("pairsB", i, ""), thing, chooseWareLook(r))
}

// tables writes labels.csv, of the pictures in trainB, for the classifier that munit eval scores with; and kinds.csv, what the test drawings show.
func (w *wares) tables() error {
	labels, kinds := [][]string{{"file", "kind", "finish", "colour"}}, [][]string{{"file", "kind", "family"}}
	for i := range w.all("B", w.train) {
		thing, r := wareOf("B", i)
		look := chooseWareLook(r)
		labels = append(labels, []string{"trainB/" + filepath.Base(w.path("trainB", i, "")), thing.Kind, look.Finish, look.hue})
	}
	for i := range w.all("test", w.options.test) {
		thing, _ := wareOf("test", i)
		kinds = append(kinds, []string{"testA/" + filepath.Base(w.path("testA", i, "")), thing.Kind, thing.family})
	}
	for name, rows := range map[string][][]string{"labels.csv": labels, "kinds.csv": kinds} {
		err := replace.File(filepath.Join(w.output, name), func(f io.Writer) error { return csv.NewWriter(f).WriteAll(rows) })
		if err != nil {
			return err
		}
	}
	return nil
}

// finerThan is the least side, in pixels, of the form that a drawing is made of.
const finerThan = 512

// drawing makes a drawing of a thing with a pen that r chooses, and, unless mask is "", a picture of where the thing is on it.
func (w *wares) drawing(path, mask string, thing ware, r *rand.Rand) error {
	if exists(path) && (mask == "" || exists(mask)) {
		return nil
	}
	thing.Side = w.size * ((finerThan + w.size - 1) / w.size)
	m, err := w.painter.paint(thing, thing.Side)
	if err != nil {
		return err
	}
	drawing, place := choosePen(r, thing.Side).draw(form{m}, w.size, r)
	if mask != "" {
		if err := picture.WritePNG(mask, place); err != nil {
			return err
		}
	}
	return picture.WritePNG(path, drawing)
}

func (w *wares) coloured(path string, thing ware, look wareLook) error {
	if exists(path) {
		return nil
	}
	thing.Side, thing.Look = w.size, &look
	m, err := w.painter.paint(thing, thing.Side)
	if err != nil {
		return err
	}
	out := image.NewNRGBA(m.Rect)
	copy(out.Pix, m.Pix) // opaque
	return picture.WritePNG(path, out)
}
