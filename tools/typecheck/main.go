// Typecheck has TypeScript's compiler check the site's sources, which esbuild does not: it only takes the types away.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/webmunit/webmunit/tools/internal/npm"
)

//go:embed npm
var pins embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/typecheck PROJECT\n\nPROJECT is a folder with a tsconfig.json, such as site. It needs Node.js with npm (make setup installs it), which fetches TypeScript once.")
		os.Exit(2)
	}
	if err := check(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "typecheck:", err)
		os.Exit(1)
	}
}

// check runs tsc on a project; its complaints go to standard output.
func check(ctx context.Context, project string) error {
	files, err := fs.Sub(pins, "npm")
	if err != nil {
		return err
	}
	modules, err := npm.Cached(ctx, "typecheck", files, os.Stderr)
	if err != nil {
		return err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return errors.New("node is missing: install it with `make setup`")
	}
	cmd := exec.CommandContext(ctx, node, filepath.Join(modules, "typescript", "bin", "tsc"), "--project", project)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
