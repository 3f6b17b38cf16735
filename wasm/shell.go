//go:build js && wasm

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"syscall/js"

	"github.com/norunners/vert"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// shell holds a Translator and what JavaScript knows by number. All of it is touched between waits of goroutines on one thread: js/wasm
// has no other, so nothing needs a lock.
type shell struct {
	host       js.Value // globalThis.munit: what main exports, and pageStore's functions
	opening    *runtime.Opening
	translator *runtime.Translator
	contents   map[int]*runtime.Content
	lastHandle int
	calls      map[int]context.CancelFunc
}

func newShell() *shell {
	return &shell{contents: map[int]*runtime.Content{}, calls: map[int]context.CancelFunc{}}
}

func (s *shell) export(host js.Value) {
	s.host = host
	set := func(name string, f func(args []js.Value) (js.Value, error)) {
		host.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			return promise(func() (js.Value, error) { return f(args) })
		}))
	}
	set("open", s.open)
	set("load", s.load)
	set("device", s.device)
	set("memory", s.memory)
	set("encode", s.encode)
	set("decode", s.decode)
	set("styleOf", s.styleOf)
	set("free", s.free)
	set("take", s.take)
	// cancel and loseDevice must come through while another call computes, so they do not wait their turn as promises.
	host.Set("cancel", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if cancel := s.calls[args[0].Int()]; cancel != nil {
			cancel()
		}
		return nil
	}))
	host.Set("loseDevice", js.FuncOf(func(js.Value, []js.Value) any {
		return s.translator != nil && s.translator.LoseDevice()
	}))
}

// begin gives the context of call id, which cancel ends, and what to do at the call's end.
func (s *shell) begin(id int) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	s.calls[id] = cancel
	return &patient{Context: ctx, host: s.host}, func() {
		delete(s.calls, id)
		cancel()
	}
}

type domains struct {
	A string `js:"a"`
	B string `js:"b"`
}

// modelInfo is ModelInfo of types.ts.
type modelInfo struct {
	Method          string   `js:"method"`
	Styles          string   `js:"styles"`
	Domains         domains  `js:"domains"`
	Directions      []string `js:"directions"`
	StyleDirections []string `js:"styleDirections"`
	Size            int      `js:"size"`
	StyleDim        int      `js:"styleDim"`
	DType           string   `js:"dtype"`
	License         string   `js:"license"`
	Source          string   `js:"source"`
}

// open ({device, tune}) begins to open the device: it may take as long as the model's download.
func (s *shell) open(args []js.Value) (js.Value, error) {
	var options struct {
		Device string `js:"device"`
		Tune   bool   `js:"tune"`
	}
	if err := vert.ValueOf(args[0]).AssignTo(&options); err != nil {
		return js.Undefined(), err
	}
	device, err := runtime.ParseDevice(options.Device)
	if err != nil {
		return js.Undefined(), coded{badOption, err}
	}
	s.opening = runtime.Begin(context.Background(), runtime.Options{Device: device, Tune: options.Tune, Store: pageStore{s.host}, Team: pageTeam{s.host},
		Changed: func() { s.host.Call("deviceChanged") }})
	return js.Undefined(), nil
}

// load (bytes) reads the model, which goes to the device that open has begun to open.
func (s *shell) load(args []js.Value) (js.Value, error) {
	m, err := weights.Parse(bytesFrom(args[0]))
	if err != nil {
		return js.Undefined(), coded{modelFormat, err}
	}
	if err := m.Complete(); err != nil {
		return js.Undefined(), coded{modelFormat, fmt.Errorf("the model is not whole: %w", err)}
	}
	if s.translator, err = s.opening.Load(context.Background(), m); err != nil {
		return js.Undefined(), err
	}
	info := modelInfo{
		Method: cmp.Or(m.Config.Method, "MUNIT"), Styles: m.Config.Styles(),
		Domains:  domains{m.DomainA, m.DomainB},
		Size:     runtime.DefaultSize(m.Config, m.Directions()[0]),
		StyleDim: m.Config.StyleDim(),
		DType:    string(m.DType), License: m.License, Source: m.Source,
		Directions: []string{}, StyleDirections: []string{},
	}
	for _, d := range m.Directions() {
		info.Directions = append(info.Directions, string(d))
		if m.StyleImage(d) {
			info.StyleDirections = append(info.StyleDirections, string(d))
		}
	}
	return sanitised(info), nil
}

// device () tells what computes: DeviceInfo of types.ts, and why.
func (s *shell) device([]js.Value) (js.Value, error) {
	info, reason := s.translator.Device()
	return sanitised(struct {
		Kind     string `js:"kind"`
		Name     string `js:"name"`
		Backend  string `js:"backend"`
		Software bool   `js:"software"`
		Tuned    int    `js:"tuned"`
		Reason   string `js:"reason"`
	}{info.Kind, info.Name, info.Backend, info.Software, s.translator.Tuned(), reason}), nil
}

