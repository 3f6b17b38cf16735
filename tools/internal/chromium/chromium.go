// Package chromium starts a headless Chromium that offers WebGPU on any
// machine, by way of SwiftShader, and drives it with chromedp. The browser
// tests and the benchmark of the page share it, so that all of them see the
// same browser.
package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// names are the commands under which distributions install Chromium, the
// preferred first. chromium-headless-shell is left out: it has no WebGPU.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// flags are what Chromium needs to give a WebGPU adapter without a GPU. The
// rest keeps it off the network, and out of /dev/shm, which containers make too
// small for the staging buffers of a GPU process.
var flags = []string{
	"--headless=new",
	"--no-sandbox",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--disable-dev-shm-usage",
	"--enable-unsafe-webgpu",
	"--use-webgpu-adapter=swiftshader",
}

// Options adjusts a browser. The zero value suits a test.
type Options struct {
	// Flags are added to Chromium's command line, each as "--name" or
	// "--name=value"; one that is there already is replaced.
	Flags []string

	// Lost, when set, is called once at most, from another goroutine, with one
	// line that says why when the page's process or the browser's GPU process
	// has died. What ran in the page will then never finish.
	Lost func(reason string)
}

// Find returns the path of the Chromium to use: the command that the
// environment variable CHROMIUM names, or else the first of chromium,
// chromium-browser and google-chrome on the PATH.
func Find() (string, error) {
	if name := os.Getenv("CHROMIUM"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("CHROMIUM=%s is no command: %w; unset it, or install Chromium with `make setup`", name, err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium found (looked for %s): install it with `make setup`, or name it in the environment variable CHROMIUM",
		strings.Join(names, ", "))
}

// Start starts a Chromium with a new profile and returns the chromedp context of
// its one blank page, and a function that kills the browser with all its
// processes and removes every file it wrote. The function may be called more
// than once; cancelling parent kills the browser as well.
//
// A page sees WebGPU only in a secure context: serve it from 127.0.0.1.
func Start(parent context.Context, opts Options) (context.Context, func(), error) {
	path, err := Find()
	if err != nil {
		return nil, nil, err
	}
	// Chromium leaves a socket and scratch directories in TMPDIR when it is
	// killed; in a directory of its own they go with it. The name is short
	// because the path of a socket must be.
	tmp, err := os.MkdirTemp("", "wm-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a scratch directory for Chromium: %w", err)
	}
	lost := lostOnce(opts.Lost)
	stderr := &stderrWatcher{lost: lost}

	// chromedp adds the profile directory, kills what still uses it, and
	// removes it.
	alloc := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.Env("TMPDIR=" + tmp),
		chromedp.Env("VK_INSTANCE_LAYERS="), // a test's validation layer would look at the browser's own use of Vulkan
		chromedp.CombinedOutput(stderr),
	}
	for _, f := range append(append([]string{}, flags...), opts.Flags...) {
		alloc = append(alloc, flag(f))
	}
	ctx, cancelAlloc := chromedp.NewExecAllocator(parent, alloc...)
	ctx, cancelPage := chromedp.NewContext(ctx)
	closeAll := sync.OnceFunc(func() {
		stderr.stop()
		cancelPage()
		cancelAlloc()
		os.RemoveAll(tmp)
	})
	if err := chromedp.Listen(ctx, crashListener(lost)); err != nil {
		closeAll()
		return nil, nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return ctx, closeAll, nil
}

// flag turns "--name=value" or "--name" into chromedp's form.
func flag(s string) chromedp.ExecAllocatorOption {
	name, value, ok := strings.Cut(strings.TrimPrefix(s, "--"), "=")
	if ok {
		return chromedp.Flag(name, value)
	}
	return chromedp.Flag(name, true)
}
