package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/tools/internal/chromium"
)

// browser is a Chromium in which contenders run.
type browser struct {
	bench.Network
	ctx  context.Context // of its page; the cause says why it ended
	url  string
	quit func()
	// devices say in words what started contenders compute on.
	devices map[string]string
}

// realGPU has Chromium take the machine's own GPU, where tests take SwiftShader. On Linux that is by Vulkan.
var realGPU = []string{"--use-webgpu-adapter=default", "--enable-features=Vulkan"}

// openBrowser starts one and loads the page into it.
func openBrowser(ctx context.Context, n bench.Network, url string, real bool) (*browser, error) {
	var flags []string
	if real {
		flags = realGPU
	}
	ctx, cancel := context.WithCancelCause(ctx)
	page, closeBrowser, err := chromium.Start(ctx, chromium.Options{Flags: flags, Lost: func(reason string) { cancel(errors.New(reason)) }})
	if err != nil {
		cancel(nil)
		return nil, err
	}
	b := &browser{Network: n, ctx: page, url: url, devices: map[string]string{}, quit: func() { closeBrowser(); cancel(nil) }}
	if err := b.load(page); err != nil {
		b.quit()
		return nil, err
	}
	return b, nil
}

// load opens the page in the tab of ctx.
func (b *browser) load(ctx context.Context) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(b.url)); err != nil {
		return b.explain(err)
	}
	_, err := call[bool](ctx, `globalThis.bench = await import("./page.js"); await bench.prepare(); return true`)
	return b.explain(err)
}

// call runs the body of an async function in the page.
func call[T any](ctx context.Context, body string, args ...any) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](fmt.Sprintf("(async () => { "+body+" })()", args...), chromedp.EvalAwaitPromise))
}

// explain gives the reason why the browser ended in place of an error that only says that it did.
func (b *browser) explain(err error) error {
	if err != nil && b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	return err
}

// version is the browser's, such as "Chromium 156".
func (b *browser) version() (string, error) {
	agent, err := call[string](b.ctx, `return navigator.userAgent`)
	for word := range strings.FieldsSeq(agent) {
		if v, ok := strings.CutPrefix(word, "HeadlessChrome/"); ok {
			return "Chromium " + strings.Split(v, ".")[0] + ", headless", err
		}
	}
	return agent, err
}

// contender is the one that page.js calls id. The context of its calls is the browser's: ctx is above it.
func (b *browser) contender(name, id, peer string) bench.Contender {
	return bench.Contender{
		Name: name,
		Peer: peer,
		Start: func(context.Context) (err error) {
			b.devices[id], err = call[string](b.ctx, `return bench.start(%q)`, id)
			return b.explain(err)
		},
		Run: func(context.Context) (time.Duration, error) {
			seconds, err := call[float64](b.ctx, `return bench.run(%q)`, id)
			return time.Duration(seconds * float64(time.Second)), b.explain(err)
		},
		Output: func(context.Context) (bench.Output, error) { return b.output(b.ctx, id) },
	}
}

func (b *browser) output(ctx context.Context, id string) (bench.Output, error) {
	text, err := call[struct{ Pixels, Values string }](ctx, `return bench.output(%q)`, id)
	if err != nil {
		return bench.Output{}, b.explain(err)
	}
	if text.Values != "" {
		data, err := base64.StdEncoding.DecodeString(text.Values)
		return bench.Output{Values: floats(data)}, err
	}
	pixels, err := base64.StdEncoding.DecodeString(text.Pixels)
	if want := len(b.Pixels); err == nil && len(pixels) != want {
		err = fmt.Errorf("the picture has %d bytes, not %d", len(pixels), want)
	}
	if err != nil {
		return bench.Output{}, err
	}
	return bench.Output{Values: b.Planes(pixels), Pixels: true}, nil
}
