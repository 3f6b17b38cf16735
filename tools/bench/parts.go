package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/tools/internal/ort"
)

// The names of contenders, by which rows find their peers.
const (
	oursCPU   = "webmunit, CPU"
	torchName = "PyTorch"
	ortWebGPU = "onnxruntime-web, WebGPU"
	ortWASM   = "onnxruntime-web, WASM"
	ortOne    = "onnxruntime-web, WASM, 1 thread"
)

// emulatedGPU is what page.js says of one.
const emulatedGPU = "emulated by the CPU"

// browser measures the page: ways to the first picture in fresh profiles, and pictures in one tab.
func (s *suite) browser(ctx context.Context) error {
	emulated := false
	small := func(b *browser, reference []float32) error {
		version, err := b.version()
		if err != nil {
			return err
		}
		s.peer("page: %s", version)
		s.peer("onnxruntime-web %s, WASM with %d threads", ort.Version, s.threads)
		if s.wants("start") { // first, while nothing else lives in the browser
			if err := s.add(s.coldStarts(b, reference)); err != nil {
				return err
			}
		}
		if !s.wants("page") {
			return nil
		}
		if err := s.add(s.contest("Page, "+b.Title, reference).Hold(ctx, slices.Concat(pageGPU(b), s.pageCPU(b)))); err != nil {
			return err
		}
		s.peer("the page's GPU: %s", b.devices["munit-gpu"])
		emulated = strings.Contains(b.devices["munit-gpu"], emulatedGPU)
		return nil
	}
	if err := s.inPage(ctx, bench.M64(), false, small); err != nil || !s.wants("page") {
		return err
	}
	if err := s.inPage(ctx, bench.M64(), true, func(b *browser, reference []float32) error {
		return s.add(s.contest("Page on a host without COOP and COEP, "+b.Title, reference).Hold(ctx, s.pagePlain(b)))
	}); err != nil || !s.large {
		return err
	}
	for _, n := range []bench.Network{bench.Full(), bench.CycleGAN()} {
		if err := s.inPage(ctx, n, false, func(b *browser, reference []float32) error {
			return s.add(s.contest("Page, "+b.Title, reference).Hold(ctx, s.pageCPU(b)))
		}); err != nil {
			return err
		}
	}
	return s.inPage(ctx, bench.M128(), false, func(b *browser, reference []float32) error {
		contenders := s.pageCPU(b)
		if emulated {
			s.leaveOut("the page's GPU at 128×128", "it is an emulated one, which takes minutes for a picture")
		} else {
			contenders = slices.Concat(pageGPU(b), contenders)
		}
		return s.add(s.contest("Page, "+b.Title, reference).Hold(ctx, contenders))
	})
}

// inPage opens a browser with n in it, and calls measure with the picture that all must give.
func (s *suite) inPage(ctx context.Context, n bench.Network, plain bool, measure func(b *browser, reference []float32) error) error {
	reference, err := n.Translate(ctx, s.threads)
	if err != nil {
		return err
	}
	url, closeServer, err := site{n, s.threads, plain, s.built, s.ort}.listen()
	if err != nil {
		return err
	}
	defer closeServer()
	b, err := openBrowser(ctx, n, url, s.realGPU)
	if err != nil {
		return err
	}
	defer b.quit()
	return measure(b, reference)
}

func pageGPU(b *browser) []bench.Contender {
	return []bench.Contender{b.contender("webmunit, page, GPU", "munit-gpu", ortWebGPU), b.contender(ortWebGPU, "ort-webgpu", "")}
}

// pageCPU are our page with one thread and with all, and onnxruntime-web's WASM with as many.
func (s *suite) pageCPU(b *browser) []bench.Contender {
	all := []bench.Contender{b.contender("webmunit, page, CPU, 1 thread", "munit-cpu", ortWASM)}
	if s.threads > 1 {
		all = append(all, b.contender(s.threadsName(), "munit-cpu-threads", ortWASM), b.contender(ortOne, "ort-wasm-1", ""))
	}
	return append(all, b.contender(ortWASM, "ort-wasm", ""))
}

