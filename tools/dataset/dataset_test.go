package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, 0, "go run ./tools/dataset avatars"},
		{nil, 2, "say avatars, earth or wares"},
		{[]string{"moon"}, 2, "say avatars, earth or wares"},
		{[]string{"earth"}, 2, "--output"},
		{[]string{"earth", "--output", "o", "--size", "63"}, 2, "--size"},
		{[]string{"earth", "--output", "o", "more"}, 2, "more"},
	} {
		var out bytes.Buffer
		assert.Equal(t, c.code, command(context.Background(), c.args, &out, &out), c.args)
		assert.Contains(t, out.String(), c.says)
	}
}

// TestLand draws a square island with a lake across the date line, of two arcs, one of them taken backwards.
func TestLand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "land.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"transform": {"scale": [1, 1], "translate": [0, 0]},
		"arcs": [[[160, 20], [40, 0], [0, -40]], [[160, 20], [0, -40], [40, 0]], [[175, 5], [0, -10], [10, 0], [0, 10], [-10, 0]]],
		"objects": {"land": {"geometries": [{"type": "Polygon", "arcs": [[0, -2], [2]]}]}}}`), 0o644))
	land := image.NewGray(image.Rect(0, 0, 360, 180))
	require.NoError(t, drawLand(land, path))
	for at, want := range map[image.Point]uint8{{350, 75}: 255, {5, 75}: 255, {359, 90}: 0, {2, 90}: 0, {330, 90}: 0, {30, 90}: 0, {180, 90}: 0} {
		assert.Equal(t, want, land.GrayAt(at.X, at.Y).Y, "%v", at)
	}
	require.NoError(t, os.WriteFile(path, []byte(`{"objects": {"land": {"geometries": [{"type": "Polygon", "arcs": [[7]]}]}}}`), 0o644))
	assert.ErrorContains(t, drawLand(land, path), "arc 7 of 0")
}

// TestCut: the middle of a cut is the view's place, whichever way it is turned, and its scale is what half says.
func TestCut(t *testing.T) {
	from := image.NewNRGBA(image.Rect(0, 0, mapWidth, mapHeight))
	v := view{lon: 20, lat: 40, half: 4, turn: 1, flip: true}
	x, y := int((v.lon+180)*perDegree), int((90-v.lat)*perDegree)
	for dy := -12; dy <= 12; dy++ {
		for dx := -16; dx <= 16; dx++ { // about as wide as high, corrected for the latitude
			from.SetNRGBA(x+dx, y+dy, color.NRGBA{255, 255, 255, 255})
		}
	}
	m := v.cut(from, 64).(*image.NRGBA)
	assert.Equal(t, uint8(255), m.NRGBAAt(32, 32).R)
	white := 0
	for i := 0; i < len(m.Pix); i += 4 {
		white += int(m.Pix[i])
	}
	pixel := 2 * v.half * perDegree / 64 // of the map
	assert.InEpsilon(t, 25*33*math.Cos(v.lat*math.Pi/180)/(pixel*pixel), float64(white)/255, 0.05)
}

// TestHeldOutPartsStayOut: no variant is both in training and held out, and the choice depends on the variants alone.
func TestHeldOutPartsStayOut(t *testing.T) {
	variants := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"}
	known, held := split(variants)
	assert.Len(t, held, 2)
	assert.ElementsMatch(t, variants, append(slices.Clone(known), held...))
	slices.Reverse(variants)
	again, _ := split(variants)
	assert.Equal(t, known, again)
}

// TestLines: a dark bar is ink, a change of colour that both paintings do not share is an edge, and a speck is neither.
func TestLines(t *testing.T) {
	const side = 512
	paint := func(half color.RGBA) *image.RGBA {
		m := image.NewRGBA(image.Rect(0, 0, side, side))
		for i := range side * side {
			c := color.RGBA{255, 255, 255, 255}
			x, y := i%side, i/side
			switch {
			case x >= 100 && x < 110:
				c = color.RGBA{A: 255}
			case x >= 300:
				c = half
			case x > 200 && x < 204 && y > 200 && y < 204:
				c = half
			}
			m.SetRGBA(x, y, c)
		}
		return m
	}
	out := lines(inked(paint(color.RGBA{255, 255, 255, 255}), paint(color.RGBA{255, 200, 0, 255})))
	assert.Less(t, out.GrayAt(105/8, 30).Y, uint8(128), "the bar")
	assert.Less(t, out.GrayAt(300/8, 30).Y, uint8(200), "the edge")
	assert.Equal(t, uint8(255), out.GrayAt(202/8, 202/8).Y, "the speck")
	assert.Equal(t, uint8(255), out.GrayAt(60, 30).Y)
}

func inked(paintings ...*image.RGBA) (sheet *image.Gray, ink, edges bitmap, inkPen, edgePen float64, size int) {
	ink, edges = inkAndEdges(paintings)
	return inTones(paintings[0]), ink, edges, 2, 3, 64
}

// TestTones: colours get the tone next to them, and what is drawn in a tone keeps it.
func TestTones(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 5, 1))
	for x, c := range []color.RGBA{{255, 255, 255, 255}, {220, 214, 200, 255}, {168, 168, 168, 255}, {200, 30, 30, 255}, {0, 0, 0, 255}} {
		m.SetRGBA(x, 0, c)
	}
	assert.Equal(t, []uint8{255, bodyTone, trimTone, hairTone, 0}, inTones(m).Pix)
}

// TestPagePensHaveTheseTones: what a visitor draws with is what training saw.
func TestPagePensHaveTheseTones(t *testing.T) {
	for model, tones := range map[string][]uint8{"wares": {0, bodyTone, trimTone}, "avatars": {0, bodyTone, hairTone, trimTone}} {
		file, err := os.ReadFile(filepath.Join("..", "..", "site", "samples", model, "samples.json"))
		require.NoError(t, err)
		var samples struct {
			Materials struct {
				Pens []struct{ Colour string }
				Fill string
			}
		}
		require.NoError(t, json.Unmarshal(file, &samples))
		var pens, want []string
		for _, pen := range samples.Materials.Pens {
			pens = append(pens, pen.Colour)
		}
		for _, tone := range tones {
			want = append(want, "#"+grey(tone))
		}
		assert.Equal(t, want, pens, model)
		assert.Equal(t, "#"+grey(bodyTone), samples.Materials.Fill, model)
	}
}
