//go:build !race

// Compressing takes minutes under the race detector, and has no goroutines of ours.

package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// unpack gives the files of an archive by name, and writes them into dir.
func unpack(t *testing.T, archive, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	keep := func(name string, mode fs.FileMode, r io.Reader) {
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, mode))
		files[name] = data
	}
	if filepath.Ext(archive) == ".zip" {
		z, err := zip.OpenReader(archive)
		require.NoError(t, err)
		defer z.Close()
		for _, f := range z.File {
			r, err := f.Open()
			require.NoError(t, err)
			keep(f.Name, f.Mode(), r)
			r.Close()
		}
		return files
	}
	f, err := os.Open(archive)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		require.NoError(t, err)
		keep(h.Name, fs.FileMode(h.Mode), r)
	}
}

// requirePage: munit serve, without a word more, shows the page that was unpacked with it, and the page paints. A picture of it goes to path.
func requirePage(t *testing.T, munit, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, munit, "serve", "--addr", "127.0.0.1:0")
	cmd.Dir = t.TempDir() // where there is no page
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(line)
	require.NotEmpty(t, url, line)

	browser, closeAll, err := chromium.Start(ctx, chromium.Options{Flags: []string{"--window-size=1280,1000"}})
	require.NoError(t, err)
	defer closeAll()
	require.NoError(t, chromedp.Do(browser, chromedp.Navigate(url+"?device=cpu&seed=7")))
	for state := ""; state != "ready"; time.Sleep(100 * time.Millisecond) {
		state, err = chromedp.Run(browser, chromedp.Evaluate[string](`document.documentElement.dataset.state ?? ""`))
		require.NoError(t, err)
		require.NotEqual(t, "error", state)
	}
	require.NoError(t, chromium.Screenshot(browser, path))
}

// TestReleasedProgramAndPackage installs from what is released: the program in a bare folder, which translates a picture and shows the page, and the npm package.
func TestReleasedProgramAndPackage(t *testing.T) {
	needs.Time(t)
	needs.Browser(t)
	archive, binary := ".tar.gz", "munit"
	if runtime.GOOS == "windows" {
		archive, binary = ".zip", "munit.exe"
	}
	here, out := runtime.GOOS+"-"+runtime.GOARCH, filepath.Join(t.TempDir(), "release")
	said, code := releaseInto(t, "--version", "v0.2.1-rc.1", "--out", out, "--only", here+",windows-amd64,npm")
	require.Zero(t, code, said)

	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	bare, folder := t.TempDir(), "munit-v0.2.1-rc.1-"+here
	files := unpack(t, filepath.Join(out, folder+archive), bare)
	assert.Contains(t, string(files[folder+"/licences.txt"]), "github.com/gogpu/wgpu")
	munit := filepath.Join(bare, folder, binary)
	version, err := exec.Command(munit, "--version").CombinedOutput()
	require.NoError(t, err, "%s", version)
	assert.True(t, strings.HasPrefix(string(version), "munit v0.2.1-rc.1, commit "), "%s", version)
	assert.Contains(t, string(version), "with SIMD")
	assert.Contains(t, string(files[folder+"/completions/munit.bash"]), "__start_munit")
	assert.Contains(t, string(files[folder+"/man/munit-translate.1"]), "munit translate --model M")
	translated, err := exec.Command(munit, "translate", "--device", "cpu", "--model", filepath.Join(bare, folder, "site/models/wares.munit.safetensors"),
		"--input", filepath.Join(root, "site/samples/wares/sneaker.png"), "--output", bare).CombinedOutput()
	require.NoError(t, err, "%s", translated)
	assert.FileExists(t, filepath.Join(bare, "sneaker-000.png"))
	requirePage(t, munit, filepath.Join(root, "out/screenshots/release.png"))

	files = unpack(t, filepath.Join(out, "munit-v0.2.1-rc.1-windows-amd64.zip"), t.TempDir())
	assert.Equal(t, "MZ", string(files["munit-v0.2.1-rc.1-windows-amd64/munit.exe"][:2]), "a program for Windows")

	assert.Contains(t, files, "munit-v0.2.1-rc.1-windows-amd64/completions/munit.ps1")

	const npm = "webmunit-0.2.1-rc.1.tgz"
	files = unpack(t, filepath.Join(out, npm), bare)
	var manifest struct {
		Version, Main, Types string
	}
	require.NoError(t, json.Unmarshal(files["package/package.json"], &manifest))
	assert.Equal(t, "0.2.1-rc.1", manifest.Version)
	for _, name := range []string{manifest.Main, manifest.Types, "munit.wasm", "munit-worker.js", "models/wares.munit.safetensors", "README.md", "LICENSE"} {
		assert.Contains(t, files, "package/"+name)
	}
	assert.NotContains(t, files, "package/index.html")

	sums, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
	require.NoError(t, err)
	for _, name := range []string{folder + archive, npm} {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		assert.Contains(t, string(sums), fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name))
	}
}