// memory () gives Memory of types.ts, less what the worker knows by itself.
func (s *shell) memory([]js.Value) (js.Value, error) {
	m := s.translator.Memory()
	return sanitised(struct {
		Weights     int `js:"weights"`
		Activations int `js:"activations"`
		Tensors     int `js:"tensors"`
		Staging     int `js:"staging"`
		Peak        int `js:"peak"`
		Live        int `js:"live"`
	}{int(m.Device.Weights), int(m.Device.Activations), int(m.Device.Tensors), int(m.Device.Staging), int(m.Device.Peak), int(m.Live)}), nil
}

// pictureOptions come with a picture's pixels. vert sets fields that are missing in JavaScript to zero, so worker.ts gives all.
type pictureOptions struct {
	Call      int    `js:"call"`
	Width     int    `js:"width"`
	Height    int    `js:"height"`
	Direction string `js:"direction"`
	Size      int    `js:"size"`
}

// picture takes (pixels, pictureOptions) and gives the picture fitted as every other face of webmunit does.
func (s *shell) picture(args []js.Value) (*image.NRGBA, pictureOptions, error) {
	var o pictureOptions
	if err := vert.ValueOf(args[1]).AssignTo(&o); err != nil {
		return nil, o, err
	}
	img := &image.NRGBA{Pix: bytesFrom(args[0]), Stride: 4 * o.Width, Rect: image.Rect(0, 0, o.Width, o.Height)}
	if o.Width < 1 || o.Height < 1 || len(img.Pix) != 4*o.Width*o.Height {
		return nil, o, fmt.Errorf("%d bytes of pixels for %d×%d", len(img.Pix), o.Width, o.Height)
	}
	return runtime.Fit(img, o.Size), o, nil
}

// encode (pixels, pictureOptions) gives Encoded of protocol.ts.
func (s *shell) encode(args []js.Value) (js.Value, error) {
	img, o, err := s.picture(args)
	if err != nil {
		return js.Undefined(), err
	}
	ctx, end := s.begin(o.Call)
	defer end()
	c, err := s.translator.Encode(ctx, img, weights.Direction(o.Direction))
	if err != nil {
		return js.Undefined(), err
	}
	s.lastHandle++
	s.contents[s.lastHandle] = c
	return sanitised(struct {
		Handle int `js:"handle"`
		Width  int `js:"width"`
		Height int `js:"height"`
		Batch  int `js:"batch"`
	}{s.lastHandle, c.Size().X, c.Size().Y, s.translator.Batch(c)}), nil
}

// decode (styles, {call, handle}) gives Pixels of each style; styles' values follow one another.
func (s *shell) decode(args []js.Value) (js.Value, error) {
	var o struct {
		Call   int `js:"call"`
		Handle int `js:"handle"`
	}
	if err := vert.ValueOf(args[1]).AssignTo(&o); err != nil {
		return js.Undefined(), err
	}
	c := s.contents[o.Handle]
	if c == nil {
		return js.Undefined(), coded{disposed, errors.New("the content was disposed of: encode the picture again")}
	}
	ctx, end := s.begin(o.Call)
	defer end()
	styles := []runtime.Style{nil} // a model without styles draws one picture
	if dim := s.translator.Model().Config.StyleDim(); dim > 0 {
		styles = slices.Collect(slices.Chunk(styleFrom(args[0]), dim))
	}
	images, err := s.translator.DecodeBatch(ctx, c, styles)
	if err != nil {
		return js.Undefined(), err
	}
	all := make([]any, len(images))
	for i, img := range images {
		all[i] = pixelsTo(img)
	}
	return js.ValueOf(all), nil
}

// styleOf (pixels, pictureOptions) gives the style's bytes.
func (s *shell) styleOf(args []js.Value) (js.Value, error) {
	img, o, err := s.picture(args)
	if err != nil {
		return js.Undefined(), err
	}
	ctx, end := s.begin(o.Call)
	defer end()
	style, err := s.translator.StyleOf(ctx, img, weights.Direction(o.Direction))
	if err != nil {
		return js.Undefined(), err
	}
	return styleTo(style), nil
}

// free (handle) frees a content; one that is gone already may be freed again.
func (s *shell) free(args []js.Value) (js.Value, error) {
	handle := args[0].Int()
	if c := s.contents[handle]; c != nil {
		delete(s.contents, handle)
		c.Close()
	}
	return js.Undefined(), nil
}
