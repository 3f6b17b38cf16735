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

// TestColoursOfOthers: pixels are those of libjpeg-turbo, as the PNGs hold them, whatever the size at which colour is stored.
func TestColoursOfOthers(t *testing.T) {
	// Of jpeg440 one level of Go's inverse DCT, in luma and in chroma (times 1.772), makes 3.
	for name, most := range map[string]int{"jpeg420": 2, "jpeg422": 2, "jpeg440": 3, "jpeg411": 2} {
		assert.LessOrEqual(t, mostDifferent(t, open(t, "testdata/"+name+".png"), open(t, "testdata/"+name+".jpg")), most, name)
	}
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
	_, err := picture.Open("testdata/jpeg-3x1.jpg")
	require.ErrorIs(t, err, picture.ErrUnsupported)
	require.NotErrorIs(t, err, picture.ErrDamaged)
	assert.ErrorContains(t, err, "subsampling ratio")
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
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start = time.Now()
	_, err = picture.OpenContext(ctx, path)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(start), 5*time.Second)
}
