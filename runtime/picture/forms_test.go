//go:build !js

package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"

	"github.com/webmunit/webmunit/runtime/picture"
)

// mostDifferent is the largest difference of two opaque pictures of one size, in grey levels.
func mostDifferent(t *testing.T, a, b image.Image) int {
	p, q := onWhite(a), onWhite(b)
	require.Equal(t, p.Rect, q.Rect)
	most := 0
	for i := range p.Pix {
		most = max(most, int(p.Pix[i])-int(q.Pix[i]), int(q.Pix[i])-int(p.Pix[i]))
	}
	return most
}

// TestColoursOfOthers: pixels are those of libjpeg-turbo and libwebp, as the PNGs hold them, whatever the size at which colour is stored. Our own
// decoder of rare JPEGs gives them to the bit.
func TestColoursOfOthers(t *testing.T) {
	for name, most := range map[string]int{"jpeg420.jpg": 2, "jpeg422.jpg": 2, "jpeg411.jpg": 2,
		"jpeg440.jpg": 0, "jpeg440-restart.jpg": 0, "jpeg-3x1.jpg": 0, "jpeg-3x1-progressive.jpg": 0, "jpeg-odd.jpg": 0, "jpeg-rgb420.jpg": 0,
		"lossy.webp": 0, "alpha-lossy.webp": 1, "anim.webp": 0, "anim-lossy.webp": 0} {
		want := open(t, "testdata/"+strings.TrimSuffix(name, filepath.Ext(name))+".png")
		assert.LessOrEqual(t, mostDifferent(t, want, open(t, "testdata/"+name)), most, name)
		size, err := picture.Check("testdata/" + name)
		require.NoError(t, err)
		assert.Equal(t, want.Bounds().Size(), size)
	}
	inks := open(t, "testdata/jpeg-cmyk420.png").(*image.NRGBA) // its channels are the inks, as Pillow gives them
	assert.True(t, bytes.Equal(inks.Pix, open(t, "testdata/jpeg-cmyk420.jpg").(*image.CMYK).Pix))
}

func write(t *testing.T, name string, data []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o644))
	return path
}

// TestFirstFrames: an animation is its first frame, in its place.
func TestFirstFrames(t *testing.T) {
	m := open(t, "testdata/anim.webp")
	size, err := picture.Check("testdata/anim.webp")
	require.NoError(t, err)
	assert.Equal(t, size, m.Bounds().Size())

	palette := color.Palette{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}}
	first, second := image.NewPaletted(image.Rect(2, 3, 6, 6), palette), image.NewPaletted(image.Rect(0, 0, 9, 8), palette)
	for i := range second.Pix {
		second.Pix[i] = 1
	}
	var file bytes.Buffer
	require.NoError(t, gif.EncodeAll(&file, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
		Config: image.Config{ColorModel: palette, Width: 9, Height: 8}}))
	m = open(t, write(t, "a.gif", file.Bytes()))
	require.Equal(t, image.Rect(0, 0, 9, 8), m.Bounds())
	flat := onWhite(m)
	assert.Equal(t, color.NRGBA{255, 0, 0, 255}, flat.NRGBAAt(2, 3))
	assert.Equal(t, color.NRGBA{255, 255, 255, 255}, flat.NRGBAAt(1, 3))

	webp, err := os.ReadFile("testdata/anim.webp")
	require.NoError(t, err)
	at := bytes.Index(webp, []byte("ANMF"))
	webp[at+8+2] = 0xff // far to the right
	_, err = picture.Open(write(t, "out.webp", webp))
	assert.ErrorIs(t, err, picture.ErrDamaged)
	for cut := at; cut < at+40; cut++ {
		_, err = picture.Open(write(t, "cut.webp", webp[:cut]))
		assert.ErrorIs(t, err, picture.ErrDamaged)
	}
}

func TestBMP(t *testing.T) {
	want := open(t, "testdata/upright.png")
	var file bytes.Buffer
	require.NoError(t, bmp.Encode(&file, onWhite(want)))
	assert.Zero(t, mostDifferent(t, want, open(t, write(t, "a.bmp", file.Bytes()))))
	assert.Contains(t, picture.Extensions, ".bmp")
	binary.LittleEndian.PutUint32(file.Bytes()[30:], 1) // run-length coding
	_, err := picture.Open(write(t, "rle.bmp", file.Bytes()))
	assert.ErrorIs(t, err, picture.ErrUnsupported)
}

// TestRareKindsAreNoDamage: what no decoder here knows is named as that.
func TestRareKindsAreNoDamage(t *testing.T) {
	file, err := os.ReadFile("testdata/jpeg-3x1.jpg")
	require.NoError(t, err)
	frame := bytes.Index(file, []byte{0xff, 0xc0})
	for what, change := range map[string]func(){
		"sampling ratio": func() { file[frame+11], file[frame+14] = 0x31, 0x21 },
		"12 bits":        func() { file[frame+4] = 12 },
		"marker 0xc9":    func() { file[frame+1] = 0xc9 }, // arithmetic coding
	} {
		whole := bytes.Clone(file)
		change()
		_, err = picture.Open(write(t, "rare.jpg", file))
		require.ErrorIs(t, err, picture.ErrUnsupported, what)
		require.NotErrorIs(t, err, picture.ErrDamaged)
		file = whole
	}
}

// manyScans is a progressive JPEG whose first scan is repeated.
func manyScans(t *testing.T, n, length int) []byte {
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 4096, 4096)), nil))
	data := bytes.Clone(file.Bytes())
	sof := bytes.Index(data, []byte{0xff, 0xc0})
	data[sof+1] = 0xc2
	sos := bytes.Index(data, []byte{0xff, 0xda})
	head := data[sos : sos+10] // of one component: length 8
	head[8] = 0                // the spectrum's end: DC only
	scan := append(bytes.Clone(head), make([]byte, length)...)
	out := bytes.Clone(data[:sos])
	for range n {
		out = append(out, scan...)
	}
	return append(out, 0xff, 0xd9)
}

// TestManyScans: a JPEG that goes over its pixels again and again is refused at once, and a decode ends when it is told to.
func TestManyScans(t *testing.T) {
	path := write(t, "long.jpg", manyScans(t, 20000, 2))
	start := time.Now()
	_, err := picture.Open(path)
	require.ErrorIs(t, err, picture.ErrTooLarge)
	assert.ErrorContains(t, err, "scans")
	assert.Less(t, time.Since(start), 5*time.Second)

	path = write(t, "some.jpg", manyScans(t, 15, 4096/8*4096/8*2/8))
	ctx := &ending{Context: t.Context(), asked: 200}
	_, err = picture.OpenContext(ctx, path)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Less(t, ctx.after, 20, "nothing more is read")
}

// ending is a context that ends when it has been asked so many times.
type ending struct {
	context.Context
	asked, after int
}

func (c *ending) Err() error {
	if c.asked--; c.asked >= 0 {
		return nil
	}
	c.after++
	return context.Canceled
}
