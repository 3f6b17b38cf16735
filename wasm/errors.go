//go:build js && wasm

package main

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/weights/printable"
)

// code is an ErrorCode of site/src/module/types.ts.
type code string

const (
	modelFormat  code = "model-format"
	noWebGPU     code = "no-webgpu"
	deviceLost   code = "device-lost"
	tooLarge     code = "too-large"
	tooSmall     code = "too-small"
	badStyle     code = "bad-style"
	badDirection code = "bad-direction"
	badOption    code = "bad-option"
	aborted      code = "aborted"
	disposed     code = "disposed"
	internal     code = "internal"
)

// coded is an error whose code the runtime's sentinels do not tell.
type coded struct {
	code  code
	error error
}

func (c coded) Error() string { return c.error.Error() }
func (c coded) Unwrap() error { return c.error }

// explain gives an error's code and what to show to people: its text as a sentence.
func explain(err error) (code, string) {
	if c, ok := errors.AsType[coded](err); ok {
		return c.code, sentence(err)
	}
	for _, known := range []struct {
		is   error
		code code
	}{
		{runtime.ErrDirection, badDirection},
		{runtime.ErrTooSmall, tooSmall},
		{runtime.ErrTooLarge, tooLarge},
		{runtime.ErrStyleLength, badStyle},
		{runtime.ErrStyleRange, badStyle},
		{runtime.ErrWeightRange, modelFormat},
		{runtime.ErrClosed, disposed},
		{runtime.ErrNoGPU, noWebGPU},
		{gpu.ErrCompile, noWebGPU},
		{runtime.ErrDeviceLost, deviceLost},
		{context.Canceled, aborted},
	} {
		if errors.Is(err, known.is) {
			return known.code, sentence(err)
		}
	}
	return internal, "Something unexpected happened: " + printable.Text(err.Error()) + "."
}

// sentence leaves out what only programmers ask for, the name of the package that an error comes from.
func sentence(err error) string {
	text := strings.TrimPrefix(printable.Text(err.Error()), "gpu: ")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}
