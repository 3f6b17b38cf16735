package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

var (
	//go:embed page.html
	pageHTML []byte
	//go:embed page.js
	pageJS []byte
)

// offer serves the page that runs p on a free port of 127.0.0.1, which browsers
// hold to be a secure context, and returns its address. What the page has to say goes to say, when set; else the page needs a way of its own.
func offer(p *program, say func(message string)) (url string, closeServer func(), err error) {
	wasmExec, err := wasmExecPath()
	if err != nil {
		return "", nil, err
	}
	run, err := json.Marshal(p)
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", content("text/html; charset=utf-8", pageHTML))
	mux.Handle("GET /page.js", content("text/javascript; charset=utf-8", pageJS))
	mux.Handle("GET /run.json", content("application/json", run))
	mux.Handle("GET /wasm_exec.js", file("text/javascript; charset=utf-8", wasmExec))
	mux.Handle("GET /test.wasm", file("application/wasm", p.wasm))
	mux.Handle("GET /favicon.ico", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	if say != nil {
		mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
			message, err := io.ReadAll(r.Body)
			if err == nil { // a page that is being closed
				say(string(message))
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	server := &http.Server{Handler: serve.Isolated(mux)}
	go server.Serve(listener)
	return "http://" + listener.Addr().String() + "/", func() { server.Close() }, nil
}

func content(mime string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mime)
		w.Write(body)
	})
}

func file(mime, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mime)
		http.ServeFile(w, r, path)
	})
}

// wasmExecPath finds the wasm_exec.js of the toolchain that built the program:
// go test puts its own bin directory first on the PATH.
func wasmExecPath() (string, error) {
	root := os.Getenv("GOROOT")
	if root == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return "", fmt.Errorf("asking go for its GOROOT: %w; put go on the PATH, or set GOROOT", err)
		}
		root = strings.TrimSpace(string(out))
	}
	path := filepath.Join(root, "lib", "wasm", "wasm_exec.js")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no wasm_exec.js in GOROOT: %w", err)
	}
	return path, nil
}
