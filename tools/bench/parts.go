package main

import (
	"context"
	"errors"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// The names of contenders, by which rows find their peers.
const (
	oursCPU   = "webmunit, CPU"
	ortWebGPU = "onnxruntime-web, WebGPU"
	ortWASM   = "onnxruntime-web, WASM"
)

// browser measures the page: pictures in one tab, and ways to the first picture in fresh profiles.
func (s *suite) browser(ctx context.Context) error {
	n := m64()
	reference, err := n.translate(ctx, s.threads)
	if err != nil {
		return err
	}
	url, closeServer, err := site{n, s.threads, s.built, s.ort, s.onnx}.listen()
	if err != nil {
		return err
	}
	defer closeServer()
	b, err := openBrowser(ctx, n, url)
	if err != nil {
		return err
	}
	defer b.quit()
	version, err := b.version()
	if err != nil {
		return err
	}
	s.peer("page: %s", version)
	if s.onnx != "" {
		s.peer("onnxruntime-web %s, WASM with %d threads", s.ort.version, s.threads)
	}
	if s.wants("start") { // first, while nothing else lives in the browser
		if err := s.add(s.coldStarts(b, reference)); err != nil {
			return err
		}
	}
	if !s.wants("page") {
		return nil
	}
	if err := s.add(compete(ctx, s.options, "Page, "+n.title, reference, s.pageContenders(b), s.runs)); err != nil {
		return err
	}
	s.peer("the page's GPU: %s", b.devices["munit-gpu"])
	return nil
}

func (s *suite) pageContenders(b *browser) []contender {
	ours := []contender{
		b.contender("webmunit, page, GPU", "munit-gpu", ortWebGPU),
		b.contender("webmunit, page, CPU", "munit-cpu", ortWASM),
	}
	if s.onnx == "" {
		return ours
	}
	return append(ours, b.contender(ortWebGPU, "ort-webgpu", ""), b.contender(ortWASM, "ort-wasm", ""))
}

// native measures our CPU code beside PyTorch.
func (s *suite) native(ctx context.Context) error {
	n := full()
	s.logf("%s: computing the picture that all must give", n.title)
	reference, err := n.translate(ctx, s.threads)
	if err != nil {
		return err
	}
	ours, theirs := &native{network: n}, &torch{network: n, threads: s.threads}
	defer ours.close()
	defer theirs.close()
	model := n.model()
	const whole, decoder = ", whole picture", ", another style"
	contenders := []contender{
		{
			name: oursCPU + whole, peer: "PyTorch" + whole,
			start: func(ctx context.Context) error { return ours.start(ctx, model, openCPU(s.threads)) },
			run:   ours.whole, output: ours.output,
		},
		{
			name:  "PyTorch" + whole,
			start: func(ctx context.Context) error { return theirs.start(ctx, s.python) },
			run:   theirs.run("whole"), output: theirs.output,
		},
		{name: oursCPU + decoder, peer: "PyTorch" + decoder, run: ours.again, output: ours.output},
		{name: "PyTorch" + decoder, run: theirs.run("decode"), output: theirs.output},
	}
	if err := s.add(compete(ctx, s.options, "Native, "+n.title, reference, contenders, s.runs)); err != nil {
		return err
	}
	s.peer("PyTorch %s", theirs.version)
	return nil
}

// gpu measures our native code on each GPU beside our CPU code: the small network on all, the large one on real ones.
func (s *suite) gpu(ctx context.Context) error {
	adapters, err := gpu.Adapters(ctx)
	if errors.Is(err, gpu.ErrNoGPU) {
		s.leaveOut("native GPUs", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	var all, real []string
	for _, a := range adapters {
		all = append(all, a.Name)
		if !a.Software {
			real = append(real, a.Name)
		}
	}
	if err := s.add(s.nativeGPUs(ctx, m64(), all)); err != nil {
		return err
	}
	if len(real) == 0 {
		s.leaveOut("native GPUs at 256×256", "there are only emulated ones")
		return nil
	}
	return s.add(s.nativeGPUs(ctx, full(), real))
}

func (s *suite) nativeGPUs(ctx context.Context, n network, adapters []string) (Table, error) {
	reference, err := n.translate(ctx, s.threads)
	if err != nil {
		return Table{}, err
	}
	model := n.model()
	var contenders []contender
	enter := func(name, peer string, open func(context.Context) (graph.Executor, error)) *native {
		e := &native{network: n}
		contenders = append(contenders, contender{
			name: name, peer: peer,
			start: func(ctx context.Context) error { return e.start(ctx, model, open) },
			run:   e.whole, output: e.output,
		})
		return e
	}
	defer enter(oursCPU, "", openCPU(s.threads)).close()
	for _, name := range adapters {
		defer enter("webmunit, "+name, oursCPU, func(ctx context.Context) (graph.Executor, error) {
			return gpu.Open(ctx, gpu.Options{Name: name})
		}).close()
	}
	const fewRuns = 3 // an emulated GPU takes seconds a picture
	return compete(ctx, s.options, "Native GPUs, "+n.title, reference, contenders, min(s.runs, fewRuns))
}
