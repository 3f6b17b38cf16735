//go:build !race && !js

package optest

import (
	"testing"

	"github.com/webmunit/webmunit/runtime/cpu"
)

// TestFullGolden is the paper's size, 142 GFLOP a picture: too much for the race detector and for a browser without a GPU.
func TestFullGolden(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	Golden(t, e, "full")
}
