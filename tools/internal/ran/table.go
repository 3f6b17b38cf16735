package ran

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// platform is a row of README's table.
type platform struct {
	name, cpu, gpu string // what there is code for
	claims         []claim
}

// claim is something that a test shows when it passes.
type claim struct {
	key, what string
	all       bool // by `make test-all` only
}

var platforms = []platform{
	{"Linux", "amd64: AVX-512 or AVX2; arm64: NEON; others: plain Go", "Vulkan", []claim{
		{key: "linux-amd64", what: "amd64: CPU"},
		{key: "linux-static", what: "amd64, and arm64 under qemu, without GPU and C library: CPU, in an empty folder", all: true},
		{key: "linux-arm64", what: "arm64: CPU, under qemu"},
		{key: "linux-others", what: "386, and under qemu arm and s390x: model files and the CPU", all: true},
		{key: "native-lavapipe", what: "Vulkan on Mesa's llvmpipe, under the Khronos validation layer"},
		{key: "native-swiftshader", what: "Vulkan on SwiftShader"},
	}},
	{"macOS", "arm64: NEON; amd64: as Linux", "Metal", []claim{
		{key: "darwin-built", what: "amd64, arm64: vetted and built only, nothing has run", all: true},
	}},
	{"Windows", "amd64: AVX-512 or AVX2; arm64: NEON", "Vulkan, DirectX 12", []claim{
		{key: "windows-amd64", what: "amd64: CPU, under Wine", all: true},
		{key: "wine-vulkan", what: "amd64: Vulkan on llvmpipe, under Wine", all: true},
		{key: "wine-fxc", what: "DirectX 12: every kernel compiles, none has run", all: true},
		{key: "windows-arm64-built", what: "arm64: vetted and built only, nothing has run", all: true},
	}},
	{"Chromium, Edge", "WebAssembly with SIMD", "WebGPU", []claim{
		{key: "chromium-cpu", what: "the page on the CPU"},
		{key: "chromium-gpu", what: "the page on WebGPU by SwiftShader"},
		{key: "chromium-swiftshader", what: "all kernels on SwiftShader"},
	}},
	{"Firefox 141 and later", "WebAssembly with SIMD", "WebGPU", []claim{
		{key: "firefox", what: "the page on the CPU"},
		{key: "firefox-webgpu", what: "the page on WebGPU by llvmpipe"},
		{key: "firefox-lavapipe", what: "all kernels on llvmpipe"},
	}},
	{"Safari 26", "WebAssembly with SIMD", "WebGPU", []claim{
		{key: "webkitgtk", what: "not Safari itself: the page on the CPU in WebKitGTK, which has no WebGPU"},
	}},
}

// Table is README's table of platforms, from the record at path.
func Table(path string) (string, error) {
	runs, err := read(path)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| | CPU | GPU | ran in tests |\n|---|---|---|---|\n")
	for _, p := range platforms {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.name, p.cpu, p.gpu, p.cell(runs))
	}
	return b.String(), nil
}

// cell says what of a platform's claims the record has, and what not.
func (p platform) cell(runs map[string]run) string {
	var test, all, not []string
	for _, c := range p.claims {
		r, shown := runs[c.key]
		text := c.what
		if r.With != "" {
			text += " (" + r.With + ")"
		}
		switch {
		case !shown:
			not = append(not, c.what)
		case c.all:
			all = append(all, text)
		default:
			test = append(test, text)
		}
	}
	var parts []string
	for _, part := range []struct {
		before string
		claims []string
	}{{"", test}, {"By `make test-all`: ", all}, {"**Not yet**: ", not}} {
		if len(part.claims) > 0 {
			parts = append(parts, part.before+strings.Join(part.claims, "; "))
		}
	}
	return strings.Join(parts, ". ")
}

var table = regexp.MustCompile(`(?m)^\| \| CPU \| GPU \|.*\n(?:\|.*\n)+`)

// Paths of the record and of the text that has the table, below the root of the repository.
const (
	record = "docs/platforms.json"
	readme = "README.md"
)

// Readme gives the path of README, its text, and the text that it should have by the record.
func Readme(root string) (path, is, should string, err error) {
	path = filepath.Join(root, readme)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", "", "", err
	}
	if len(table.FindAllIndex(text, -1)) != 1 {
		return "", "", "", fmt.Errorf("%s has no table of platforms, or several", path)
	}
	rows, err := Table(filepath.Join(root, record))
	if err != nil {
		return "", "", "", err
	}
	return path, string(text), string(table.ReplaceAllLiteral(text, []byte(rows))), nil
}
