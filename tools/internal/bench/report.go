package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Report is what one run found.
type Report struct {
	Date    time.Time    `json:"date"`
	Machine Machine      `json:"machine"`
	Tables  []Table      `json:"tables"`
	Layers  []LayerTable `json:"layers,omitempty"`
	LeftOut []LeftOut    `json:"left_out,omitempty"`
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
	Memory     Memory    `json:"memory,omitzero"`
}

// Memory counts the bytes of activations on a device (graph.Memory).
type Memory struct {
	Arena int64 `json:"arena"` // as planned
	Live  int64 `json:"live"`  // the most that is alive at once: no plan can need less
}

func memoryOf(m graph.Memory) Memory { return Memory{m.Arena, m.Live} }

// Finish works out what follows from the times.
func (t *Table) Finish() {
	medians := map[string]float64{}
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Median, r.Min, r.Max = Median(r.Times), slices.Min(r.Times), slices.Max(r.Times)
		medians[r.Name] = r.Median
	}
	for i := range t.Rows {
		if peer := medians[t.Rows[i].Peer]; peer > 0 {
			t.Rows[i].Ratio = t.Rows[i].Median / peer
		}
	}
}

var columns = []string{"", "start", "first", "median", "min–max", "runs", "time against peer", "max difference", "memory"}

var layerColumns = []string{"", "a picture has", "first", "median", "min–max", "runs", "rate", "of peak", "kernel"}

// WriteMarkdown writes r for people and documents.
func (r Report) WriteMarkdown(w io.Writer) error {
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
	for _, t := range r.Layers {
		fmt.Fprintf(&b, "\n### %s\n\nIts peak, measured in the same run: %.4g GFLOP/s.\n\n", t.Title, t.Peak/giga)
		grid := [][]string{layerColumns}
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

const (
	giga = 1e9
	mebi = 1 << 20
)

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
		fmt.Sprint(len(r.Times)), ratio, difference, r.Memory.String()}
}

func (r LayerRow) cells() []string {
	rate, share := fmt.Sprintf("%.3g GB/s", float64(r.Bytes)/r.Median/giga), ""
	if r.FLOPs > 0 {
		rate, share = fmt.Sprintf("%.4g GFLOP/s", r.Rate/giga), fmt.Sprintf("%.0f %%", 100*r.Share)
	}
	return []string{r.Name, fmt.Sprintf("%d ×", r.Count), seconds(r.First), seconds(r.Median), seconds(r.Min) + "–" + seconds(r.Max),
		fmt.Sprint(len(r.Times)), rate, share, r.Kernel}
}

func (m Memory) String() string {
	if m == (Memory{}) {
		return ""
	}
	return fmt.Sprintf("%.1f MiB, live %.1f", float64(m.Arena)/mebi, float64(m.Live)/mebi)
}

// JSON is the report with every single time.
func (r Report) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}
