package main

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"
)

// codeBudget is what visitors may have to download before a model, compressed by brotli: the wasm and all scripts and styles.
const codeBudget = 1_125_000

// checkBudget fails where code has outgrown codeBudget: on a slow network every 100 kB are a second.
func checkBudget(files []built) error {
	code, largest := codeSize(files)
	if code <= codeBudget {
		return nil
	}
	return fmt.Errorf("the site's code has %d bytes of brotli, %d more than the budget of %d; the largest is %s with %d: build the wasm without -ldflags=-s and look at its name section (wasm-objdump of the wabt tools, or twiggy), or argue for another budget in docs/decisions.md",
		code, code-codeBudget, codeBudget, largest.name, largest.brotli)
}

// codeSize adds up what counts against the budget.
func codeSize(files []built) (total int, largest built) {
	for _, f := range files {
		if isApart(f.name) {
			continue // which a visitor must ask for
		}
		switch filepath.Ext(f.name) {
		case ".wasm", ".js", ".css", ".html":
			total += f.brotli
			if f.brotli > largest.brotli {
				largest = f
			}
		}
	}
	return total, largest
}

// report prints the files with their sizes, and the wasm's clearly: it is most of what a visitor waits for besides the model.
func report(w io.Writer, out string, files []built) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "bytes\tgzip\tbrotli\t  file")
	var wasm built
	var total int
	for _, f := range files {
		if filepath.Ext(f.name) == ".map" {
			continue // only developers' tools load them
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t  %s\n", f.raw, orDash(f.gzip), orDash(f.brotli), f.name)
		total += f.raw
		if f.name == sentinel {
			wasm = f
		}
	}
	table.Flush()
	fmt.Fprintf(w, "\n%s: %d files, %s\n", out, len(files), megabytes(total))
	fmt.Fprintf(w, "%s: %s after -s -w, %s with gzip, %s with brotli\n", sentinel, megabytes(wasm.raw), megabytes(wasm.gzip), megabytes(wasm.brotli))
	code, _ := codeSize(files)
	fmt.Fprintf(w, "all code: %s with brotli, of %s allowed\n", megabytes(code), megabytes(codeBudget))
}

func orDash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func megabytes(n int) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
