package data

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// write puts a picture of one grey at path.
func write(t *testing.T, path string, w, h int, grey uint8) {
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{grey, grey, grey, 255})
		}
	}
	require.NoError(t, picture.WritePNG(path, m))
}

func batches(t *testing.T, f *Feed, n int) [][]float32 {
	var all [][]float32
	for range n {
		b, err := f.Next(t.Context())
		require.NoError(t, err)
		all = append(all, b)
	}
	return all
}

// TestOrderGoesBySeedAndIterationAlone: neither the workers nor where reading began matters, and each round shows every picture once.
func TestOrderGoesBySeedAndIterationAlone(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.png", i)), 20, 20, uint8(40*i))
	}
	paths, err := Folder(dir)
	require.NoError(t, err)
	o := Options{Size: 20, Height: 16, Width: 16, Channels: 1, Seed: 5}
	one := NewFeed(paths, o, 2, 0, 1)
	defer one.Close()
	want := batches(t, one, 9)
	for from := range 4 {
		f := NewFeed(paths, o, 2, from, 3)
		require.Equal(t, want[from:], batches(t, f, 9-from))
		f.Close()
	}
	for round := range 3 {
		seen := map[float32]bool{}
		for _, b := range want[3*round : 3*round+3] {
			seen[b[0]], seen[b[16*16]] = true, true
		}
		assert.Len(t, seen, 6, "round %d", round)
	}
	o.Seed = 6
	other := NewFeed(paths, o, 2, 0, 1)
	defer other.Close()
	assert.NotEqual(t, want, batches(t, other, 9))
}

// TestBadPictureGivesItsTurnAway: the order is the same whether a picture is known to be bad or not.
func TestBadPictureGivesItsTurnAway(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.png", i)), 20, 20, uint8(60*i))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2.png"), []byte("no picture"), 0o644))
	paths, err := Folder(dir)
	require.NoError(t, err)
	o := Options{Height: 8, Width: 8, Channels: 1}
	one, late := NewFeed(paths, o, 1, 0, 1), NewFeed(paths, o, 1, 5, 2)
	defer one.Close()
	defer late.Close()
	require.Equal(t, batches(t, one, 12)[5:], batches(t, late, 7))
	assert.Equal(t, 1, one.Bad.Count())
	assert.ErrorIs(t, one.Bad.All()[paths[2]], picture.ErrNotPicture)
}

func TestResizeAndCrop(t *testing.T) {
	for _, c := range []struct{ w, h, size, wantW, wantH int }{
		{100, 50, 20, 40, 20},  // reduced
		{640, 427, 64, 95, 64}, // torchvision cuts off what is left of a pixel
		{10, 15, 20, 20, 30},   // enlarged
		{30, 19, 20, 31, 20},   // here too
		{30, 60, 0, 30, 60},    // as it is
		{8, 40, 0, 16, 80},     // enlarged for the crop
		{64, 96, 12, 16, 24},   // reduced less than Size says, for the crop
		{7, 96, 12, 16, 219},   // enlarged more
		{13, 9, 10, 17, 12},    // and for its height
		{96, 7, 0, 164, 12},
	} {
		path := filepath.Join(t.TempDir(), "p.png")
		write(t, path, c.w, c.h, 255)
		o := Options{Size: c.size, Height: 12, Width: 16, Channels: 3}
		m, err := o.read(t.Context(), path)
		require.NoError(t, err)
		assert.Equal(t, image.Pt(c.wantW, c.wantH), m.Rect.Size(), "%+v", c)
		values, err := o.Picture(t.Context(), path)
		require.NoError(t, err)
		require.Len(t, values, o.Values())
		for _, v := range values {
			require.Equal(t, float32(1), v)
		}
	}
}

