package jpegs_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture/jpegs"
)

var files = []string{"jpeg-3x1.jpg", "jpeg-3x1-progressive.jpg", "jpeg440-restart.jpg", "jpeg-cmyk420.jpg", "grey.jpg"}

func read(t testing.TB, name string) []byte {
	file, err := os.ReadFile("../testdata/" + name)
	require.NoError(t, err)
	return file
}

// decode decodes what is small.
func decode(file []byte) error {
	head, err := jpegs.Head(bytes.NewReader(file))
	if err != nil || head.Width*head.Height > 1<<16 {
		return err
	}
	_, err = jpegs.Decode(bytes.NewReader(file))
	return err
}

// TestDamaged: what is cut off is an error, and what is changed an error or a picture.
func TestDamaged(t *testing.T) {
	for _, name := range files {
		file := read(t, name)
		require.NoError(t, decode(file))
		for cut := range len(file) - 2 {
			_, err := jpegs.Decode(bytes.NewReader(file[:cut]))
			require.Error(t, err, "%s cut at %d", name, cut)
		}
		for at := range file {
			changed := bytes.Clone(file)
			changed[at] ^= byte(1 + at%255)
			_ = decode(changed)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range files {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, file []byte) { _ = decode(file) })
}
