package main

import (
	"compress/zlib"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"sync"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/webmunit/webmunit/tools/internal/chromium"
)

//go:embed answer.js painter.js wares/*.js
var pages embed.FS

// painter is a page in Chromium: what pictures are made of is JavaScript, and nothing draws SVG as a browser does.
type painter struct {
	About []byte // what the page says first: JSON

	work    chan any
	painted chan painted
	done    context.Context
	close   func()
	once    sync.Once // for the page's first message
}

type painted struct {
	pixels []byte
	err    error
}

// newPainter opens the page whose script is source, one of pages.
func newPainter(ctx context.Context, modules, source string) (*painter, error) {
	script, err := bundle(modules, source)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &painter{work: make(chan any), painted: make(chan painted), done: ctx}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cancel(err)
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><meta charset="utf-8"><title>painter</title><script src="painter.js"></script>`)
	})
	mux.HandleFunc("GET /painter.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(script)
	})
	first := make(chan painted, 1) // the page's first message is not a picture
	mux.HandleFunc("POST /next", func(w http.ResponseWriter, r *http.Request) { p.next(w, r, first) })
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	page, closeBrowser, err := chromium.Start(ctx, chromium.Options{
		Flags: []string{"--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"}, // the same pixels on every machine
		Lost:  func(reason string) { cancel(errors.New(reason)) }})
	if err != nil {
		cancel(err)
		server.Close()
		return nil, err
	}
	p.close = func() {
		cancel(errors.New("the painter is closed"))
		closeBrowser()
		server.Close()
	}
	if err := chromedp.Do(page, chromedp.Navigate("http://"+listener.Addr().String()+"/")); err != nil {
		p.close()
		return nil, err
	}
	select {
	case about := <-first:
		p.About, err = about.pixels, about.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("the page that paints does not start: %w", err)
	}
	return p, nil
}

// next takes what the page has painted and gives it the next drawing.
func (p *painter) next(w http.ResponseWriter, r *http.Request, first chan painted) {
	body, err := unpacked(r.Body)
	if problem := r.Header.Get("Problem"); problem != "" {
		text, _ := url.QueryUnescape(problem)
		err = errors.New(text)
	}
	to := p.painted
	p.once.Do(func() { to = first })
	select {
	case to <- painted{body, err}:
	case <-p.done.Done():
		return
	}
	select {
	case d := <-p.work:
		_ = json.NewEncoder(w).Encode(d) // where the page is gone, done is too
	case <-p.done.Done():
		w.WriteHeader(http.StatusGone)
	}
}

// unpacked is what answer.js has packed; nothing is nothing.
func unpacked(from io.Reader) ([]byte, error) {
	r, err := zlib.NewReader(from)
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// paint has the page draw what is asked for, as its script takes it: side×side pixels, RGBA.
func (p *painter) paint(what any, side int) (*image.RGBA, error) {
	select {
	case p.work <- what:
	case <-p.done.Done():
		return nil, context.Cause(p.done)
	}
	select {
	case got := <-p.painted:
		if got.err == nil && len(got.pixels) != 4*side*side {
			got.err = fmt.Errorf("%d bytes", len(got.pixels))
		}
		if got.err != nil {
			return nil, fmt.Errorf("painting %+v: %w", what, got.err)
		}
		return &image.RGBA{Pix: got.pixels, Stride: 4 * side, Rect: image.Rect(0, 0, side, side)}, nil
	case <-p.done.Done():
		return nil, context.Cause(p.done)
	}
}

// bundle makes one script of source, one of pages, and of what it imports: of pages and of the installed packages.
func bundle(modules, source string) ([]byte, error) {
	ours := api.Plugin{Name: "pages", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^\.\.?/`, Namespace: "pages"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: path.Join(path.Dir(a.Importer), a.Path), Namespace: "pages"}, nil
		})
		b.OnResolve(api.OnResolveOptions{Filter: "^" + regexp.QuoteMeta(source) + "$"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: a.Path, Namespace: "pages"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "pages"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			text, err := pages.ReadFile(a.Path)
			contents := string(text)
			return api.OnLoadResult{Contents: &contents, ResolveDir: "/"}, err
		})
	}}
	built := api.Build(api.BuildOptions{EntryPoints: []string{source}, Plugins: []api.Plugin{ours}, NodePaths: []string{modules},
		Bundle: true, Format: api.FormatIIFE, Target: api.ES2022, LogLevel: api.LogLevelSilent})
	if len(built.Errors) > 0 {
		return nil, fmt.Errorf("bundling %s: %s", source, built.Errors[0].Text)
	}
	return built.OutputFiles[0].Contents, nil
}
