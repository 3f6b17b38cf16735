// Dataset makes the pictures that the shipped models are trained on. See usage, or run it with --help.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

const usage = `Dataset makes pictures to train on, of openly licensed packages, for munit train.

Usage, from the root of the repository:

  go run ./tools/dataset avatars --output DIR   drawings in ink and tones (A) and avatars in colour (B)
  go run ./tools/dataset earth --output DIR     maps of coasts and heights (A) and satellite pictures (B)
  go run ./tools/dataset wares --output DIR     drawings (A) and pictures (B) of vases, mugs, bags, shoes and such

Flags:

  --output DIR   folder to write into
  --size N       side of the pictures in pixels (avatars 128, earth 64, wares 256; new_size in a config makes them smaller)
  --train N      pictures in trainA, and in trainB (2000)
  --test N       pairs in testA and testB (200)
  --pairs N      pairs in pairsA and pairsB, for methods that learn from pairs (0)
  --only FAMILY  of wares: vessel, hat, bag or shoe alone; each picture keeps the number that it has among all (all)
  --cache DIR    folder for fetched packages (by default in the user's cache folder)

DIR gets trainA, trainB, testA, testB, sheet.png, which shows some of them, and CREDITS.md, which must go where the pictures or what is
trained on them goes. Nothing in trainA belongs to anything in trainB. The test pictures are kept apart from them: parts of faces, or
stripes of the earth, that training never sees; those of one name belong together, which is what munit eval goes by. Avatars have
several true pictures for each test drawing: testB/00000.png, and testB_multi/00000_1.png and so on in other colours; labels.csv tells the
collection and background of those in trainB, for tools/quality. Wares have the same: their labels.csv tells kind, finish and colour. Their
kinds.csv tells what each test drawing shows, and testMask/00000.png where on the drawing it is (white).

What is there already is not made again, so that a run that was interrupted goes on. Equal versions and sizes give equal pictures.

It needs npm, which fetches the packages (100 MB, once); avatars and wares need Chromium too, which draws them (make setup installs it).

Then, for example:

  munit train --config config.yaml --data DIR --output out

Exit status: 0 done; 1 it failed; 2 wrong use.
`

// sizes are the pictures' sides, unless one is asked for.
var sizes = map[string]int{"avatars": 128, "earth": 64, "wares": 256}

type options struct {
	output, cache, only      string
	size, train, test, pairs int
	log                      io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := options{log: stderr}
	flags := flag.NewFlagSet("dataset", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.output, "output", "", "")
	flags.StringVar(&o.cache, "cache", "", "")
	flags.StringVar(&o.only, "only", "", "")
	flags.IntVar(&o.size, "size", 0, "")
	flags.IntVar(&o.train, "train", 2000, "")
	flags.IntVar(&o.test, "test", 200, "")
	flags.IntVar(&o.pairs, "pairs", 0, "")
	makers := map[string]func(context.Context, options, string) error{"avatars": makeAvatars, "earth": makeEarth, "wares": makeWares}
	var set string
	if len(args) > 0 && makers[args[0]] != nil {
		set, args = args[0], args[1:]
	}
	err := flags.Parse(args)
	if o.size == 0 {
		o.size = sizes[set]
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
	case set == "":
		err = errors.New("say avatars, earth or wares first")
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.output == "":
		err = errors.New("--output is missing")
	case o.only != "" && (set != "wares" || !isFamily(o.only)):
		err = fmt.Errorf("--only is %q: of wares it may be vessel, hat, bag or shoe", o.only)
	case o.size < 16 || o.size > 512 || o.size%4 != 0:
		err = fmt.Errorf("--size is %d: it must be a multiple of 4 from 16 to 512", o.size)
	case o.train < 1 || min(o.test, o.pairs) < 0 || max(o.train, o.test, o.pairs) > 99999:
		err = errors.New("--train, --test and --pairs must be numbers of pictures, at most 99999")
	}
	if err != nil {
		fmt.Fprintf(stderr, "dataset: %v; see --help\n", err)
		return 2
	}
	if err := o.run(ctx, makers[set]); err != nil {
		fmt.Fprintf(stderr, "dataset: %v\n", err)
		return 1
	}
	return 0
}

func (o options) run(ctx context.Context, make func(context.Context, options, string) error) error {
	if o.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("no cache folder (%w): set HOME, or give --cache", err)
		}
		o.cache = filepath.Join(dir, "webmunit", "dataset")
	}
	modules, err := packages(ctx, o.cache, o.log)
	if err != nil {
		return err
	}
	return make(ctx, o, modules)
}
