// Package stacks lists the ways from a kernel to numbers that the tests run: which compiler, which driver, in what. Kernels that are right in one
// may be refused, or computed wrongly, in another.
package stacks

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/npm"
)

// Hosts run test programs.
const (
	Native   = "native"
	Wine     = "wine"     // the Windows programs
	Chromium = "chromium" // the following run js/wasm, by tools/webtest
	Firefox  = "firefox"
	Deno     = "deno"
	Node     = "node" // Node.js with npm's webgpu
)

// Part is what `make test` has of a stack; `make test-all` has the rest.
type Part uint8

// Parts of stacks' tests.
const (
	Nothing    Part = iota
	Elsewhere       // `make native-test wasm-test` run all of it
	Kernels         // every kernel compiles
	Models          // and shipped models and losses
	Quick           // and op table, golden networks and golden training steps
	Everything      // and every variant of every convolution
)

// Stack is one way to run kernels.
type Stack struct {
	Name     string
	Host     string
	Compiler string
	Driver   string
	// ICD is the file, in one of the places where the Vulkan loader's drivers are described, of the driver to use; empty leaves it to the host.
	ICD string
	// Packages are those that `make test-all` tests on the stack, and Run, when set, which of their tests.
	Packages []string
	Run      string
	// Env is added to the environment of the tests.
	Env []string
	// InTest says what `make test` has of the stack: its quick tests, or whether kernels compile.
	InTest Part
	Proves string
}

// Default is the stack of wasm tests that name none.
const Default = "chromium-swiftshader"

// Drivers of Vulkan without a GPU.
const (
	lavapipe    = "lvp_icd.*.json"
	swiftShader = "vk_swiftshader_icd.json"
)

// everything is what a stack with a device of its own runs: kernels compile, op table, golden networks, gradients, device losses.
var everything = []string{"./shaders", "./runtime/gpu", "./runtime/optest", "./weights"}

// gpuTests are all tests of the packages that need a device.
const gpuTests = "^Test(.*" + KernelTest + "|ShippedModelsOnGPU|GPU.*|Loss.*)$"

// All are the stacks.
var All = []Stack{
	{Name: "native-lavapipe", Host: Native, Compiler: "naga in Go (gogpu)", Driver: "Mesa lavapipe, under the validation layer", ICD: lavapipe,
		Packages: everything, Run: gpuTests, InTest: Elsewhere, Proves: "the command line's way, and that it breaks no rule of Vulkan"},
	{Name: "native-swiftshader", Host: Native, Compiler: "naga in Go (gogpu)", Driver: "SwiftShader's Vulkan (Debian's Chromium has it)", ICD: swiftShader,
		Packages: everything, Run: gpuTests, InTest: Quick, Proves: "that the command line needs nothing that Mesa alone forgives"},
	{Name: Default, Host: Chromium, Compiler: "Tint of the installed Chromium", Driver: "SwiftShader, inside Chromium",
		Packages: everything, Run: gpuTests, InTest: Elsewhere, Proves: "the page's way in Chrome and Edge"},
	{Name: "firefox-lavapipe", Host: Firefox, Compiler: "naga in Rust (wgpu)", Driver: "Mesa lavapipe", ICD: lavapipe,
		Packages: everything, Run: gpuTests, InTest: Models, Proves: "the page's way in Firefox"},
	{Name: "deno-lavapipe", Host: Deno, Compiler: "naga in Rust (wgpu)", Driver: "Mesa lavapipe", ICD: lavapipe,
		Packages: everything, Run: gpuTests, InTest: Quick, Proves: "wgpu without a browser around it, of another age than Firefox's"},
	{Name: "dawn2025-swiftshader", Host: Node, Compiler: "Tint of October 2025 (npm webgpu)", Driver: "SwiftShader's Vulkan", ICD: swiftShader,
		Packages: everything, Run: gpuTests, InTest: Kernels, Proves: "that last year's Chrome takes the kernels: no language feature is newer"},
	{Name: "wine-vulkan", Host: Wine, Compiler: "naga in Go (gogpu)", Driver: "winevulkan on Mesa lavapipe", ICD: lavapipe,
		Packages: []string{"./runtime/optest", "./weights"}, Run: "^Test(GPU|ShippedModelsOnGPU)$", Proves: "the Windows programs' own code: loading Vulkan, calls, memory"},
	{Name: "wine-fxc", Host: Wine, Compiler: "naga in Go to HLSL, then Microsoft's FXC", Driver: "none",
		Packages: []string{"./shaders"}, Run: "^TestFXCCompilerTakesEveryKernel$", Proves: "that DirectX 12's compiler takes the kernels"},
}

// Find returns the stack of that name.
func Find(name string) (Stack, error) {
	var names []string
	for _, s := range All {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Stack{}, fmt.Errorf("no stack is called %q; there is %s", name, strings.Join(names, ", "))
}

// driverDirs are where packages put the files that describe Vulkan drivers. Chromium's SwiftShader lies beside the browser.
var driverDirs = []string{"/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"}

// Environment is what a process of the stack needs in its environment, so that it has the stack's driver and no other.
func (s Stack) Environment() ([]string, error) {
	env := s.Env
	if s.ICD != "" {
		path, err := findICD(s.ICD)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		env = append([]string{"VK_DRIVER_FILES=" + path, "VK_ICD_FILENAMES=" + path}, env...)
	}
	if s.Host == Wine {
		wine, err := wineEnv()
		if err != nil {
			return nil, err
		}
		env = append(env, wine...)
	}
	return env, nil
}

func findICD(pattern string) (string, error) {
	for _, dir := range driverDirs {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("no %s in %s: run `make setup`", pattern, strings.Join(driverDirs, ", "))
}

//go:embed npm
var pins embed.FS

// Packages is the folder of the pinned npm packages (150 MB), which are fetched at the first use.
func Packages(ctx context.Context, log io.Writer) (modules string, err error) {
	files, err := fs.Sub(pins, "npm")
	if err != nil {
		return "", err
	}
	return npm.Cached(ctx, "stacks", files, log)
}

// DenoPath is Deno's program among the packages: one of them has it for each system, and no script needs to run.
func DenoPath(modules string) (string, error) {
	program := "deno"
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	found, err := filepath.Glob(filepath.Join(modules, "@deno", "*", program))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("npm has no Deno for %s/%s in %s", runtime.GOOS, runtime.GOARCH, modules)
	}
	return found[0], os.Chmod(found[0], 0o755)
}
