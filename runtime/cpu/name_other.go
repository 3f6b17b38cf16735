//go:build !linux

package cpu

import "runtime"

// processorName is the architecture: other systems tell the processor's name only through more code than it is worth.
func processorName() string { return runtime.GOARCH }