// TestCropFitsAnyPicture: whatever a picture's size, a crop of any size comes out of it whole, or the picture is named.
func TestCropFitsAnyPicture(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		m := image.NewNRGBA(image.Rect(0, 0, 1+r.IntN(40), 1+r.IntN(40)))
		o := Options{Size: r.IntN(3) * r.IntN(30), Height: 1 + r.IntN(40), Width: 1 + r.IntN(40), Channels: 1}
		fitted, err := o.resize(m)
		require.NoError(t, err)
		for _, crop := range []func() ([]float32, error){
			func() ([]float32, error) { return o.augmented(fitted, r) },
			func() ([]float32, error) { return o.middle(fitted) },
		} {
			values, err := crop()
			require.NoError(t, err)
			require.Len(t, values, o.Values(), "%v of %v", o, m.Rect)
		}
	}
	path := filepath.Join(t.TempDir(), "thread.png")
	write(t, path, 1, 16384, 255)
	o := Options{Size: 256, Height: 256, Width: 256, Channels: 3} // 4 GiB would be needed
	_, err := o.Picture(t.Context(), path)
	require.ErrorIs(t, err, picture.ErrTooLarge)
	assert.ErrorContains(t, err, path)
}

func TestFlip(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		m.SetNRGBA(i%3, i/3, color.NRGBA{uint8(i * 50), 0, 255, 255})
	}
	o := Options{Height: 2, Width: 3, Channels: 3}
	plain, err := o.crop(m, 0, 0, false)
	require.NoError(t, err)
	flipped, err := o.crop(m, 0, 0, true)
	require.NoError(t, err)
	for i, v := range plain {
		assert.Equal(t, v, flipped[i/3*3+2-i%3])
	}
	assert.Equal(t, float32(-1), plain[0])
	assert.Equal(t, float32(1), plain[12])
}

// TestPaths finds pictures by folder names and by lists, as NVlabs' configs name them.
func TestPaths(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"trainA/1.png", "trainA/deep/2.PNG", "trainA/.hidden/3.png", "trainB/1.jpg", "testB/x.webp", "pool/p.png", "pool/q.png"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o644))
	}
	c := nvlabs.Training{DataRoot: root}
	sets, err := Paths(c, "")
	require.NoError(t, err)
	assert.Len(t, sets[0], 2)
	assert.Len(t, sets[1], 1)
	assert.Nil(t, sets[2])
	assert.Len(t, sets[3], 1)

	require.NoError(t, os.WriteFile(filepath.Join(root, "list.txt"), []byte("./q.png\n\np.png\n"), 0o644))
	c.Lists[0] = nvlabs.List{Folder: "pool", File: "list.txt"}
	c.Lists[1] = nvlabs.List{Folder: "pool", File: "missing.txt"}
	for _, at := range []string{"", root} {
		again, err := Paths(c, at)
		require.NoError(t, err)
		assert.Equal(t, sets, again, "data_root counts where it is there, whatever lists say")
	}
	c.DataRoot = ""
	_, err = Paths(c, root)
	assert.ErrorIs(t, err, os.ErrNotExist)
	c.Lists[1] = nvlabs.List{Folder: "pool"}
	sets, err = Paths(c, root)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(root, "pool", "q.png"), filepath.Join(root, "pool", "p.png")}, sets[0])
	assert.Len(t, sets[1], 2)

	// As Python's os.path.join has it, and without the mark that some editors put first.
	elsewhere := filepath.Join(t.TempDir(), "x.png")
	require.NoError(t, os.WriteFile(filepath.Join(root, "mixed.txt"), []byte("\ufeffp.png\r\n"+elsewhere+"  \n"), 0o644))
	mixed, err := List(filepath.Join(root, "pool"), filepath.Join(root, "mixed.txt"))
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(root, "pool", "p.png"), elsewhere}, mixed)

	_, err = Paths(nvlabs.Training{}, filepath.Join(root, "nowhere"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.Mkdir(filepath.Join(root, "empty"), 0o755))
	c.Lists[0] = nvlabs.List{Folder: "empty"}
	_, err = Paths(c, root)
	assert.ErrorIs(t, err, ErrNoPictures)
}
