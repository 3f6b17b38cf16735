package main

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/eval"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/replace"
)

// The table's place in docs/quality.md.
const (
	tableBegin = "<!-- table: begin; go run ./tools/quality table writes this -->"
	tableEnd   = "<!-- table: end -->"
)

// write puts the table of all rows that have results into the document.
func (f *tableFlags) write() error {
	old, err := os.ReadFile(f.doc)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no section between %q and %q for the table", f.doc, tableBegin, tableEnd)
	}
	tables, err := f.tables()
	if err != nil {
		return err
	}
	if err := f.shown(); err != nil {
		return err
	}
	return replace.File(f.doc, func(w io.Writer) error {
		_, err := io.WriteString(w, before+tableBegin+"\n\n"+tables+"\n"+tableEnd+after)
		return err
	})
}

// tables are those of all sets that have a row, in Markdown.
func (f *tableFlags) tables() (string, error) {
	var b strings.Builder
	for _, s := range f.sets {
		results := map[string][]*result{}
		for _, r := range rows {
			for _, seed := range f.seedList {
				if have := f.read(cell{r, s, seed}); have != nil {
					results[r.name] = append(results[r.name], have)
				}
			}
		}
		if len(results) > 0 {
			fmt.Fprintf(&b, "**%s**\n\n%s\n", s.name, table(s.name, results))
		}
	}
	if b.Len() == 0 {
		return "", errors.New("no row has been scored")
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

// shown is one picture of what all rows drew with the first seed, sets below each other.
func (f *tableFlags) shown() error {
	var strips []image.Image
	var size image.Point
	for _, s := range f.sets {
		for _, r := range rows {
			path := f.path(cell{r, s, f.seedList[0]}, shownName)
			if _, err := os.Stat(path); err != nil {
				continue // not made yet, or real
			}
			m, err := picture.Open(path)
			if err != nil {
				return err
			}
			strips = append(strips, m)
			size = image.Pt(max(size.X, m.Bounds().Dx()), size.Y+m.Bounds().Dy())
		}
	}
	if len(strips) == 0 {
		return nil
	}
	all, at := image.NewRGBA(image.Rectangle{Max: size}), image.Point{}
	draw.Draw(all, all.Rect, image.White, image.Point{}, draw.Src)
	for _, m := range strips {
		draw.Draw(all, m.Bounds().Add(at), m, m.Bounds().Min, draw.Src)
		at.Y += m.Bounds().Dy()
	}
	return picture.WritePNG(f.picture, all)
}

// column is a column of the tables: its head, and how a result's value is written.
type column struct {
	head, format string
	value        func(*eval.Scores) *float64
}

var columns = []column{
	{"diversity", "%.2f", func(s *eval.Scores) *float64 { return in(s.Diversity, features) }},
	{"in pixels", "%.3f", func(s *eval.Scores) *float64 { return in(s.Diversity, pixels) }},
	{"LPIPS", "%.3f", func(s *eval.Scores) *float64 { return in(s.Diversity, lpips) }},
	{"coverage", "%.2f", func(s *eval.Scores) *float64 { return in(s.Coverage, features) }},
	{"precision", "%.2f", func(s *eval.Scores) *float64 { return in(s.Precision, features) }},
	{"Fréchet", "%.0f", func(s *eval.Scores) *float64 { return s.Frechet }},
	{"IS", "%.2f", func(s *eval.Scores) *float64 { return s.IS }},
	{"CIS", "%.2f", func(s *eval.Scores) *float64 { return s.CIS }},
	{"PSNR", "%.1f", func(s *eval.Scores) *float64 { return s.ReconstructionPSNR }},
	{"lines", "%.2f", func(s *eval.Scores) *float64 { return kept(s.Lines) }},
	{"ground", "%.2f", func(s *eval.Scores) *float64 { return s.GroundClean }},
	{"own true pictures", "%.2f", func(s *eval.Scores) *float64 { return own(s.Meaning) }},
}

// table is a set's results by row, one for each seed: means, with half the range of the seeds behind ±. Columns without a value are left out.
func table(set string, results map[string][]*result) string {
	var shown []column
	for _, c := range columns {
		for _, all := range results {
			if len(values(c, all)) > 0 {
				shown = append(shown, c)
				break
			}
		}
	}
	var b strings.Builder
	b.WriteString("| | iterations |")
	for _, c := range shown {
		b.WriteString(" " + c.head + " |")
	}
	line := "|---|--:|" + strings.Repeat("--:|", len(shown))
	hasPaper := set == paperSet
	if hasPaper {
		b.WriteString(" paper: quality, LPIPS |")
		line += "--:|"
	}
	b.WriteString("\n" + line + "\n")
	for _, r := range rows {
		all := results[r.name]
		iterations := "–"
		switch {
		case len(all) == 0:
			iterations = "not run"
		case r.trained:
			iterations = fmt.Sprint(all[0].Iterations)
		}
		fmt.Fprintf(&b, "| %s | %s |", r.title, iterations)
		for _, c := range shown {
			b.WriteString(" " + spread(values(c, all), c.format) + " |")
		}
		if hasPaper {
			b.WriteString(" " + r.paper + " |")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n%s\n", settings(results))
	if line := ratios(results); line != "" {
		fmt.Fprintf(&b, "\n%s\n", line)
	}
	return b.String()
}

// values are a column's of all results that have one.
func values(c column, all []*result) (have []float64) {
	for _, r := range all {
		if v := c.value(r.Scores); v != nil {
			have = append(have, *v)
		}
	}
	return have
}

// spread is the mean of values, with half their range where there are several.
func spread(values []float64, format string) string {
	if len(values) == 0 {
		return "–"
	}
	text := fmt.Sprintf(format, average(values))
	if len(values) > 1 {
		text += " ±" + fmt.Sprintf(format, (slices.Max(values)-slices.Min(values))/2)
	}
	return text
}

func average(values []float64) (mean float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

// settings says what the rows were scored with.
func settings(results map[string][]*result) string {
	for _, r := range rows {
		all := results[r.name]
		if len(all) == 0 {
			continue
		}
		var seeds []string
		for _, have := range all {
			seeds = append(seeds, fmt.Sprint(have.Seed))
		}
		return fmt.Sprintf("%d test drawings, %d styles each, seed %s. The classifier was %s.", all[0].Inputs, all[0].Styles, strings.Join(seeds, " and "),
			all[0].Classifier)
	}
	return ""
}

// ratios compares MUNIT's diversity with that of the methods without styles.
func ratios(results map[string][]*result) string {
	diversity := func(name string) float64 { return average(values(columns[0], results[name])) }
	munit := diversity("munit")
	if munit == 0 {
		return ""
	}
	var parts []string
	for _, r := range rows {
		if r.name != "unit" && !strings.HasPrefix(r.name, "cyclegan") || results[r.name] == nil {
			continue
		}
		if d := diversity(r.name); d > 0 {
			parts = append(parts, fmt.Sprintf("%.1f times that of %s", munit/d, r.title))
		} else {
			parts = append(parts, fmt.Sprintf("that of %s is 0", r.title))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "MUNIT's diversity, in features, is " + strings.Join(parts, ", ") + "."
}

func features(d *eval.Distances) *float64 { return &d.Features }
func pixels(d *eval.Distances) *float64   { return &d.Pixels }
func lpips(d *eval.Distances) *float64    { return d.LPIPS }

func in(d *eval.Distances, kind func(*eval.Distances) *float64) *float64 {
	if d == nil {
		return nil
	}
	return kind(d)
}

func own(m *eval.Meaning) *float64 {
	if m == nil {
		return nil
	}
	return &m.Own
}

func kept(l *eval.Lines) *float64 {
	if l == nil {
		return nil
	}
	return &l.Kept
}
