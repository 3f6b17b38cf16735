package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testForm is a square of body (part 2) from 128 to 384 of 512 pixels, whose right half is folded back, with a strip of trim (part 5) and one of body
// (part 6) in its upper left.
func testForm() form {
	m := image.NewRGBA(image.Rect(0, 0, 512, 512))
	for y := 128; y < 384; y++ {
		for x := 128; x < 384; x++ {
			c := color.RGBA{128, 128, 2, 200}
			switch {
			case x >= 256:
				c.R = 255
			case y >= 160 && y < 192:
				c.B = 5
			case y >= 224 && y < 256:
				c.B = 6
			}
			m.SetRGBA(x, y, c)
		}
	}
	return form{m}
}

// TestPen: tones fill parts, ink goes where parts end, folds and lines between parts of one tone are left out if the pen says so, and lifting it leaves gaps.
func TestPen(t *testing.T) {
	draw := func(p pen) (drawing, mask *image.Gray) { return p.draw(testForm(), 128, random("pen test", 0)) }
	steady := pen{width: 8, inner: true, between: true}
	d, mask := draw(steady)
	at := func(m *image.Gray, x, y int) uint8 { return m.GrayAt(x, y).Y } // in the 128 pixels of a drawing
	assert.Equal(t, []uint8{255, trimTone, bodyTone}, []uint8{at(d, 16, 16), at(d, 50, 44), at(d, 80, 80)}, "ground, trim, body")
	assert.Less(t, at(d, 32, 80), uint8(60), "the outline")
	assert.Less(t, at(d, 50, 56), uint8(60), "between parts of one tone")
	assert.Less(t, at(d, 64, 80), uint8(60), "the fold")
	assert.Equal(t, []uint8{0, 255}, []uint8{at(mask, 16, 16), at(mask, 64, 64)})

	spare := steady
	spare.inner, spare.between = false, false
	d, _ = draw(spare)
	assert.Equal(t, []uint8{bodyTone, bodyTone}, []uint8{at(d, 64, 80), at(d, 50, 56)}, "no fold, no line in one tone")
	assert.Less(t, at(d, 50, 40), uint8(60), "tones are parted")

	one := steady
	one.plain = true
	d, _ = draw(one)
	assert.Equal(t, uint8(bodyTone), at(d, 50, 44), "trim as body")

	ink := func(m *image.Gray) (n int) {
		for _, v := range m.Pix {
			if v < 60 {
				n++
			}
		}
		return n
	}
	lifted, wide := steady, steady
	lifted.gaps, lifted.gap, wide.width = 4, 10, 16
	all, _ := draw(steady)
	d, _ = draw(lifted)
	assert.Less(t, ink(d), ink(all))
	d, _ = draw(wide)
	assert.Greater(t, ink(d), 3*ink(all)/2)

	p := choosePen(random("pen test", 1), 512)
	a, _ := draw(p)
	b, _ := draw(p)
	assert.Equal(t, a.Pix, b.Pix, "equal numbers, equal drawings")
	assert.NotEqual(t, all.Pix, a.Pix)
}

// TestWareTables: labels and kinds name what the page is asked for, in columns that the classifier reads, and nothing in trainA belongs to trainB.
func TestWareTables(t *testing.T) {
	w := &wares{options: options{output: t.TempDir(), train: 400, test: 50}}
	require.NoError(t, w.tables())
	labels, err := os.ReadFile(filepath.Join(w.output, "labels.csv"))
	require.NoError(t, err)
	kinds, err := os.ReadFile(filepath.Join(w.output, "kinds.csv"))
	require.NoError(t, err)
	thing, r := wareOf("B", 7)
	look := chooseWareLook(r)
	assert.Contains(t, string(labels), strings.Join([]string{"trainB/00007.png", thing.Kind, look.Finish, look.hue}, ",")+"\n")
	test, _ := wareOf("test", 3)
	assert.Contains(t, string(kinds), "testA/00003.png,"+test.Kind+","+test.family+"\n")
	for _, family := range []string{"shoe", "bag", "vessel", "hat"} {
		assert.Contains(t, string(kinds), ","+family+"\n")
	}
	a, _ := wareOf("A", 7)
	assert.NotEqual(t, a.Seed, thing.Seed)
	dark := 0
	for i := range 400 {
		_, r := wareOf("B", i)
		if chooseWareLook(r).Ground < "#8" {
			dark++
		}
	}
	assert.Zero(t, dark, "a dark ground would take a direction of the style code for itself")
}

// TestOneFamily: a data set of one family has the pictures that the whole one has of it, by the same numbers.
func TestOneFamily(t *testing.T) {
	w := &wares{options: options{only: "shoe"}}
	shoes := slices.Collect(w.all("test", 20))
	assert.Len(t, shoes, 20)
	for i := range shoes[19] + 1 {
		thing, _ := wareOf("test", i)
		assert.Equal(t, thing.family == "shoe", slices.Contains(shoes, i), i)
	}
	w.only = ""
	assert.Equal(t, []int{0, 1, 2}, slices.Collect(w.all("test", 3)))
	assert.Empty(t, slices.Collect(w.all("test", 0)))
	var log bytes.Buffer
	assert.Equal(t, 2, command(t.Context(), []string{"wares", "--only", "shoes", "--output", t.TempDir()}, &log, &log))
	assert.Contains(t, log.String(), "vessel, hat, bag or shoe")
}

// TestWaresRun makes a small data set twice, the second time after half of it was lost, in two browsers: the same bytes. It fetches packages at its first
// use, 100 MB, so it runs when asked to: MUNIT_TEST_WARES=1 go test ./tools/dataset -run Wares
func TestWaresRun(t *testing.T) {
	if os.Getenv("MUNIT_TEST_WARES") == "" {
		t.Skip("MUNIT_TEST_WARES=1 runs it")
	}
	dir := t.TempDir()
	run := func() map[string][]byte {
		var log bytes.Buffer
		require.Equal(t, 0, command(context.Background(), []string{"wares", "--output", dir, "--size", "32", "--train", "2", "--test", "1"}, &log, &log), log.String())
		files := map[string][]byte{}
		paths, err := filepath.Glob(filepath.Join(dir, "*", "*.png"))
		require.NoError(t, err)
		for _, p := range paths {
			files[p], err = os.ReadFile(p)
			require.NoError(t, err)
		}
		return files
	}
	first := run()
	assert.Len(t, first, 2+2+1+1+truths)
	lost := 0
	for p := range first {
		if strings.Contains(p, "00000") {
			require.NoError(t, os.Remove(p))
			lost++
		}
	}
	assert.Positive(t, lost)
	assert.Equal(t, first, run())

	o := options{log: &bytes.Buffer{}}
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	modules, err := packages(context.Background(), filepath.Join(cache, "webmunit", "dataset"), o.log)
	require.NoError(t, err)
	p, err := newPainter(context.Background(), modules, "wares/page.js")
	require.NoError(t, err)
	defer p.close()
	var about struct{ Kinds []string }
	require.NoError(t, json.Unmarshal(p.About, &about))
	for _, kind := range about.Kinds { // each is built and seen
		m, err := p.paint(ware{Kind: kind, Seed: 3, Side: 64}, 64)
		require.NoError(t, err, kind)
		seen := 0
		for i := 2; i < len(m.Pix); i += 4 {
			if m.Pix[i] > 0 {
				seen++
			}
		}
		assert.Greater(t, seen, 64*64/20, kind)
	}
}
