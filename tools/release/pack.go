package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// packed is a file of an archive: data, or what is at path.
type packed struct {
	name, path string
	data       []byte
	mode       fs.FileMode
}

func (p packed) read() ([]byte, error) {
	if p.data != nil {
		return p.data, nil
	}
	return os.ReadFile(p.path)
}

// stamped is when all files of all archives were changed: an archive says nothing of the machine and the hour it was made on. ZIP knows no earlier day.
var stamped = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// write makes the archive name in the release's folder.
func (r *release) write(name string, pack func(io.Writer, []packed) error, files []packed) (string, error) {
	f, err := os.Create(filepath.Join(r.out, name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := pack(f, files); err != nil {
		return "", err
	}
	return name, f.Close()
}

func tarred(w io.Writer, files []packed) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		data, err := f.read()
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(data)), ModTime: stamped, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func zipped(w io.Writer, files []packed) error {
	archive := zip.NewWriter(w)
	for _, f := range files {
		data, err := f.read()
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: stamped}
		header.SetMode(f.mode)
		file, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := file.Write(data); err != nil {
			return err
		}
	}
	return archive.Close()
}
