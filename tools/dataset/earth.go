package main

import (
	"context"
	_ "embed"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/webmunit/webmunit/runtime/picture"
)

//go:embed credits-earth.md
var earthCredits string

// earth is the whole earth in plate carrée, mapWidth×mapHeight pixels, north at the top.
type earth struct {
	satellite, chart *image.NRGBA
	land             *image.Gray // 255 where all of a pixel is land
}

const (
	mapWidth, mapHeight = 4096, 2048
	perDegree           = mapWidth / 360.0 // pixels
	stripeDegrees       = 20
)

// testStripes are the stripes of longitude, from -180° on, that training never sees.
var testStripes = []int{5, 11, 17}

// makeEarth cuts squares out of a map and of a satellite picture of the earth, turned and mirrored at random.
func makeEarth(ctx context.Context, o options, modules string) error {
	e, err := openEarth(modules)
	if err != nil {
		return err
	}
	if err := o.folders("trainA", "trainB", "testA", "testB", "pairsA", "pairsB"); err != nil {
		return err
	}
	for _, set := range []struct {
		name, seed string
		from       *image.NRGBA
		n          int
	}{{"trainA", "earth A", e.chart, o.train}, {"trainB", "earth B", e.satellite, o.train},
		{"testA", "earth test", e.chart, o.test}, {"testB", "earth test", e.satellite, o.test},
		{"pairsA", "earth pair", e.chart, o.pairs}, {"pairsB", "earth pair", e.satellite, o.pairs}} {
		if set.n == 0 {
			continue
		}
		bar := o.progress(set.name, set.n)
		for i := range set.n {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			_ = bar.Add(1)
			path := o.path(set.name, i, "")
			if exists(path) {
				continue
			}
			v := e.choose(random(set.seed, i), o.size, set.seed == "earth test")
			if err := picture.WritePNG(path, v.cut(set.from, o.size)); err != nil {
				return err
			}
		}
	}
	return o.finish(earthCredits, upTo(o.test), func(i int) []string { return []string{o.path("testB", i, "")} })
}

func openEarth(modules string) (*earth, error) {
	pictures := filepath.Join(modules, "three-globe", "example", "img")
	satellite, err := picture.Open(filepath.Join(pictures, "earth-blue-marble.jpg"))
	if err != nil {
		return nil, err
	}
	topology, err := picture.Open(filepath.Join(pictures, "earth-topology.png"))
	if err != nil {
		return nil, err
	}
	e := &earth{satellite: scaled(satellite), land: image.NewGray(image.Rect(0, 0, mapWidth, mapHeight)), chart: image.NewNRGBA(image.Rect(0, 0, mapWidth, mapHeight))}
	if err := drawLand(e.land, filepath.Join(modules, "world-atlas", "land-10m.json")); err != nil {
		return nil, err
	}
	heights := scaled(topology)
	for y := range mapHeight {
		for x := range mapWidth {
			h := math.Sqrt(max(float64(color.GrayModel.Convert(heights.NRGBAAt(x, y)).(color.Gray).Y)-6, 0) / 150)
			e.chart.SetNRGBA(x, y, mix(sea, tint(h), float64(e.land.GrayAt(x, y).Y)/255))
		}
	}
	return e, nil
}

// sea and tints are an atlas's colours, these of heights from the lowest to the highest. On maps in grey, whichever way, unpaired training painted
// land as sea: nothing in a coast's form tells its sides apart, and colours do.
var (
	sea   = color.NRGBA{72, 128, 190, 255}
	tints = []color.NRGBA{{112, 158, 96, 255}, {208, 190, 124, 255}, {148, 104, 68, 255}, {250, 250, 250, 255}}
)

// tint is the colour of land at height h, of 0 to 1.
func tint(h float64) color.NRGBA {
	at := min(h, 1) * float64(len(tints)-1)
	i := min(int(at), len(tints)-2)
	return mix(tints[i], tints[i+1], at-float64(i))
}

