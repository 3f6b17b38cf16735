package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

// builtSite is the site as a test's own build made it, once for all tests.
var builtSite struct {
	dir   string
	files []built
	err   error
}

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(m.Run()) // the site takes a while: siteDir leaves out what needs it
	}
	os.Exit(func() int {
		parent, err := os.MkdirTemp("", "site-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(parent)
		builtSite.dir = filepath.Join(parent, "dist")
		var root string
		if root, builtSite.err = filepath.Abs("../.."); builtSite.err == nil {
			builtSite.files, builtSite.err = build(context.Background(), root, builtSite.dir)
		}
		return m.Run()
	}())
}

// TestPageDoesNotTrain: kernels that only training needs are no part of the page's program, and of the checkup, which tries them all.
func TestPageDoesNotTrain(t *testing.T) {
	for name, want := range map[string]bool{"munit.wasm": false, "checkup.wasm": true} {
		program, err := os.ReadFile(filepath.Join(siteDir(t), name))
		require.NoError(t, err)
		for _, kernel := range []string{"conv_grad_weight.wgsl", "winograd_weights.wgsl", "adam.wgsl"} {
			source, err := os.ReadFile(filepath.Join("../../shaders", kernel))
			require.NoError(t, err)
			assert.Equal(t, want, bytes.Contains(program, source), "%s: %s", name, kernel)
		}
	}
}

// siteDir is the folder of the built site.
func siteDir(t *testing.T) string {
	t.Helper()
	needs.Time(t)
	require.NoError(t, builtSite.err)
	return builtSite.dir
}

func TestSiteIsComplete(t *testing.T) {
	dir := siteDir(t)
	for _, name := range []string{"index.html", "page.js", "bench.html", "bench.js", "bench.css", "checkup.wasm", "checkup-worker.js", "convert.html", "convert.js", "convert.css", "convert.wasm", "convert-worker.js", "munit.js", "munit.d.ts", "munit-worker.js", "munit.wasm", "munit.wasm.br", "munit.wasm.gz",
		"sw.js", "package.json", "licences.txt", "models/models.json", "models/avatars.NOTICE.txt", "samples/avatars/samples.json", "models/wares.NOTICE.txt", "samples/wares/samples.json"} {
		assert.FileExists(t, filepath.Join(dir, name))
	}
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".site-*"))
	require.NoError(t, err)
	assert.Empty(t, leftovers)
}

func TestCompressedFilesAreWholeAndCounted(t *testing.T) {
	dir := siteDir(t)
	for _, f := range builtSite.files {
		if f.name != "munit.js" {
			continue
		}
		plain, err := os.ReadFile(filepath.Join(dir, f.name))
		require.NoError(t, err)
		small, err := os.Open(filepath.Join(dir, f.name+".br"))
		require.NoError(t, err)
		defer small.Close()
		back, err := io.ReadAll(brotli.NewReader(small))
		require.NoError(t, err)
		assert.Equal(t, plain, back)
		assert.Equal(t, len(plain), f.raw)
		info, err := small.Stat()
		require.NoError(t, err)
		assert.EqualValues(t, info.Size(), f.brotli)
		return
	}
	t.Fatal("munit.js is not among the files reported")
}

func TestMemoryForgets(t *testing.T) {
	folder := t.TempDir()
	old, recent := filepath.Join(folder, "old.br"), filepath.Join(folder, "recent.br")
	for path, age := range map[string]time.Duration{old: forgetAfter + time.Hour, recent: time.Hour} {
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Now().Add(-age)))
	}
	forget(folder)
	assert.NoFileExists(t, old)
	assert.FileExists(t, recent)
}

func TestModelsAreListed(t *testing.T) {
	folder := filepath.Join(siteDir(t), "models")
	data, err := os.ReadFile(filepath.Join(folder, "models.json"))
	require.NoError(t, err)
	var list struct{ Models []modelEntry }
	require.NoError(t, json.Unmarshal(data, &list))
	require.NotEmpty(t, list.Models)
	for _, m := range list.Models {
		sum, err := fileSum(filepath.Join(folder, m.File))
		require.NoError(t, err)
		assert.Equal(t, sum, m.SHA256)
		assert.Contains(t, m.Credits, m.File, "credits name the model they are for")
		credits, err := os.ReadFile(filepath.Join(folder, m.Name+".NOTICE.txt"))
		require.NoError(t, err)
		assert.Equal(t, m.Credits, string(credits))
		assert.NotEmpty(t, m.Domains.A)
		assert.NotEmpty(t, m.Domains.B)
		assert.FileExists(t, filepath.Join(folder, m.Samples, "samples.json"))
	}
}

