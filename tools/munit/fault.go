package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
)

// fault is an error with the exit code it means and what to do about it.
type fault struct {
	err  error
	hint string
	code int
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// wrongUse is the error of a command line that cannot be meant, by itself or for the model that it names.
func wrongUse(hint, format string, args ...any) error {
	return &fault{err: fmt.Errorf(format, args...), hint: hint, code: exitWrongUse}
}

// failed gives err a hint.
func failed(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &fault{err: err, hint: hint, code: exitFailed}
}

// hints says what to do about errors that may come from several places.
var hints = []struct {
	is   error
	hint string
}{
	{runtime.ErrNoGPU, "leave --device out, or say --device cpu; munit doctor shows what was looked for"},
	{runtime.ErrDeviceLost, "run it again, or compute with --device cpu"},
	{runtime.ErrTooSmall, "give a larger picture"},
	{runtime.ErrTooLarge, "reduce it with --size"},
	{runtime.ErrDirection, "munit info MODEL lists the directions"},
	{runtime.ErrStyleLength, "munit info MODEL tells the length of a style code (style_dim)"},
	{runtime.ErrStyleRange, "give smaller numbers"},
	{runtime.ErrWeightRange, "take an earlier checkpoint, or convert it again"},
	{weights.ErrNotModel, convertHint},
	{picture.ErrTooLarge, "reduce it first"},
	{picture.ErrNotPicture, "convert it to PNG, JPEG or WebP first"},
	{picture.ErrUnsupported, "open it in a viewer and save it as PNG"},
	{picture.ErrDamaged, "open it in a viewer to see what is left of it, and save it again or fetch it anew"},
	{fs.ErrNotExist, "check the path"},
	{fs.ErrPermission, "check the permissions, or choose another place"},
	{syscall.ENOSPC, "make room on the disk, or choose another place"},
	{syscall.EROFS, "choose a place that can be written to"},
}

const convertHint = "a model is a .munit.safetensors file; make one with munit convert --checkpoint gen.pt --config config.yaml --output MODEL"

// report writes err as one line and its hint as another, and returns the exit code.
func report(w io.Writer, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, context.Canceled) {
		say(w, "%s: interrupted", cmd.CommandPath())
		return exitInterrupted
	}
	f := &fault{}
	if !errors.As(err, &f) {
		f = &fault{err: err, code: exitFailed}
	}
	say(w, "%s: %s", cmd.CommandPath(), oneLine(err))
	say(w, "hint: %s", hintFor(f, cmd))
	return f.code
}

func hintFor(f *fault, cmd *cobra.Command) string {
	if f.hint != "" {
		return f.hint
	}
	for _, h := range hints {
		if errors.Is(f.err, h.is) {
			return h.hint
		}
	}
	return cmd.CommandPath() + " --help shows how it is used; munit doctor checks this machine"
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
