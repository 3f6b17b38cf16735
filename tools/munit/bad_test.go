package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// pngOfSize is the head of a PNG that claims a size.
func pngOfSize(w, h uint32) []byte {
	chunk := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(chunk))
}

// TestBadTranslations: each is refused with what, where and a hint, and leaves no file and no directory behind.
func TestBadTranslations(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o644))
		return path
	}
	model := tiny(t, nil)
	whole, err := os.ReadFile(model)
	require.NoError(t, err)
	drawing, err := os.ReadFile("testdata/drawing.png")
	require.NoError(t, err)
	damaged := func(from, to string) []byte {
		require.True(t, bytes.Contains(whole, []byte(from)), from)
		return bytes.Replace(whole, []byte(from), []byte(to), 1)
	}
	oneWay := tiny(t, func(m *weights.Model) *weights.Model {
		one, err := m.Only(weights.A2B)
		require.NoError(t, err)
		return one
	})
	onePixel, empty := filepath.Join(dir, "1x1.png"), filepath.Join(dir, "empty")
	writePNG(t, onePixel, image.NewGray(image.Rect(0, 0, 1, 1)))
	require.NoError(t, os.Mkdir(empty, 0o755))
	const in = "testdata/drawing.png"

	for name, c := range map[string]struct {
		code int
		says []string
		args []string
	}{
		"no model":             {2, []string{"--model is missing"}, []string{"--input", in}},
		"no input":             {2, []string{"--input is missing"}, []string{"--model", model}},
		"missing model":        {1, []string{"there is no model at nowhere.safetensors", "munit convert"}, []string{"--model", "nowhere.safetensors", "--input", in}},
		"checkpoint":           {1, []string{"gen.pt is a PyTorch checkpoint", "munit convert --checkpoint"}, []string{"--model", nvlabsData + "gen.pt", "--input", in}},
		"old checkpoint":       {1, []string{"gen_legacy.pt is a PyTorch checkpoint"}, []string{"--model", nvlabsData + "gen_legacy.pt", "--input", in}},
		"not a model":          {1, []string{"text.txt", "not a munit model"}, []string{"--model", file("text.txt", []byte("hello, this is no model")), "--input", in}},
		"empty model":          {1, []string{"empty.safetensors"}, []string{"--model", file("empty.safetensors", nil), "--input", in}},
		"directory as model":   {1, []string{empty, "not a munit model"}, []string{"--model", empty, "--input", in}},
		"truncated model":      {1, []string{"short.safetensors", "truncated"}, []string{"--model", file("short.safetensors", whole[:len(whole)/2]), "--input", in}},
		"wrong version":        {1, []string{"version"}, []string{"--model", file("v9.safetensors", damaged(`"version":"1"`, `"version":"9"`)), "--input", in}},
		"huge header":          {1, []string{"header"}, []string{"--model", file("huge.safetensors", append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, whole[8:]...)), "--input", in}},
		"missing input":        {1, []string{"no-such.png"}, []string{"--model", model, "--input", in, "no-such.png"}},
		"empty directory":      {1, []string{"holds no pictures"}, []string{"--model", model, "--input", empty}},
		"no match":             {1, []string{"no file matches"}, []string{"--model", model, "--input", filepath.Join(dir, "*.jpg")}},
		"not a picture":        {1, []string{"text.png", "not a picture", "PNG, JPEG, WebP, GIF or BMP"}, []string{"--model", model, "--input", file("text.png", []byte("hello"))}},
		"none a picture":       {1, []string{"2 of 2 pictures could not be read", "empty.png", "not a picture"}, []string{"--model", model, "--input", file("empty.png", nil), filepath.Join(dir, "text.png")}},
		"0x0":                  {1, []string{"0x0.png"}, []string{"--model", model, "--input", file("0x0.png", pngOfSize(0, 0))}},
		"1x1":                  {1, []string{"1x1.png", "too small", "1×1 pixels"}, []string{"--model", model, "--input", onePixel}},
		"20000x20000":          {1, []string{"big.png", "too large", "20000×20000 pixels"}, []string{"--model", model, "--input", file("big.png", pngOfSize(20000, 20000))}},
		"truncated picture":    {1, []string{"cut.png", "damaged or cut off"}, []string{"--model", model, "--input", file("cut.png", drawing[:len(drawing)/2])}},
		"truncated style":      {1, []string{"cut.png", "damaged or cut off"}, []string{"--model", model, "--input", in, "--style", filepath.Join(dir, "cut.png")}},
		"small style":          {1, []string{"1x1.png", "too small"}, []string{"--model", model, "--input", in, "--style", onePixel}},
		"missing style":        {1, []string{"no-such.png"}, []string{"--model", model, "--input", in, "--style", "no-such.png"}},
		"no styles":            {2, []string{"--styles is 0"}, []string{"--model", model, "--input", in, "--styles", "0"}},
		"styles below zero":    {2, []string{"--styles is -3"}, []string{"--model", model, "--input", in, "--styles", "-3"}},
		"styles in words":      {2, []string{"--styles", "many"}, []string{"--model", model, "--input", in, "--styles", "many"}},
		"long style code":      {2, []string{"--style-code has 5 values", "give 4 numbers"}, []string{"--model", model, "--input", in, "--style-code", "1,2,3,4,5"}},
		"short style code":     {2, []string{"--style-code has 1 values"}, []string{"--model", model, "--input", in, "--style-code", "1"}},
		"empty style code":     {2, []string{"--style-code"}, []string{"--model", model, "--input", in, "--style-code", ""}},
		"style code in words":  {2, []string{`value 2, "two"`}, []string{"--model", model, "--input", in, "--style-code", "1,two,3,4"}},
		"style code NaN":       {2, []string{"value 1", "not a number"}, []string{"--model", model, "--input", in, "--style-code", "NaN,0,0,0"}},
		"style code of hex":    {2, []string{"value 1", "not a number"}, []string{"--model", model, "--input", in, "--style-code", "0x1p3,0,0,0"}},
		"style code too large": {1, []string{"too large", "a value of 1e+38"}, []string{"--model", model, "--input", in, "--style-code", "0,1e38,0,0"}},
		"two ways of style":    {2, []string{"--style and --style-code"}, []string{"--model", model, "--input", in, "--style-code", "1,2,3,4", "--style", in}},
		"many of one style":    {2, []string{"--styles 2"}, []string{"--model", model, "--input", in, "--style", in, "--styles", "2"}},
		"unknown direction":    {2, []string{`"c2d"`, "a2b or b2a"}, []string{"--model", model, "--input", in, "--direction", "c2d"}},
		"lacking direction":    {2, []string{"--direction b2a", "it can do a2b"}, []string{"--model", oneWay, "--input", in, "--direction", "b2a"}},
		"unknown device":       {2, []string{`"tpu"`}, []string{"--model", model, "--input", in, "--device", "tpu"}},
		"negative size":        {2, []string{"--size is -1"}, []string{"--model", model, "--input", in, "--size", "-1"}},
		"tiny size":            {2, []string{"--size 4 is too small"}, []string{"--model", model, "--input", in, "--size", "4"}},
		"negative seed":        {2, []string{"--seed"}, []string{"--model", model, "--input", in, "--seed", "-1"}},
		"sheet of what":        {2, []string{"--sheet", "PNG"}, []string{"--model", model, "--input", in, "--sheet", filepath.Join(dir, "out", "sheet.jpg")}},
		"sheet on a result":    {2, []string{"--sheet"}, []string{"--model", model, "--input", in, "--sheet", filepath.Join(dir, "out", "drawing-000.png")}},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, "out", "deeper")
			if name == "sheet on a result" {
				out = filepath.Join(dir, "out")
			}
			requireError(t, munit(t, append([]string{"translate", "--output", out, "--device", "cpu"}, c.args...)...), c.code, c.says...)
			assert.NoDirExists(t, filepath.Join(dir, "out"))
		})
	}
	requireError(t, munit(t, "translate", "--model", model, "--input", in), 2, "--output is missing")
}