func TestModelNeedsCreditsAndNoSamples(t *testing.T) {
	s := site{root: t.TempDir(), stage: t.TempDir()}
	require.NoError(t, os.Mkdir(s.source("weights"), 0o755))
	require.NoError(t, os.Mkdir(s.target("models"), 0o755))
	require.NoError(t, os.WriteFile(s.source("weights", "tiny"+modelSuffix), tiny(t), 0o644))
	_, err := s.copyModel("tiny")
	assert.ErrorContains(t, err, "has no credits")
	require.NoError(t, os.WriteFile(s.source("weights", "tiny.NOTICE"), []byte("mine"), 0o644))
	entry, err := s.copyModel("tiny")
	require.NoError(t, err)
	assert.Equal(t, "mine", entry.Credits)
	assert.Empty(t, entry.Samples)
}

// What a samples.json promises is there, and is of the form that the page's Folder and Materials have.
func TestSamplesAreWhole(t *testing.T) {
	lists, err := filepath.Glob("../../site/samples/*/samples.json")
	require.NoError(t, err)
	require.NotEmpty(t, lists)
	const colour = "^#[0-9a-f]{6}$"
	for _, path := range lists {
		file, err := os.Open(path)
		require.NoError(t, err)
		defer file.Close()
		var list struct {
			Title, Hint string
			Materials   *struct {
				Sheet  string
				Pens   []struct{ Colour, Name string }
				Widths []float64
				Eraser float64
				Fill   string
			}
			Samples []struct{ File, Alt string }
		}
		decoder := json.NewDecoder(file)
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&list), path)
		assert.NotEmpty(t, list.Title, path)
		assert.NotEmpty(t, list.Hint, path)
		if m := list.Materials; m != nil {
			assert.Regexp(t, colour, m.Sheet, path)
			assert.NotEmpty(t, m.Pens, path)
			for _, pen := range m.Pens {
				assert.Regexp(t, colour, pen.Colour, path)
				assert.NotEmpty(t, pen.Name, path)
			}
			assert.NotEmpty(t, m.Widths, path)
			assert.Positive(t, m.Eraser, path)
			if m.Fill != "" {
				isPens := slices.ContainsFunc(m.Pens[1:], func(pen struct{ Colour, Name string }) bool { return pen.Colour == m.Fill })
				assert.True(t, isPens, "%s: what outlines are filled with is a pen's, but not the first's, which draws them", path)
			}
		}
		assert.NotEmpty(t, list.Samples, path)
		for _, sample := range list.Samples {
			assert.FileExists(t, filepath.Join(filepath.Dir(path), sample.File))
			assert.NotEmpty(t, sample.Alt, path)
		}
		assert.FileExists(t, filepath.Join(filepath.Dir(path), "CREDITS.txt"))
	}
}

// munit.d.ts is types.ts as it stands, which holds only while that file declares and does nothing.
func TestTypesOnlyDeclare(t *testing.T) {
	source, err := os.ReadFile("../../site/src/module/types.ts")
	require.NoError(t, err)
	result := api.Transform(string(source), api.TransformOptions{Loader: api.LoaderTS, MinifyWhitespace: true})
	require.Empty(t, result.Errors)
	assert.Empty(t, string(result.Code))
}

func TestForeignFoldersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "thesis.txt")
	require.NoError(t, os.WriteFile(precious, []byte("years of work"), 0o644))
	_, err := build(t.Context(), "../..", dir)
	assert.ErrorContains(t, err, "not a built site")
	assert.FileExists(t, precious)
}

func TestFailedBuildLeavesTheOldSite(t *testing.T) {
	parent := t.TempDir()
	out := filepath.Join(parent, "dist")
	require.NoError(t, os.Mkdir(out, 0o755))
	old := filepath.Join(out, sentinel)
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o644))
	_, err := build(t.Context(), t.TempDir(), out) // an empty folder is no repository
	require.Error(t, err)
	content, err := os.ReadFile(old)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "what was half built is gone")
}

func TestPublishReplacesWhole(t *testing.T) {
	parent := t.TempDir()
	out, stage := filepath.Join(parent, "dist"), filepath.Join(parent, "stage")
	for dir, name := range map[string]string{out: "old", stage: "new"} {
		require.NoError(t, os.Mkdir(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	require.NoError(t, publish(stage, out))
	assert.FileExists(t, filepath.Join(out, "new"))
	assert.NoFileExists(t, filepath.Join(out, "old"))
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestWrongUse(t *testing.T) {
	assert.Equal(t, 2, command([]string{"--nonsense"}))
	assert.Equal(t, 2, command([]string{"there"}))
	assert.Equal(t, 0, command([]string{"--help"}))
}

func fileSum(path string) (string, error) {
	data, err := os.ReadFile(path)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}
