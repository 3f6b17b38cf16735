// Platforms writes README's table of platforms from docs/platforms.json, where tests record what they ran on. Its own tests run what we build for
// other processors and systems than this machine's, on emulators of theirs.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/ran"
	"github.com/webmunit/webmunit/weights/replace"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/platforms\n\nIt takes no arguments. `make test-all` runs it after the tests that write docs/platforms.json.")
		os.Exit(2)
	}
	if err := write(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "platforms:", err)
		os.Exit(1)
	}
}

func write(ctx context.Context) error {
	root, err := gotool.Root(ctx)
	if err != nil {
		return err
	}
	path, is, should, err := ran.Readme(root)
	if err != nil || is == should {
		return err
	}
	return replace.File(path, func(w io.Writer) error {
		_, err := io.WriteString(w, should)
		return err
	})
}
