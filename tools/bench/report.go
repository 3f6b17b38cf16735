package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Report is what one run found.
type Report struct {
	Date    time.Time `json:"date"`
	Machine Machine   `json:"machine"`
	Tables  []Table   `json:"tables"`
	LeftOut []LeftOut `json:"left_out,omitempty"`
}

// LeftOut names contenders that did not take part, and why.
type LeftOut struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Table compares contenders at the same work.
type Table struct {
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	Rows  []Row  `json:"rows"`
}

// Row is one contender. Times are in seconds.
type Row struct {
	Name       string    `json:"name"`
	Start      float64   `json:"start,omitempty"` // before the first picture; 0: another contender's start served this one too
	First      float64   `json:"first"`
	Times      []float64 `json:"times"`
	Median     float64   `json:"median"`
	Min        float64   `json:"min"`
	Max        float64   `json:"max"`
	Peer       string    `json:"peer,omitempty"`
	Ratio      float64   `json:"ratio,omitempty"` // of the medians: below 1 is faster than the peer
	Difference float64   `json:"difference"`      // largest from our native CPU code's output, in [-1, 1]
	Pixels     bool      `json:"pixels"`          // the output is rounded to 8 bits, which the difference includes
}

// finish works out what follows from the times.
func (t *Table) finish() {
	medians := map[string]float64{}
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Median, r.Min, r.Max = median(r.Times), slices.Min(r.Times), slices.Max(r.Times)
		medians[r.Name] = r.Median
	}
	for i := range t.Rows {
		if peer := medians[t.Rows[i].Peer]; peer > 0 {
			t.Rows[i].Ratio = t.Rows[i].Median / peer
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

var columns = []string{"", "start", "first", "median", "min–max", "runs", "time against peer", "max difference"}

// writeMarkdown writes r for people and documents.
func (r Report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s.\n\n", r.Date.UTC().Format("2 January 2006, 15:04 UTC"))
	for _, line := range r.Machine.lines() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, t := range r.Tables {
		fmt.Fprintf(&b, "\n### %s\n\n", t.Title)
		if t.Note != "" {
			fmt.Fprintf(&b, "%s\n\n", t.Note)
		}
		grid := [][]string{columns}
		for _, row := range t.Rows {
			grid = append(grid, row.cells())
		}
		writeGrid(&b, grid)
	}
	if len(r.LeftOut) > 0 {
		b.WriteString("\n### Left out\n\n")
		for _, l := range r.LeftOut {
			fmt.Fprintf(&b, "- %s: %s\n", l.Name, l.Why)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Row) cells() []string {
	start, ratio := "", ""
	if r.Start > 0 {
		start = seconds(r.Start)
	}
	if r.Ratio > 0 {
		ratio = fmt.Sprintf("%.2f × %s", r.Ratio, r.Peer)
	}
	difference := fmt.Sprintf("%.1e", r.Difference)
	if r.Pixels {
		difference += ", 8 bits"
	}
	return []string{r.Name, start, seconds(r.First), seconds(r.Median), seconds(r.Min) + "–" + seconds(r.Max),
		fmt.Sprint(len(r.Times)), ratio, difference}
}

// seconds writes s with three digits.
func seconds(s float64) string {
	unit := "s"
	if s < 1 {
		s, unit = s*1000, "ms"
	}
	digits := 2
	for limit := 10.0; s >= limit && digits > 0; limit *= 10 {
		digits--
	}
	return fmt.Sprintf("%.*f %s", digits, s, unit)
}

// writeGrid writes a Markdown table whose columns line up in a terminal too: the first on the left, the others on the right.
func writeGrid(b *strings.Builder, grid [][]string) {
	widths := make([]int, len(grid[0]))
	for c := range widths {
		widths[c] = utf8.RuneCountInString(slices.MaxFunc(grid, func(a, b []string) int {
			return cmp.Compare(utf8.RuneCountInString(a[c]), utf8.RuneCountInString(b[c]))
		})[c])
	}
	for i, row := range grid {
		for c, cell := range row {
			space := strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell))
			if c == 0 {
				cell, space = cell+space, ""
			}
			fmt.Fprintf(b, "| %s%s ", space, cell)
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat("-", widths[0]+2))
			for _, w := range widths[1:] {
				b.WriteString("|" + strings.Repeat("-", w+1) + ":")
			}
			b.WriteString("|\n")
		}
	}
}

func (r Report) json() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}
