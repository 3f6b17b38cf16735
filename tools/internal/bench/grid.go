package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// seconds writes s with three digits.
func seconds(s float64) string {
	unit := "s"
	switch {
	case s < 1e-3:
		s, unit = s*1e6, "µs"
	case s < 1:
		s, unit = s*1e3, "ms"
	}
	digits := 2
	for limit := 10.0; s >= limit && digits > 0; limit *= 10 {
		digits--
	}
	return fmt.Sprintf("%.*f %s", digits, s, unit)
}

// writeGrid writes a Markdown table whose columns line up in a terminal too: the first on the left, the others on the right. The first row has
// the columns' names; a column with nothing else in it is left out.
func writeGrid(b *strings.Builder, grid [][]string) {
	grid = withoutEmpty(grid)
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

func withoutEmpty(grid [][]string) [][]string {
	out := make([][]string, len(grid))
	for c := range grid[0] {
		if c > 0 && !slices.ContainsFunc(grid[1:], func(row []string) bool { return row[c] != "" }) {
			continue
		}
		for i, row := range grid {
			out[i] = append(out[i], row[c])
		}
	}
	return out
}
