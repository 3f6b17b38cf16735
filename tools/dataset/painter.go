package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/webmunit/webmunit/tools/internal/chromium"
)

//go:embed painter.js
var painterSource string

// drawing is an avatar to paint, as painter.js takes it.
type drawing struct {
	Collection string         `json:"collection"`
	Options    map[string]any `json:"options"` // of the collection; what DiceBear leaves to chance goes by options' seed
	Colours    colours        `json:"colours"`
	Side       int            `json:"side"` // pixels
	Crisp      bool           `json:"crisp"`
}

// painter is a page in Chromium: DiceBear is JavaScript, and nothing draws SVG as a browser does.
type painter struct {
	Parts map[string]map[string][]string // variants by collection and option

	work    chan drawing
	painted chan painted
	done    context.Context
	close   func()
}

type painted struct {
	pixels []byte
	err    error
}

func newPainter(ctx context.Context, modules string) (*painter, error) {
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: painterSource, ResolveDir: filepath.Dir(modules), Sourcefile: "painter.js"},
		Bundle: true, Format: api.FormatIIFE, Target: api.ES2022, LogLevel: api.LogLevelSilent,
	})
	if len(built.Errors) > 0 {
		return nil, fmt.Errorf("bundling painter.js: %s", built.Errors[0].Text)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &painter{work: make(chan drawing), painted: make(chan painted), done: ctx}
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
		_, _ = w.Write(built.OutputFiles[0].Contents)
	})
	first := make(chan painted, 1) // the page's first message is not a picture
	mux.HandleFunc("POST /next", func(w http.ResponseWriter, r *http.Request) { p.next(w, r, first) })
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	page, closeBrowser, err := chromium.Start(ctx, chromium.Options{Lost: func(reason string) { cancel(errors.New(reason)) }})
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
	case parts := <-first:
		err = json.Unmarshal(parts.pixels, &p.Parts)
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
	body, err := io.ReadAll(r.Body)
	if problem := r.Header.Get("Problem"); problem != "" {
		text, _ := url.QueryUnescape(problem)
		err = errors.New(text)
	}
	to := p.painted
	if p.Parts == nil && err == nil && len(body) > 0 && body[0] == '{' {
		to = first
	}
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

// paint draws d: opaque, on white.
func (p *painter) paint(d drawing) (*image.RGBA, error) {
	select {
	case p.work <- d:
	case <-p.done.Done():
		return nil, context.Cause(p.done)
	}
	select {
	case got := <-p.painted:
		if got.err == nil && len(got.pixels) != 4*d.Side*d.Side {
			got.err = fmt.Errorf("%d bytes", len(got.pixels))
		}
		if got.err != nil {
			return nil, fmt.Errorf("painting an avatar of %s: %w", d.Collection, got.err)
		}
		return &image.RGBA{Pix: got.pixels, Stride: 4 * d.Side, Rect: image.Rect(0, 0, d.Side, d.Side)}, nil
	case <-p.done.Done():
		return nil, context.Cause(p.done)
	}
}
