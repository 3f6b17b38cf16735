package main

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"
)

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
}

func orDash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func megabytes(n int) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
