// Package layers tests that imports point down, as docs/architecture.md says, and that it names every package.
package layers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

const module = "github.com/webmunit/webmunit/"

// layer says what a package may import of ours. A name that ends in / stands for all packages below it.
type layer struct {
	pkg string
	may []string
}

// layers has a row for every package; of those that fit, the first counts.
var layers = []layer{
	{"shaders", nil},
	{"weights", []string{"weights/"}},
	{"weights/", []string{"weights", "weights/"}},
	{"runtime/graph", nil},
	{"runtime/pixels", nil},
	{"runtime/phase", []string{"runtime/graph"}},
	{"runtime/reference", []string{"runtime/graph"}},
	{"runtime/picture", []string{"runtime/picture/", "weights/replace"}},
	{"runtime/picture/", nil},
	{"runtime/net", []string{"runtime/graph", "weights"}},
	{"runtime/onnx", []string{"runtime/graph", "runtime/net", "weights"}},
	{"runtime/lowering", []string{"runtime/graph", "runtime/phase"}},
	{"runtime/cpu", []string{"runtime/graph", "runtime/lowering", "runtime/phase", "runtime/reference"}},
	{"runtime/gpu", []string{"runtime/graph", "runtime/lowering", "runtime/phase", "runtime/reference", "shaders", "weights/strictjson"}},
	{"runtime/gpu/", nil},
	{"runtime/train", []string{"runtime/graph", "runtime/net", "runtime/picture", "runtime/pixels", "runtime/train/", "weights", "weights/"}}, // on any executor
	{"runtime/train/", []string{"runtime/picture", "runtime/pixels", "weights/"}},
	{"runtime/eval", []string{"runtime/graph", "runtime/net", "runtime/picture", "runtime/pixels", "runtime/train/data", "weights", "weights/"}},
	{"runtime/", []string{"runtime/", "shaders", "weights", "weights/"}},
	{"runtime", []string{"runtime/", "weights", "weights/"}},
	{"wasm", []string{"runtime", "runtime/", "weights", "weights/"}},
	{"wasm/", []string{"runtime", "runtime/", "weights", "weights/"}},
	{"tools/", []string{"runtime", "runtime/", "weights", "weights/", "tools/internal/"}},
	{"docs", nil},
}

func fits(pkg, pattern string) bool {
	return pkg == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(pkg, pattern)
}

func fitsAny(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(pkg, p) })
}

// command is the Go tool, natively or for the page.
type command func(ctx context.Context, root string, args ...string) (*exec.Cmd, error)

// imports are the imports of all our packages, natively and in the page, without tests'. Names of ours lack the module's.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, build := range []struct {
		command  command
		packages []string
	}{
		{gotool.Native, []string{"./..."}},
		{gotool.Page, []string{"./wasm/...", "./runtime/...", "./shaders/...", "./weights/..."}},
	} {
		cmd, err := build.command(t.Context(), "../../..", append([]string{"list", "-json=ImportPath,Imports"}, build.packages...)...)
		require.NoError(t, err)
		listed, err := cmd.Output()
		require.NoError(t, err)
		for d := json.NewDecoder(strings.NewReader(string(listed))); ; {
			var p struct {
				ImportPath string
				Imports    []string
			}
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err)
			}
			name := own(p.ImportPath)
			all[name] = append(all[name], p.Imports...)
		}
	}
	return all
}

// own is a package's name without the module's.
func own(path string) string { return strings.TrimPrefix(path, module) }

func TestImportsPointDown(t *testing.T) {
	for pkg, imported := range imports(t) {
		row := slices.IndexFunc(layers, func(l layer) bool { return fits(pkg, l.pkg) })
		if !assert.GreaterOrEqual(t, row, 0, "%s is in no layer: give it a row", pkg) {
			continue
		}
		for _, path := range imported {
			switch {
			case strings.HasPrefix(path, module):
				assert.True(t, fitsAny(own(path), layers[row].may), "%s must not import %s", pkg, own(path))
			case strings.HasPrefix(path, "github.com/gogpu/"):
				assert.Equal(t, "runtime/gpu", pkg, "it must not import %s: nothing but runtime/gpu knows WebGPU", path)
			}
		}
	}
}

func TestArchitectureListsEveryPackage(t *testing.T) {
	text, err := os.ReadFile("../../../docs/architecture.md")
	require.NoError(t, err)
	var listed, there []string
	for _, m := range regexp.MustCompile(`(?m)^\| ((?:internal|runtime|shaders|tools|wasm|weights)[a-z0-9/]*) \|`).FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, m[1])
	}
	for pkg := range imports(t) {
		if pkg != "docs" {
			there = append(there, pkg)
		}
	}
	assert.ElementsMatch(t, there, listed)
}
