package graph

import "fmt"

// PadMode says what a convolution reads outside its input.
type PadMode uint8

// Padding modes; in ONNX's Pad op these are constant (0), reflect and edge.
const (
	PadZero PadMode = iota
	PadReflect
	PadReplicate
)

var padNames = [...]string{"zero", "reflect", "replicate"}

func (p PadMode) String() string { return padNames[p] }

// ParsePadMode maps NVlabs' pad_type to a PadMode.
func ParsePadMode(s string) (PadMode, error) {
	for i, n := range padNames {
		if n == s {
			return PadMode(i), nil
		}
	}
	return 0, fmt.Errorf("pad_type %q is not one of zero, reflect, replicate", s)
}

// Source is the pixel of [0, size) that a convolution reads at i of an axis, which may lie outside, or -1 where it reads zero. Reflection reaches
// size−1 pixels far, as Graph.Conv makes sure.
func (p PadMode) Source(i, size int) int {
	switch {
	case 0 <= i && i < size:
		return i
	case p == PadReflect && i < 0:
		return -i
	case p == PadReflect:
		return 2*(size-1) - i
	case p == PadReplicate:
		return min(max(i, 0), size-1)
	}
	return -1
}
