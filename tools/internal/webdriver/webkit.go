//go:build unix

package webdriver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/webmunit/webmunit/tools/internal/xvfb"
)

// FindWebKit returns the paths of WebKitWebDriver and of MiniBrowser, WebKitGTK's own browser.
func FindWebKit() (driver, browser string, err error) {
	if driver, err = exec.LookPath("WebKitWebDriver"); err != nil {
		return "", "", errors.New("no WebKitWebDriver found: install it with `make setup`")
	}
	for _, pattern := range []string{"/usr/lib/*/webkit2gtk-4.*/MiniBrowser", "/usr/lib*/webkit2gtk-4.*/MiniBrowser", "/usr/libexec/webkit2gtk-4.*/MiniBrowser"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return driver, found[0], nil
		}
	}
	return "", "", errors.New("no MiniBrowser of WebKitGTK found: install it with `make setup`")
}

// WebKit starts WebKitGTK's MiniBrowser on a display of its own and drives it.
func WebKit(ctx context.Context) (*Session, error) {
	driver, browser, err := FindWebKit()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "wm-")
	if err != nil {
		return nil, err
	}
	ends := []func(){func() { os.RemoveAll(home) }}
	end := func() {
		for i := len(ends) - 1; i >= 0; i-- {
			ends[i]()
		}
	}
	display, stop, err := xvfb.Start()
	if err != nil {
		end()
		return nil, err
	}
	ends = append(ends, stop)
	port, err := freePort()
	if err != nil {
		end()
		return nil, err
	}
	cmd := exec.Command(driver, "--port="+port)
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "GDK_BACKEND=x11", "HOME="+home, "XDG_RUNTIME_DIR="+home, "TMPDIR="+home,
		"LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1", "VK_INSTANCE_LAYERS=")
	stop, err = startGroup(cmd)
	if err != nil {
		end()
		return nil, fmt.Errorf("starting %s: %w", driver, err)
	}
	ends = append(ends, stop)
	h := &overHTTP{base: "http://127.0.0.1:" + port}
	if err := h.begin(ctx, browser); err != nil {
		end()
		return nil, err
	}
	ends = append(ends, func() {
		// MiniBrowser is in no group of ours: the driver ends it.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		h.call(ctx, command{method: "DELETE"}, nil)
	})
	return newSession(ctx, h, end)
}

// startGroup starts cmd and returns what ends it with all its children.
func startGroup(cmd *exec.Cmd) (stop func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	}, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// overHTTP is WebDriver as its standard has it.
type overHTTP struct {
	base    string
	session string
}

// begin starts a session as soon as the driver listens.
func (h *overHTTP) begin(ctx context.Context, browser string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	params := map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": browser, "args": []string{"--automation"}},
	}}}
	for {
		raw, err := h.send(ctx, "POST", "/session", params)
		if err == nil {
			var answer struct{ SessionID string }
			if err := json.Unmarshal(raw, &answer); err != nil {
				return err
			}
			h.session = answer.SessionID
			return nil
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return fmt.Errorf("starting %s: %w", browser, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("starting %s: %w", browser, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (h *overHTTP) call(ctx context.Context, c command, params map[string]any) (json.RawMessage, error) {
	return h.send(ctx, c.method, "/session/"+h.session+c.path, params)
}

func (h *overHTTP) send(ctx context.Context, method, path string, params map[string]any) (json.RawMessage, error) {
	var body io.Reader
	if method == "POST" {
		text, err := json.Marshal(params)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, h.base+path, body)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode != http.StatusOK {
		var fault struct{ Error, Message string }
		if err := json.Unmarshal(answer.Value, &fault); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, fault.Error, fault.Message)
	}
	return answer.Value, nil
}
