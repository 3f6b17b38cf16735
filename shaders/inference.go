//go:build inference

package shaders

func training() []Kernel { return nil }