// mix goes from a to b with t from 0 to 1.
func mix(a, b color.NRGBA, t float64) color.NRGBA {
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*t)) }
	return color.NRGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 255}
}

func scaled(m image.Image) *image.NRGBA {
	to := image.NewNRGBA(image.Rect(0, 0, mapWidth, mapHeight))
	if m.Bounds().Size() == to.Rect.Size() {
		draw.Draw(to, to.Rect, m, m.Bounds().Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(to, to.Rect, m, m.Bounds(), draw.Src, nil)
	}
	return to
}

// view is a square piece of the earth.
type view struct {
	lon, lat, half float64 // degrees; half is half its height
	turn           float64 // radians
	flip           bool
}

// choose takes a view with a coast in it, of the test stripes or well away from them, evenly over the earth's surface between 56° south and 66° north.
func (e *earth) choose(r *rand.Rand, size int, test bool) view {
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	for {
		v := view{half: between(2.9, 5.6) * math.Sqrt(float64(size)/64), turn: between(0, 2*math.Pi), flip: r.IntN(2) == 1}
		v.lat = math.Asin(between(math.Sin(-56*math.Pi/180), math.Sin(66*math.Pi/180))) * 180 / math.Pi
		v.lon = between(-170, 170)
		if test {
			v.lon = -180 + stripeDegrees*float64(pick(r, testStripes)) + between(0, stripeDegrees)
		}
		reach := v.half * math.Sqrt2 / math.Cos(v.lat*math.Pi/180)
		near := isTest(v.lon-reach) || isTest(v.lon+reach) || isTest(v.lon)
		if v.lon-reach < -179 || v.lon+reach > 179 || !test && near {
			continue
		}
		if share := e.landShare(v); share > 0.12 && share < 0.9 {
			return v
		}
	}
}

func isTest(lon float64) bool {
	return slices.Contains(testStripes, int((lon+180)/stripeDegrees))
}

// landShare is about how much of v is land.
func (e *earth) landShare(v view) float64 {
	x, y, h := int((v.lon+180)*perDegree), int((90-v.lat)*perDegree), int(v.half*perDegree)
	at := image.Rect(x-h, y-h, x+h, y+h).Intersect(e.land.Rect)
	sum := 0
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			sum += int(e.land.GrayAt(x, y).Y)
		}
	}
	return float64(sum) / 255 / float64(max(at.Dx()*at.Dy(), 1))
}

// cut draws v out of from, corrected for its latitude: size×size pixels, each the mean of four.
func (v view) cut(from *image.NRGBA, size int) image.Image {
	const finer = 2
	n := float64(size * finer)
	scale := 2 * v.half * perDegree / n // of a fine pixel to the map's
	widen := 1 / math.Cos(v.lat*math.Pi/180)
	sin, cos := math.Sincos(v.turn)
	mirror := 1.0
	if v.flip {
		mirror = -1
	}
	// From the cut to the map: x = a·u + b·w, y = c·u + d·w from the middle; draw wants the way back.
	a, b := mirror*cos*scale*widen, -sin*scale*widen
	c, d := mirror*sin*scale, cos*scale
	det := a*d - b*c
	x, y := (v.lon+180)*perDegree, (90-v.lat)*perDegree
	back := f64.Aff3{d / det, -b / det, n/2 - (d*x-b*y)/det, -c / det, a / det, n/2 - (a*y-c*x)/det}
	fine := image.NewRGBA(image.Rect(0, 0, size*finer, size*finer))
	draw.BiLinear.Transform(fine, back, from, from.Rect, draw.Src, nil)
	out := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var sum [3]int
			for i := range finer * finer {
				p := fine.Pix[fine.PixOffset(finer*px+i%finer, finer*py+i/finer):]
				for k := range sum {
					sum[k] += int(p[k])
				}
			}
			q := out.Pix[out.PixOffset(px, py):]
			for k, s := range sum {
				q[k] = uint8((s + finer*finer/2) / (finer * finer))
			}
			q[3] = 255
		}
	}
	return out
}
