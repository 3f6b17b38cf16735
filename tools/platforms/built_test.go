//go:build all && linux && amd64 && !race

package main

import (
	"testing"

	"github.com/webmunit/webmunit/tools/internal/ran"
)

// TestBuiltOnly vets and builds all for systems that nothing here can run.
func TestBuiltOnly(t *testing.T) {
	for _, c := range []struct {
		claim, system string
		processors    []string
	}{{"darwin-built", "darwin", []string{"amd64", "arm64"}}, {"windows-arm64-built", "windows", []string{"arm64"}}} {
		t.Run(c.system, func(t *testing.T) {
			ran.Test(t, c.claim)
			for _, processor := range c.processors {
				p := newTarget(t, c.system, processor, "")
				p.goTool(t, "vet", "./...")
				p.munit(t)
			}
		})
	}
}
