// Release builds what people get: the program for each system, the page, and the npm package. See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

const usage = `Release builds what people get, into one folder, from the commit that is checked out:

  munit-VERSION-SYSTEM-PROCESSOR.tar.gz   the program for Linux, macOS and Windows (.zip), for amd64 and arm64,
                                          with the page, which munit serve shows, its models, completions for shells,
                                          manual pages, and the licences of all that is in it
  munit-VERSION-linux-PROCESSOR-static.tar.gz   the same without GPU, for systems without glibc, such as Alpine and empty containers
  webmunit-VERSION-site.zip               the page, for any static host
  webmunit-VERSION.tgz                    the npm package
  webmunit-VERSION.cdx.json               the modules that all this is built of (SBOM, CycloneDX)
  SHA256SUMS                              sha256sum -c SHA256SUMS checks the files

Two builds of one commit by one version of Go are equal to the byte, in whatever folder.

Usage, anywhere in the repository:

  go run ./tools/release --version v0.2.0 [--out release] [--only linux-amd64,npm,...]

--only takes names of systems (linux-amd64, linux-arm64, linux-amd64-static, linux-arm64-static, darwin-amd64,
darwin-arm64, windows-amd64, windows-arm64), site, npm and sbom. The folder must not be there, or be empty.

Exit status: 0 done; 1 it failed; 2 wrong use.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var r release
	flags.StringVar(&r.version, "version", "", "")
	flags.StringVar(&r.out, "out", "release", "")
	only := flags.String("only", "", "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil:
		err = r.choose(*only)
	}
	if err != nil {
		fmt.Fprintf(stderr, "release: %v; see --help\n", err)
		return 2
	}
	r.log = stdout
	if err := r.run(ctx); err != nil {
		fmt.Fprintln(stderr, "release:", err)
		return 1
	}
	return 0
}

// semver is a version as Go's modules and npm both take it, with Go's v.
var semver = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// release is one release.
type release struct {
	version, out string
	targets      []target
	log          io.Writer

	root, commit string
	dist         string // the built site, once it is
}

// target is a file of a release.
type target struct {
	name string
	make func(r *release, ctx context.Context, name string) (file string, err error)
}

var targets = []target{
	{"linux-amd64", (*release).program}, {"linux-arm64", (*release).program}, {"linux-amd64-static", (*release).program}, {"linux-arm64-static", (*release).program},
	{"darwin-amd64", (*release).program}, {"darwin-arm64", (*release).program}, {"windows-amd64", (*release).program}, {"windows-arm64", (*release).program},
	{"site", (*release).site}, {"npm", (*release).npm}, {"sbom", (*release).sbom},
}

func (r *release) choose(only string) error {
	if !semver.MatchString(r.version) {
		return fmt.Errorf("--version is %q: it must be like v0.2.0", r.version)
	}
	if only == "" {
		r.targets = targets
		return nil
	}
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, t := range targets {
			if t.name == name {
				r.targets, found = append(r.targets, t), true
			}
		}
		if !found {
			return fmt.Errorf("--only has %q, which is none of the files", name)
		}
	}
	return nil
}

func (r *release) run(ctx context.Context) (err error) {
	if r.root, err = gotool.Root(ctx); err != nil {
		return err
	}
	if files, err := os.ReadDir(r.out); err == nil && len(files) > 0 {
		return fmt.Errorf("%s holds files: remove them, or name another folder with --out", r.out)
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if r.commit, err = r.output(ctx, "git", "rev-parse", "--short=10", "HEAD"); err != nil {
		return err
	}
	changed, err := r.output(ctx, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		r.commit += "+changes"
		fmt.Fprintln(r.log, "The working tree has changes that are not committed: fit to try, not to publish.")
	}
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	r.dist = filepath.Join(scratch, "dist")
	var made []string
	for i, t := range r.targets {
		fmt.Fprintf(r.log, "%d of %d: %s\n", i+1, len(r.targets), t.name)
		file, err := t.make(r, ctx, t.name)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		made = append(made, file)
	}
	return r.sums(made)
}