// TestBadPicturesAmongGood: each is named, the others are translated and shown, and the exit code tells.
func TestBadPicturesAmongGood(t *testing.T) {
	dir := t.TempDir()
	drawing := must(os.ReadFile("testdata/drawing.png"))
	bad := map[string][]byte{"a-text.png": []byte("hello"), "b-cut.png": drawing[:len(drawing)/2], "c-big.png": pngOfSize(20000, 20000), "e-empty.jpg": nil}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "in"), 0o755))
	for name, data := range bad {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in", name), data, 0o644))
	}
	for _, name := range []string{"d-good.png", "f-good.png"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in", name), drawing, 0o644))
	}
	writePNG(t, filepath.Join(dir, "in", "g-small.png"), image.NewGray(image.Rect(0, 0, 1, 1)))
	out, sheet := filepath.Join(dir, "out"), filepath.Join(dir, "sheet.png")
	r := munit(t, "translate", "--model", tiny(t, nil), "--input", filepath.Join(dir, "in"), "--output", out, "--styles", "2", "--sheet", sheet, "--device", "cpu")
	requireError(t, r, 1, "5 of 7 pictures could not be read")
	for _, name := range []string{"a-text.png", "b-cut.png", "c-big.png", "e-empty.jpg", "g-small.png"} {
		assert.Regexp(t, `(?m)^skipped: .*`+name+": ", r.stderr)
	}
	assert.Contains(t, r.stderr, "4 pictures in "+out)
	assert.Equal(t, []string{"d-good-000.png", "d-good-001.png", "f-good-000.png", "f-good-001.png"}, files(t, out))
	assert.Greater(t, readPNG(t, sheet).Rect.Dx(), 3*16)
}

// TestNothingIsLost: a result that would take the place of a file that is read is refused, and a file in the way stays.
func TestNothingIsLost(t *testing.T) {
	model, dir := tiny(t, nil), t.TempDir()
	drawing, err := os.ReadFile("testdata/drawing.png")
	require.NoError(t, err)
	for _, name := range []string{"a.png", "a-000.png"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), drawing, 0o644))
	}
	requireError(t, munit(t, "translate", "--model", model, "--input", dir, "--output", dir), 1, "a-000.png is read by this run")
	requireError(t, munit(t, "translate", "--model", model, "--input", filepath.Join(dir, "a.png"), "--output", filepath.Join(dir, "a.png")), 1, "output directory", "a.png")
	requireError(t, munit(t, "translate", "--model", model, "--input", filepath.Join(dir, "a.png"), "--output", filepath.Join(dir, "a.png", "x")), 1, "output directory")
	requireError(t, munit(t, "translate", "--model", model, "--input", filepath.Join(dir, "a.png"), "--output", filepath.Join(dir, "new"), "--sheet", filepath.Join(dir, "a.png")), 1, "a.png is read by this run")
	assert.Equal(t, []string{"a-000.png", "a.png"}, files(t, dir))
	for _, name := range []string{"a.png", "a-000.png"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, drawing, got)
	}
}
