//go:build !js

package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/draw"

	"github.com/webmunit/webmunit/runtime/picture"
)

// onWhite flattens m.
func onWhite(m image.Image) *image.NRGBA {
	b := m.Bounds()
	flat := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, m, b.Min, draw.Over)
	return flat
}

// meanDifference is the average difference of two pictures of one size, in grey levels.
func meanDifference(t *testing.T, a, b image.Image) float64 {
	t.Helper()
	p, q := onWhite(a), onWhite(b)
	require.Equal(t, p.Rect, q.Rect)
	sum := 0.0
	for i := range p.Pix {
		sum += math.Abs(float64(p.Pix[i]) - float64(q.Pix[i]))
	}
	return sum / float64(len(p.Pix))
}

func open(t *testing.T, path string) image.Image {
	t.Helper()
	m, err := picture.Open(path)
	require.NoError(t, err)
	return m
}

func TestFormsOfOnePicture(t *testing.T) {
	want := open(t, "testdata/upright.png")
	for name, most := range map[string]float64{"rotated.jpg": 4, "rotated.webp": 4, "rotated.png": 0, "cmyk.jpg": 4, "alpha.webp": 2, "alpha-lossy.webp": 4} {
		got := open(t, filepath.Join("testdata", name))
		assert.LessOrEqual(t, meanDifference(t, want, got), most, name)
	}
	grey := image.NewGray(want.Bounds())
	draw.Draw(grey, grey.Rect, want, image.Point{}, draw.Src)
	assert.LessOrEqual(t, meanDifference(t, grey, open(t, "testdata/grey.jpg")), 2.0)
}

// withOrientation puts an EXIF segment with an orientation into a JPEG.
func withOrientation(file []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	mark := map[binary.AppendByteOrder]string{binary.BigEndian: "MM", binary.LittleEndian: "II"}
	exif := append([]byte("Exif\x00\x00"), mark[order]...)
	exif = order.AppendUint16(exif, 42)
	exif = order.AppendUint32(exif, 8) // where the first directory begins
	exif = order.AppendUint16(exif, 1) // its entries
	exif = order.AppendUint16(exif, 0x0112)
	exif = order.AppendUint16(exif, 3) // SHORT
	exif = order.AppendUint32(exif, 1)
	exif = order.AppendUint16(exif, orientation)
	exif = order.AppendUint16(exif, 0)
	exif = order.AppendUint32(exif, 0) // no further directory
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(head, exif...), file[2:]...)
}

// TestOrientations checks where the stored picture's corner goes under each of EXIF's eight orientations.
func TestOrientations(t *testing.T) {
	stored := image.NewNRGBA(image.Rect(0, 0, 48, 32)) // red top left, green top right, blue bottom left, black bottom right
	for y := range 32 {
		for x := range 48 {
			c := [2][2]color.NRGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {0, 0, 0, 255}}}[y/16][x/24]
			stored.SetNRGBA(x, y, c)
		}
	}
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, stored, &jpeg.Options{Quality: 95}))
	corners := map[uint16]string{ // read as text: top left, top right, bottom left, bottom right (EXIF 2.32, tag 274)
		0: "rgbk", 1: "rgbk", 2: "grkb", 3: "kbgr", 4: "bkrg", 5: "rbgk", 6: "brkg", 7: "kgbr", 8: "gkrb", 9: "rgbk",
	}
	for orientation, want := range corners {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			path := filepath.Join(t.TempDir(), "a.jpg")
			require.NoError(t, os.WriteFile(path, withOrientation(file.Bytes(), order, orientation), 0o644))
			m := open(t, path)
			b := m.Bounds()
			wide := orientation < 5 || orientation > 8
			assert.Equal(t, wide, b.Dx() == 48 && b.Dy() == 32, orientation)
			got := ""
			for _, at := range []image.Point{{4, 4}, {b.Dx() - 4, 4}, {4, b.Dy() - 4}, {b.Dx() - 4, b.Dy() - 4}} {
				r, g, bl, _ := m.At(at.X, at.Y).RGBA()
				switch {
				case r > 0x8000:
					got += "r"
				case g > 0x8000:
					got += "g"
				case bl > 0x8000:
					got += "b"
				default:
					got += "k"
				}
			}
			assert.Equal(t, want, got, "orientation %d, %v", orientation, order)
		}
	}
}

// pngOfSize is the head of a PNG that claims a size, which is all that a refusal should need.
func pngOfSize(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	file = append(file, chunk...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(chunk))
}

func TestBadPictures(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile("testdata/upright.png")
	require.NoError(t, err)
	photo, err := os.ReadFile("testdata/rotated.jpg")
	require.NoError(t, err)
	webp, err := os.ReadFile("testdata/rotated.webp")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		data []byte
		is   error
		says string
	}{
		"text.png":     {[]byte("not a picture"), picture.ErrNotPicture, ""},
		"empty.png":    {nil, picture.ErrNotPicture, ""},
		"cut.png":      {good[:len(good)/2], picture.ErrDamaged, "png"},
		"cuthead.png":  {good[:20], picture.ErrDamaged, ""},
		"cut.jpg":      {photo[:len(photo)/2], picture.ErrDamaged, "jpeg"},
		"cut.webp":     {webp[:len(webp)/2], picture.ErrDamaged, ""},
		"zero.png":     {pngOfSize(0, 0), picture.ErrDamaged, ""},
		"huge.png":     {pngOfSize(20000, 20000), picture.ErrTooLarge, "20000×20000 pixels"},
		"long.png":     {pngOfSize(20000, 1), picture.ErrTooLarge, "16384 a side"},
		"megas.png":    {pngOfSize(10000, 10000), picture.ErrTooLarge, "64 million pixels"},
		"overflow.png": {pngOfSize(1<<31-1, 1<<31-1), nil, ""},
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, c.data, 0o644))
		_, err := picture.Open(path)
		require.Error(t, err, name)
		if c.is != nil {
			assert.ErrorIs(t, err, c.is, name)
		}
		assert.ErrorContains(t, err, path)
		assert.ErrorContains(t, err, c.says)
		assert.NotContains(t, err.Error(), "\n", name)
	}
	_, err = picture.Open(filepath.Join(dir, "missing.png"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = picture.Open(dir)
	assert.ErrorIs(t, err, picture.ErrNotPicture)
}

// TestDamagedMetadataIsIgnored: pictures whose EXIF is nonsense are still pictures.
func TestDamagedMetadataIsIgnored(t *testing.T) {
	photo, err := os.ReadFile("testdata/rotated.jpg")
	require.NoError(t, err)
	at := bytes.Index(photo, []byte("Exif\x00\x00"))
	require.Positive(t, at)
	for i := range 26 {
		for _, v := range []byte{0x00, 0x7f, 0xff} {
			broken := bytes.Clone(photo)
			broken[at+6+i] = v
			path := filepath.Join(t.TempDir(), "a.jpg")
			require.NoError(t, os.WriteFile(path, broken, 0o644))
			open(t, path)
		}
	}
}

func TestWritePNGLeavesWhatWasThereOnFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	require.NoError(t, picture.WritePNG(path, image.NewNRGBA(image.Rect(0, 0, 3, 2))))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Error(t, picture.WritePNG(path, image.NewNRGBA(image.Rect(0, 0, 0, 0)))) // PNG has no empty pictures
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no partial file stays")
	require.Error(t, picture.WritePNG(filepath.Join(dir, "missing", "a.png"), image.NewNRGBA(image.Rect(0, 0, 1, 1))))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	c, err := png.DecodeConfig(f)
	require.NoError(t, err)
	assert.Equal(t, 3, c.Width)
}
