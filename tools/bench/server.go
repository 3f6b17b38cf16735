package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/serve"
)

var (
	//go:embed page.html
	pageHTML []byte
	//go:embed page.js
	pageJS []byte
)

// site is what the page is served from.
type site struct {
	bench.Network
	threads int
	plain   bool   // without the headers that isolate the page, as on most hosts
	built   string // the folder of our built site
	ort     string // the folder of onnxruntime-web
}

// buildSite builds our own site as visitors get it into cache and gives its folder.
func buildSite(ctx context.Context, o options, root, cache string) (string, error) {
	out, builder := filepath.Join(cache, "site"), filepath.Join(cache, "build")
	o.logf("building the site into %s", out)
	// Not by go run, which would leave the builder running when it is told to end.
	compile, err := gotool.Native(ctx, root, "build", "-o", builder, "./tools/build")
	if err != nil {
		return "", err
	}
	run := exec.CommandContext(ctx, builder, "--out", out)
	run.Dir = root
	for _, cmd := range []*exec.Cmd{compile, run} {
		cmd.Stdout, cmd.Stderr = o.log, o.log
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it tidies up
		cmd.WaitDelay = 10 * time.Second
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("building the site: %w", err)
		}
	}
	return out, nil
}

// listen serves s on a free port of 127.0.0.1, which browsers hold to be a secure context, and gives its address.
func (s site) listen() (url string, closeServer func(), err error) {
	handler, err := s.handler()
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler}
	go server.Serve(listener)
	return "http://" + listener.Addr().String() + "/", func() { server.Close() }, nil
}

func (s site) handler() (http.Handler, error) {
	job, err := json.Marshal(map[string]any{"pixels": s.Pixels, "style": s.Style, "size": s.Size, "threads": s.threads, "isolated": !s.plain})
	if err != nil {
		return nil, err
	}
	var model bytes.Buffer
	if _, err := s.Model().WriteTo(&model); err != nil {
		return nil, err
	}
	onnx, err := onnxOf(s.Network)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", content("text/html; charset=utf-8", pageHTML))
	mux.Handle("GET /page.js", content("text/javascript; charset=utf-8", pageJS))
	mux.Handle("GET /job.json", content("application/json", job))
	mux.Handle("GET /model.munit.safetensors", content("application/octet-stream", model.Bytes()))
	mux.Handle("GET /munit/", http.StripPrefix("/munit", serve.Handler(os.DirFS(s.built))))
	mux.Handle("GET /model.onnx", content("application/octet-stream", onnx))
	mux.Handle("GET /ort/", http.StripPrefix("/ort", serve.Handler(os.DirFS(s.ort))))
	if s.plain {
		return mux, nil
	}
	return serve.Isolated(mux), nil
}

func content(mime string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mime)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	})
}