// pagePlain are those where memory cannot be shared: onnxruntime-web has one thread there, and our threads pass messages.
func (s *suite) pagePlain(b *browser) []bench.Contender {
	all := []bench.Contender{b.contender("webmunit, page, CPU, 1 thread", "munit-cpu", ortOne)}
	if s.threads > 1 {
		all = append(all, b.contender(s.threadsName(), "munit-cpu-threads", ortOne))
	}
	return append(all, b.contender(ortOne, "ort-wasm-1", ""))
}

func (s *suite) threadsName() string {
	return fmt.Sprintf("webmunit, page, CPU, %d threads", s.threads)
}

// contest is one of as many turns as were asked for.
func (s *suite) contest(title string, reference []float32) bench.Contest {
	return bench.Contest{Title: title, Reference: reference, Turns: s.runs, Logf: s.logf}
}

// native measures our CPU code beside PyTorch.
func (s *suite) native(ctx context.Context) error {
	if err := s.besideTorch(ctx, bench.Full()); err != nil {
		return err
	}
	return s.besideTorch(ctx, bench.CycleGAN())
}

func (s *suite) besideTorch(ctx context.Context, n bench.Network) error {
	s.logf("%s: computing the picture that all must give", n.Title)
	reference, err := n.Translate(ctx, s.threads)
	if err != nil {
		return err
	}
	ours, theirs := &bench.Native{Network: n}, &torch{Network: n, threads: s.threads}
	defer ours.Close()
	defer theirs.close()
	model := n.Model()
	contender := func(engine, what string) bench.Contender {
		c := bench.Contender{Name: engine + ", " + what}
		if engine == oursCPU {
			c.Peer = torchName + ", " + what
		}
		return c
	}
	ourWhole, ourAgain := contender(oursCPU, bench.Whole), contender(oursCPU, bench.Again)
	ourWhole.Start = func(ctx context.Context) error { return ours.Start(ctx, model, bench.CPU(s.threads)) }
	ourWhole.Run, ourWhole.Output, ourWhole.Memory = ours.Whole, ours.Output, ours.Memory
	ourAgain.Run, ourAgain.Output, ourAgain.Memory = ours.Again, ours.Output, ours.AgainMemory
	theirWhole, theirAgain := contender(torchName, bench.Whole), contender(torchName, bench.Again)
	theirWhole.Start = func(ctx context.Context) error { return theirs.start(ctx, s.python) }
	theirWhole.Run, theirWhole.Output = theirs.run("whole"), theirs.output
	theirAgain.Run, theirAgain.Output = theirs.run("decode"), theirs.output
	all := []bench.Contender{ourWhole, theirWhole}
	if n.Style != nil {
		all = append(all, ourAgain, theirAgain)
	}
	if err := s.add(s.contest("Native, "+n.Title, reference).Hold(ctx, all)); err != nil {
		return err
	}
	if peer := "PyTorch " + theirs.version; !slices.Contains(s.report.Machine.Peers, peer) {
		s.peer("%s", peer)
	}
	return nil
}

// devices measures our native code on the CPU and on each GPU.
func (s *suite) devices(ctx context.Context) error {
	all, err := s.nativeDevices(ctx)
	if err != nil {
		return err
	}
	tables, err := all.Pictures(ctx)
	s.report.Tables = append(s.report.Tables, tables...)
	return err
}

// layers measures the layers of the networks on the same devices.
func (s *suite) layers(ctx context.Context) error {
	all, err := s.nativeDevices(ctx)
	if err != nil {
		return err
	}
	s.report.Layers, err = all.Layers(ctx)
	return err
}

// nativeDevices is what our native code can compute on.
func (s *suite) nativeDevices(ctx context.Context) (bench.Suite, error) {
	gpus, err := bench.GPUs(ctx)
	return bench.Suite{Devices: append([]bench.Device{bench.CPU(s.threads)}, gpus...), Threads: s.threads, Turns: s.runs, Logf: s.logf}, err
}
