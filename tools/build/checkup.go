package main

import (
	"context"
	"strings"
)

// buildCheckup makes the program behind the bench page's report: one of its own, since it holds golden vectors and tables of which a translation
// knows nothing. Only who asks for a report loads it.
func (s *site) buildCheckup(ctx context.Context) error {
	if _, err := s.goTool(ctx, "build", "-trimpath", "-ldflags=-s -w", "-o", s.target("checkup.wasm"), "./wasm/checkup"); err != nil {
		return err
	}
	goroot, err := s.goRoot(ctx)
	if err != nil {
		return err
	}
	return s.run(ctx, s.worker("checkup-worker.js", goroot, "bench", "checkup-worker.ts"))
}

// ofCheckup tells the files of buildCheckup: they count against no budget and are not kept for offline.
func ofCheckup(name string) bool { return strings.HasPrefix(name, "checkup") }
