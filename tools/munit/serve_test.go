package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServe(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html>hello"), 0o644))
	cmd := process("serve", "--addr", "127.0.0.1:0", "--dir", dir)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(line)
	require.NotEmpty(t, url, line)

	resp, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, "<!doctype html>hello", string(body))
	assert.Equal(t, "require-corp", resp.Header.Get("Cross-Origin-Embedder-Policy"))

	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	assert.NoError(t, cmd.Wait(), "Ctrl-C is how serving ends")
}

func TestServeRefusals(t *testing.T) {
	dir := t.TempDir()
	requireError(t, munit(t, "serve", "--dir", filepath.Join(dir, "dist")), 1, "no site to serve", "make site")
	requireError(t, munit(t, "serve", "--dir", dir), 1, "no index.html", "make site")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), nil, 0o644))
	for _, addr := range []string{"8080", "127.0.0.1:http:x", "127.0.0.1:99999", "127.0.0.1:"} {
		requireError(t, munit(t, "serve", "--dir", dir, "--addr", addr), 2, "--addr", fmt.Sprintf("%q", addr))
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	r := munit(t, "serve", "--dir", dir, "--addr", taken.Addr().String())
	requireError(t, r, 1, fmt.Sprintf("port %d is taken", port), "--addr 127.0.0.1:")
	assert.NotContains(t, r.stderr, fmt.Sprintf("try munit serve --addr 127.0.0.1:%d\n", port))
}
