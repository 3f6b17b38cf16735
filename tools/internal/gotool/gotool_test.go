package gotool

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

// version is what go.mod says, "1.27.3".
func version(t *testing.T) string {
	t.Helper()
	toolchain, err := Toolchain(root)
	require.NoError(t, err)
	v := strings.TrimPrefix(toolchain, "go")
	require.Regexp(t, `^\d+\.\d+\.\d+$`, v, "go.mod pins the patch too")
	return v
}

// files gives what is written by hand, by path from the root.
func files(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.FromSlash(root+"/")))
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "out", "dist", "node_modules", "testdata"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".go", ".md", ".sh", ".ts", ".html", ""}, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		texts[name] = string(text)
		return err
	})
	require.NoError(t, err)
	require.Contains(t, texts, "Makefile")
	require.Contains(t, texts, ".ci/run")
	return texts
}

// TestOneVersion: go.mod states the version of Go, and nobody states another.
func TestOneVersion(t *testing.T) {
	want := version(t)
	stated := regexp.MustCompile(`\b[gG]o ?(\d\.\d+(\.\d+)?)|, (\d\.\d+\.\d+), once`)
	records := []string{"docs/benchmarks.md", "docs/decisions.md"} // what was measured and learnt, with the Go of its day
	found := map[string]bool{}
	for name, text := range files(t) {
		if name == "tools/internal/gotool/gotool_test.go" || strings.HasPrefix(text, "//go:build go") || strings.HasPrefix(text, "//go:build !(go") {
			continue // here, and in the leaves, whose tags the next test reads
		}
		for _, line := range strings.Split(text, "\n") {
			if slices.Contains(records, name) && !strings.Contains(line, "GOTOOLCHAIN") {
				continue
			}
			for _, m := range stated.FindAllStringSubmatch(line, -1) {
				found[name] = true
				assert.Equal(t, want, m[1]+m[3], "%s: %s", name, line)
			}
		}
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "docs/benchmarks.md"} {
		assert.True(t, found[name], "%s does not say which Go", name)
	}
}

// TestLeavesKnowTheirGo: whatever uses simd/archsimd is built by the minor version that it was written for alone.
func TestLeavesKnowTheirGo(t *testing.T) {
	minor := strings.Split(version(t), ".")[1]
	number, err := strconv.Atoi(minor)
	require.NoError(t, err)
	next := strconv.Itoa(number + 1)
	n := 0
	for name, text := range files(t) {
		if filepath.Ext(name) == ".go" && strings.Contains(text, "\n\t\"simd") || strings.Contains(text, "\nimport \"simd") {
			n++
			assert.True(t, strings.HasPrefix(text, "//go:build go1."+minor+" && !go1."+next+" && goexperiment.simd && "), name)
		}
	}
	assert.Greater(t, n, 3)

	list := []string{"list", "-f", "{{.GoFiles}}"}
	leaves := func(arch, env string, args ...string) string {
		t.Helper()
		cmd, err := Native(t.Context(), root, append(append(list, args...), "./runtime/cpu")...)
		require.NoError(t, err)
		cmd.Env = append(cmd.Env, "GOARCH="+arch, env)
		files, err := cmd.Output()
		require.NoError(t, err)
		return string(files)
	}
	for arch, leaf := range map[string]string{"amd64": "leaf_avx2_amd64.go", "arm64": "leaf_neon_arm64.go"} {
		assert.Contains(t, leaves(arch, "GOEXPERIMENT=simd"), leaf)
		plain := leaves(arch, "GOEXPERIMENT=") // make lint vets this
		assert.Contains(t, plain, "leaf_other.go")
		assert.Equal(t, plain, leaves(arch, "GOEXPERIMENT=simd", "-tags=go1."+next), "the next Go, which sets this tag, gets plain Go")
	}
	page, err := Page(t.Context(), root, append(list, "./runtime/cpu")...)
	require.NoError(t, err)
	files, err := page.Output()
	require.NoError(t, err)
	assert.Contains(t, string(files), "leaf_wasm.go")
}

// TestEverybodyTakesIt starts what starts Go, on a machine that would rather take its own.
func TestEverybodyTakesIt(t *testing.T) {
	want := "go" + version(t)
	t.Setenv("GOTOOLCHAIN", "local")
	t.Setenv("GOEXPERIMENT", "")
	ours := func(cmd *exec.Cmd, err error) string {
		t.Helper()
		require.NoError(t, err)
		out, err := cmd.Output()
		require.NoError(t, err)
		return strings.Join(strings.Fields(string(out)), " ")
	}
	native, err := Native(t.Context(), root, "env", "GOVERSION", "GOTOOLCHAIN", "GOEXPERIMENT")
	assert.Equal(t, want+" "+want+" "+nativeExperiment, ours(native, err))
	page, err := Page(t.Context(), root, "env", "GOVERSION", "GOTOOLCHAIN", "GOEXPERIMENT", "GOARCH")
	assert.Equal(t, want+" "+want+" "+pageExperiment+" wasm", ours(page, err))

	// A go that says how it was started, and fails, which ends what started it.
	bin := t.TempDir()
	script := "#!/bin/sh\necho started $GOTOOLCHAIN \"$GOEXPERIMENT\" \"$@\"\nexit 1\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, c := range []struct {
		experiment string
		command    []string
	}{
		{nativeExperiment, []string{"sh", "tools/recipes/make.sh", "avatars"}},
		{nativeExperiment, []string{"bash", ".ci/run"}},
		{nativeExperiment, []string{"make", "-s", "site"}},
		{nativeExperiment, []string{"make", "-s", "-B", "bin/munit"}},
		{nativeExperiment, []string{"make", "-s", "bin/webtest"}},
		{pageExperiment, []string{"make", "-s", "wasm"}},
		{pageExperiment, []string{"make", "-s", "-o", "bin/webtest", "wasm-test"}},
	} {
		cmd := exec.Command(c.command[0], c.command[1:]...)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		assert.Error(t, err, c.command)
		assert.Contains(t, string(out), "started "+want+" "+c.experiment+" ", "%v", c.command)
	}
}

// TestNobodyElseStartsGo: another start would be of another Go.
func TestNobodyElseStartsGo(t *testing.T) {
	start := regexp.MustCompile(`(?i)command(Context)?\([^\n]*"go",|\{"go", "`)
	allowed := []string{
		"tools/internal/gotool/gotool.go", "tools/internal/gotool/gotool_test.go",
		"tools/webtest/server.go", // asks the Go that go test runs by for its loader
	}
	for name, text := range files(t) {
		if filepath.Ext(name) == ".go" && !slices.Contains(allowed, name) {
			assert.Empty(t, start.FindString(text), name)
		}
	}
}

// TestSourcesAreSeen: a test that starts the Go tool has looked at what that reads, or its result would be remembered when these files have changed.
func TestSourcesAreSeen(t *testing.T) {
	if os.Getenv("STARTS_GO") != "" {
		_, err := Native(t.Context(), root, "version")
		require.NoError(t, err)
		return
	}
	log := filepath.Join(t.TempDir(), "log") // as the Go tool has a test write it
	cmd := exec.Command(os.Args[0], "-test.run=^TestSourcesAreSeen$", "-test.testlogfile="+log)
	cmd.Env = append(os.Environ(), "STARTS_GO=yes")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	seen, err := os.ReadFile(log)
	require.NoError(t, err)
	for _, line := range []string{"stat ../../../go.mod", "open ../../../site/src/page", "open ../../../tools/build", "open ../../../weights", "open ../../../docs/images"} {
		assert.Contains(t, string(seen), line+"\n")
	}
}
