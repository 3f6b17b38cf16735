package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/webmunit/webmunit/runtime/eval"
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
	results := map[string]*result{}
	for _, r := range rows {
		if have := f.read(r); have != nil {
			results[r.name] = have
		}
	}
	if len(results) == 0 {
		return errors.New("no row has been scored")
	}
	return replace.File(f.doc, func(w io.Writer) error {
		_, err := io.WriteString(w, before+tableBegin+"\n\n"+table(results)+"\n"+tableEnd+after)
		return err
	})
}

// table is the rows' results in Markdown, and what they say of diversity.
func table(results map[string]*result) string {
	var b strings.Builder
	fmt.Fprintln(&b, "| | iterations | diversity | in pixels | LPIPS | coverage | precision | Fréchet | IS | CIS | PSNR | own true pictures | paper: quality | paper: LPIPS |")
	fmt.Fprintln(&b, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		have := results[r.name]
		if have == nil {
			fmt.Fprintf(&b, "| %s | not run | | | | | | | | | | | %s | %s |\n", r.title, r.paper[0], r.paper[1])
			continue
		}
		s := have.Scores
		iterations := "–"
		if r.trained {
			iterations = fmt.Sprint(have.Iterations)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.title, iterations,
			of(s.Diversity, features), of(s.Diversity, pixels), of(s.Diversity, lpips), of(s.Coverage, features), of(s.Precision, features),
			number(s.Frechet, "%.2f"), number(s.IS, "%.3f"), number(s.CIS, "%.3f"), number(s.ReconstructionPSNR, "%.1f"), own(s.Meaning), r.paper[0], r.paper[1])
	}
	fmt.Fprintf(&b, "\n%s\n", settings(results))
	if line := ratios(results); line != "" {
		fmt.Fprintf(&b, "\n%s\n", line)
	}
	return b.String()
}

// settings says what the rows were scored with.
func settings(results map[string]*result) string {
	for _, r := range rows {
		if have := results[r.name]; have != nil {
			return fmt.Sprintf("%d test drawings, %d styles each, seed %d. The classifier was %s.", have.Inputs, have.Styles, have.Seed, have.Classifier)
		}
	}
	return ""
}

// ratios compares MUNIT's diversity with that of the methods without styles.
func ratios(results map[string]*result) string {
	diversity := func(name string) float64 {
		if have := results[name]; have != nil && have.Scores.Diversity != nil {
			return have.Scores.Diversity.Features
		}
		return 0
	}
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

func features(d *eval.Distances) string { return fmt.Sprintf("%.2f", d.Features) }
func pixels(d *eval.Distances) string   { return fmt.Sprintf("%.4f", d.Pixels) }
func lpips(d *eval.Distances) string    { return number(d.LPIPS, "%.3f") }

func of(d *eval.Distances, show func(*eval.Distances) string) string {
	if d == nil {
		return "–"
	}
	return show(d)
}

func number(v *float64, format string) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf(format, *v)
}

func own(m *eval.Meaning) string {
	if m == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f (%s)", m.Own, m.Verdict)
}
