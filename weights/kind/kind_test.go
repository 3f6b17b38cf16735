package kind_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/webmunit/webmunit/weights/kind"
)

func TestOf(t *testing.T) {
	for start, want := range map[string]kind.Kind{
		"": kind.Empty, "\x00\x00\x00": kind.Zeros,
		"\ufeff\r\n <!DOCTYPE html>": kind.WebPage, "<?xml version=\"1.0\"?><Error>": kind.WebPage,
		"version https://git-lfs.github.com/spec/v1\noid sha256:": kind.LFSPointer,
		"\x1f\x8b\x08": kind.Gzip, "PK\x03\x04": kind.Zip, "7z\xbc\xaf\x27\x1c": kind.SevenZip, "Rar!\x1a\x07\x01": kind.Rar,
		"\x80\x02}": kind.Pickle, "\x80\x05}": kind.Pickle, "\x89HDF\r\n\x1a\n": kind.HDF5,
		"\x89PNG\r\n\x1a\n": kind.Picture, "RIFF\x10\x00\x00\x00WEBPVP8 ": kind.Picture,
		"\x10\x00\x00\x00\x00\x00\x00\x00{\"x\"": kind.Safetensors, "{\"message\": \"Not Found\"}": kind.JSON,
		"gen:\n  dim: 64\n": kind.Unknown, "\x08\x08\x12\x08webmunit": kind.Unknown, "P": kind.Unknown,
	} {
		assert.Equal(t, want, kind.Of([]byte(start)), "%q", start)
	}
	assert.Contains(t, kind.LFSPointer.Is(), "it is a Git LFS pointer: ")
	assert.Equal(t, "it is a picture", kind.Picture.Is())
	assert.Empty(t, kind.Unknown.Is())
}
