// Package ort fetches onnxruntime-web, which tests and benchmarks hold webmunit against. The product does not use it.
package ort

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Version is that of onnxruntime-web.
const Version = "1.30.0"

const (
	tarball = "https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-" + Version + ".tgz"
	// integrity is the SHA-512 that npm's registry states for the tarball.
	integrity = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
	// most bounds what one file of the tarball may unpack to.
	most = 64 << 20
)

// Install returns the directory that holds onnxruntime-web's ES modules and wasm files, below the user's cache directory, and fetches them
// if they are not there, some 30 MB. log hears of a download before it begins. What is fetched is checked before it is kept.
func Install(ctx context.Context, log func(format string, args ...any)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory for onnxruntime-web (%w): set HOME", err)
	}
	dir := filepath.Join(cache, "webmunit", "onnxruntime-web-"+Version)
	if _, err := os.Stat(dir); err == nil { // renamed into place, so whole
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	log("fetching onnxruntime-web %s, 30 MB, into %s", Version, dir)
	fresh, err := os.MkdirTemp(filepath.Dir(dir), ".fetching-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	if err := fetch(ctx, fresh); err != nil {
		return "", fmt.Errorf("onnxruntime-web cannot be fetched from %s: %w; check the network and try again", tarball, err)
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, there := os.Stat(dir); there == nil { // another process was quicker
			return dir, nil
		}
		return "", err
	}
	return dir, nil
}

func fetch(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, tarball, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	sum := sha512.New()
	body := io.TeeReader(response.Body, sum)
	if err := unpack(body, dir); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != integrity {
		return fmt.Errorf("its SHA-512 is %s, not %s", got, integrity)
	}
	return nil
}

// unpack keeps what a browser loads: the modules and wasm files of dist/.
func unpack(tgz io.Reader, dir string) error {
	plain, err := gzip.NewReader(tgz)
	if err != nil {
		return err
	}
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		in, name := path.Split(header.Name)
		if in != "package/dist/" || !strings.HasSuffix(name, ".mjs") && !strings.HasSuffix(name, ".wasm") {
			continue
		}
		if err := write(filepath.Join(dir, name), io.LimitReader(files, most)); err != nil {
			return err
		}
	}
}

func write(name string, data io.Reader) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, data)
	return errors.Join(err, f.Close())
}
