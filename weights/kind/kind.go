// Package kind tells files apart by how they begin, so that whoever is given the wrong one can be told what it is and what to do with it.
//
// What it exports may change with any version; runtime and weights are for other modules.
package kind

import (
	"bytes"
	"encoding/binary"
)

// Head is how many of a file's first bytes Of wants to see.
const Head = 512

// Kind is what a file is, with its article: "a web page".
type Kind string

// The kinds of file that people mistake for a model, a checkpoint or a config.
const (
	Unknown     Kind = ""
	Empty       Kind = "empty"
	Zeros       Kind = "nothing but zeros"
	WebPage     Kind = "a web page"
	LFSPointer  Kind = "a Git LFS pointer"
	Gzip        Kind = "compressed by gzip"
	Zip         Kind = "a zip file"
	SevenZip    Kind = "a 7z archive"
	Rar         Kind = "a RAR archive"
	Tar         Kind = "a tar archive"
	Pickle      Kind = "a Python pickle"
	Safetensors Kind = "a safetensors file"
	HDF5        Kind = "an HDF5 file (Keras)"
	Picture     Kind = "a picture"
	JSON        Kind = "JSON text"
)

var signatures = []struct {
	kind Kind
	at   int
	text string
}{
	{LFSPointer, 0, "version https://git-lfs.github.com/spec/"},
	{Gzip, 0, "\x1f\x8b"},
	{Zip, 0, "PK\x03\x04"},
	{SevenZip, 0, "7z\xbc\xaf\x27\x1c"},
	{Rar, 0, "Rar!\x1a\x07"},
	{Tar, 257, "ustar"},
	{HDF5, 0, "\x89HDF\r\n\x1a\n"},
	{Picture, 0, "\x89PNG\r\n\x1a\n"},
	{Picture, 0, "\xff\xd8\xff"},
	{Picture, 0, "GIF8"},
	{Picture, 8, "WEBP"},
	{Pickle, 0, "\x80\x02"},
	{Pickle, 0, "\x80\x03"},
	{Pickle, 0, "\x80\x04"},
	{Pickle, 0, "\x80\x05"},
}

// Of tells the kind of a file from its first bytes: Head of them, or all that it has.
func Of(start []byte) Kind {
	if len(start) == 0 {
		return Empty
	}
	for _, s := range signatures {
		if len(start) >= s.at && bytes.HasPrefix(start[s.at:], []byte(s.text)) {
			return s.kind
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(bytes.Trim(start, "\x00")) == 0:
		return Zeros
	case len(start) > 8 && start[8] == '{' && binary.LittleEndian.Uint64(start) < 1<<32:
		return Safetensors
	case bytes.HasPrefix(text, []byte("<")):
		return WebPage
	case bytes.HasPrefix(text, []byte("{")):
		return JSON
	}
	return Unknown
}

// Advice says what to do with a file of the kind in place of the one that was wanted; "" where that depends on what was wanted.
func (k Kind) Advice() string {
	switch k {
	case Empty, Zeros:
		return "the download or copy failed: fetch it again"
	case WebPage:
		return "the address leads to a page about the file, or to an error: download the file itself"
	case LFSPointer:
		return "the file itself is still on the server: run git lfs pull, or download it from the repository's page"
	case Gzip:
		return "unpack it first, with gunzip or tar -xzf"
	case SevenZip, Rar, Tar:
		return "unpack it first"
	}
	return ""
}

// Is reports what a file that is not as wanted is, with the advice: "it is a web page: ..."; "" if its kind says nothing.
func (k Kind) Is() string {
	if k == Unknown {
		return ""
	}
	if advice := k.Advice(); advice != "" {
		return "it is " + string(k) + ": " + advice
	}
	return "it is " + string(k)
}
