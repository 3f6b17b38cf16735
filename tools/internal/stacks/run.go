package stacks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/ran"
	"github.com/webmunit/webmunit/tools/internal/xvfb"
)

// command runs those tests of packages on the stack whose names fit test.
func (s Stack) command(ctx context.Context, webtest string, packages []string, test string, verbose bool) (*exec.Cmd, error) {
	// What a stack computes is not the Go tool's to remember: drivers and browsers change. Firefox takes 17 minutes for runtime/optest.
	args, tool := []string{"test", "-p=1", "-count=1", "-timeout=40m"}, gotool.Native
	var env []string
	switch s.Host {
	case Native:
	case Wine:
		args = append(args, "-exec=wine")
		env = append(env, "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	default:
		args = append(args, "-exec="+webtest+" --stack "+s.Name)
		tool = gotool.Page
	}
	if test != "" {
		args = append(args, "-run="+test)
	}
	if verbose {
		args = append(args, "-v")
	}
	own, err := s.Environment()
	if err != nil {
		return nil, err
	}
	cmd, err := tool(ctx, ".", append(args, packages...)...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(append(cmd.Env, env...), own...)
	return cmd, nil
}

// Options choose what Test runs.
type Options struct {
	Webtest string // path of the program
	Part    Part
	Verbose bool
}

// The quick tests of every stack: all kernels compile, shipped models, losses, and in optestPackage the op table with its gradients, golden networks and training.
var quickPackages = []string{"./shaders", "./runtime/gpu", "./weights", optestPackage}

const optestPackage = "./runtime/optest"

const quickTests = "^Test(.*" + KernelTest + "|GPU|ShippedModelsOnGPU|Loss.*)$"

// KernelTest is the test that a stack's compilers take every kernel.
const KernelTest = "CompilerTakesEveryKernel"

// Test runs the stack's tests and writes what they say to out.
func (s Stack) Test(ctx context.Context, o Options, out io.Writer) error {
	packages, test, verbose := s.Packages, s.Run, o.Verbose
	switch o.Part {
	case Nothing, Elsewhere:
		return nil
	case Kernels:
		packages, test, verbose = []string{"./shaders"}, KernelTest, true
	case Models, Quick:
		if s.Host != Wine { // of which all is little
			packages, test = quickPackages, quickTests
		}
		if o.Part == Models {
			packages = slices.DeleteFunc(slices.Clone(packages), func(p string) bool { return p == optestPackage })
		}
	}
	if o.Part == Kernels && s.Host == Wine && s.Packages[0] != "./shaders" {
		return nil // the same compiler as the native one
	}
	if s.Host == Wine {
		if err := prepareWine(ctx, out); err != nil {
			return err
		}
	}
	cmd, err := s.command(ctx, o.Webtest, packages, test, verbose)
	if err != nil {
		return err
	}
	if s.Host == Wine { // whose Vulkan is its display's
		display, stop, err := xvfb.Start()
		if err != nil {
			return err
		}
		defer stop()
		cmd.Env = append(cmd.Env, "DISPLAY="+display)
	}
	cmd.Stdout, cmd.Stderr = out, out
	fmt.Fprintf(out, "== %s: %s, %s\n", s.Name, s.Compiler, s.Driver)
	err = cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", s.Name, strings.Join(cmd.Args, " "), err)
	}
	if o.Part < Quick || !ran.Known(s.Name) { // less than all kernels' results is no claim
		return err
	}
	with := "quick tests"
	if o.Part == Everything {
		with = "all tests"
	}
	return errors.Join(err, ran.Record(s.Name, with, err == nil))
}
