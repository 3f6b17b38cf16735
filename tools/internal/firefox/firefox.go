// Package firefox starts a headless Firefox with WebGPU.
package firefox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// names are the commands under which distributions install Firefox, the preferred first.
var names = []string{"firefox-esr", "firefox"}

// prefs give WebGPU without a GPU, and keep Firefox off the network and from asking.
var prefs = map[string]string{
	"dom.webgpu.enabled":          "true",
	"dom.webgpu.workers.enabled":  "true",
	"gfx.webgpu.ignore-blocklist": "true",
	// A test may keep the page busy.
	"dom.max_script_run_time":    "0",
	"dom.ipc.reportProcessHangs": "false",

	"app.normandy.enabled":                          "false",
	"app.update.enabled":                            "false",
	"browser.aboutwelcome.enabled":                  "false",
	"browser.region.update.enabled":                 "false",
	"browser.safebrowsing.downloads.remote.enabled": "false",
	"browser.safebrowsing.malware.enabled":          "false",
	"browser.safebrowsing.phishing.enabled":         "false",
	"browser.search.update":                         "false",
	"browser.shell.checkDefaultBrowser":             "false",
	"browser.startup.homepage_override.mstone":      `"ignore"`,
	"datareporting.policy.dataSubmissionEnabled":    "false",
	"extensions.systemAddon.update.enabled":         "false",
	"extensions.update.enabled":                     "false",
	"network.captive-portal-service.enabled":        "false",
	"network.connectivity-service.enabled":          "false",
	"services.settings.server":                      `"data:,"`,
	"toolkit.telemetry.enabled":                     "false",
}

// Options adjust a browser.
type Options struct {
	URL   string            // opened first; empty for a blank page
	Prefs map[string]string // more preferences, or others, as JavaScript literals
	Args  []string          // more arguments
	Env   []string          // added to the environment, as "NAME=value"
}

// Browser is a Firefox that runs.
type Browser struct {
	Profile string // its profile's folder

	cmd   *exec.Cmd
	done  chan struct{}
	tmp   string
	said  *tail
	close func()
}

// Find returns the path of the Firefox to use: the command that the environment variable FIREFOX names, or else firefox-esr or firefox on the PATH.
func Find() (string, error) {
	if name := os.Getenv("FIREFOX"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("FIREFOX=%s is no command: %w; unset it, or install Firefox with `make setup`", name, err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Firefox found (looked for %s): install it with `make setup`, or name it in the environment variable FIREFOX", strings.Join(names, ", "))
}

// Start starts a Firefox with a new profile, which ends when ctx does or by Close.
func Start(ctx context.Context, o Options) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "wm-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for Firefox: %w", err)
	}
	b := &Browser{Profile: filepath.Join(tmp, "profile"), tmp: tmp, done: make(chan struct{}), said: &tail{}}
	if err := b.start(ctx, path, o); err != nil {
		os.RemoveAll(tmp)
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	stop := context.AfterFunc(ctx, b.kill)
	b.close = sync.OnceFunc(func() {
		stop()
		b.kill()
		<-b.done
		os.RemoveAll(tmp)
	})
	return b, nil
}

func (b *Browser) start(ctx context.Context, path string, o Options) error {
	var lines bytes.Buffer
	for _, list := range []map[string]string{prefs, o.Prefs} { // the later line counts
		for name, value := range list {
			fmt.Fprintf(&lines, "user_pref(%q, %s);\n", name, value)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(b.Profile, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.Profile, "user.js"), lines.Bytes(), 0o600); err != nil {
		return err
	}
	args := append([]string{"--headless", "--no-remote", "--profile", b.Profile}, o.Args...)
	if o.URL != "" {
		args = append(args, o.URL)
	}
	b.cmd = exec.Command(path, args...)
	// HOME too: Firefox writes into its caches there. A test's validation layer would look at the browser's own use of Vulkan.
	b.cmd.Env = append(append(os.Environ(), "TMPDIR="+b.tmp, "HOME="+b.tmp, "XDG_RUNTIME_DIR="+b.tmp, "MOZ_CRASHREPORTER_DISABLE=1", "VK_INSTANCE_LAYERS="), o.Env...)
	b.cmd.Stdout, b.cmd.Stderr = b.said, b.said
	b.cmd.WaitDelay = time.Second
	ownGroup(b.cmd)
	if err := b.cmd.Start(); err != nil {
		return err
	}
	go func() {
		b.cmd.Wait()
		close(b.done)
	}()
	return nil
}

// Done is closed when the browser has ended.
func (b *Browser) Done() <-chan struct{} { return b.done }

// LastWords are the last lines that the browser wrote to its output.
func (b *Browser) LastWords() string { return b.said.String() }

// Close ends the browser with all its processes and removes all that it wrote. It may be called more than once.
func (b *Browser) Close() { b.close() }

// File waits for a file that the browser writes into its profile, and returns its text.
func (b *Browser) File(ctx context.Context, name string) (string, error) {
	for {
		text, err := os.ReadFile(filepath.Join(b.Profile, name))
		if err == nil && len(text) > 0 {
			return string(text), nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for Firefox's %s: %w; it said: %s", name, context.Cause(ctx), b.LastWords())
		case <-b.done:
			return "", errors.New("the browser died: " + b.LastWords())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if most := 2000; len(t.text) > most {
		t.text = t.text[len(t.text)-most:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
