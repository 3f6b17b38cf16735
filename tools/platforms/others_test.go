//go:build all && linux && amd64 && !race

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/tools/internal/ran"
)

// TestOtherProcessors: model files are read and written, and the CPU executor computes, where an int has 32 bits (386, arm) and where bytes
// have the other order (s390x). The whole program is for 64 bits: gogpu's core, which it needs without a GPU too, does not compile for 32.
func TestOtherProcessors(t *testing.T) {
	with := ran.Test(t, "linux-others")
	for _, processor := range []string{"386", "arm", "s390x"} {
		t.Run(processor, func(t *testing.T) {
			p := newTarget(t, "linux", processor, "")
			if processor != "386" { // which amd64 runs, as does its Linux
				p.emulator = []string{needEmulator(t, processor)}
			}
			for _, folder := range []string{"weights", "weights/nvlabs", "weights/junyanz", "weights/tfport"} {
				p.test(t, folder, ".")
			}
			p.test(t, "runtime/cpu", "Leaf|Leaves|RandomConvs")
			if processor == "s390x" {
				path, _ := p.translate(t, p.munit(t))
				theirs, err := picture.Open(path)
				require.NoError(t, err)
				assert.LessOrEqual(t, apart(t, theirs, translateHere(t, p.root)), 2)
			}
		})
	}
	with("plain Go")
}
