package main

import (
	"context"
	"embed"
	"io"

	"github.com/webmunit/webmunit/tools/internal/npm"
)

// npmFiles pin, by version and hash, the packages that pictures are made of.
//
//go:embed package.json package-lock.json
var npmFiles embed.FS

// packages is the folder of the installed packages (100 MB), which npm fetches into cache at the first use. three-globe wants three, of which its
// pictures have no need: peers are not installed.
func packages(ctx context.Context, cache string, log io.Writer) (string, error) {
	return npm.Install(ctx, cache, npmFiles, log)
}
