package main

import (
	"context"
	"slices"
	"strings"
)

// apart are programs of their own, since they hold what a translation knows nothing of: the bench page's report has golden vectors and tables,
// the convert page importers. Only who asks for one loads it. Their files begin with these names.
var apart = []struct{ name, page string }{{"checkup", "bench"}, {"convert", "convert"}}

// buildApart makes the programs and their workers: NAME.wasm of wasm/NAME, and NAME-worker.js.
func (s *site) buildApart(ctx context.Context) error {
	goroot, err := s.goRoot(ctx)
	if err != nil {
		return err
	}
	for _, p := range apart {
		if _, err := s.goTool(ctx, "build", "-trimpath", "-ldflags=-s -w", "-o", s.target(p.name+".wasm"), "./wasm/"+p.name); err != nil {
			return err
		}
		script := "worker.ts"
		if p.page != p.name {
			script = p.name + "-" + script
		}
		if err := s.run(ctx, s.worker(p.name+"-worker.js", goroot, p.page, script)); err != nil {
			return err
		}
	}
	return nil
}

// isApart tells their files, and the documents': they count against no budget and are not kept for offline.
func isApart(name string) bool {
	return strings.HasPrefix(name, "docs/") || slices.ContainsFunc(apart, func(p struct{ name, page string }) bool { return strings.HasPrefix(name, p.name) })
}
