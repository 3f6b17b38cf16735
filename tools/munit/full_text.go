package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/checkup"
)

// print writes the report for people. Its strings may come from anywhere: w must make them printable.
func (r *fullReport) print(w io.Writer) {
	say(w, "munit doctor --full, %s, took %s\n", r.Date.Format(time.RFC3339), seconds(time.Duration(r.Seconds*1e9)))
	r.Program.print(w)
	r.System.print(w)
	for _, d := range r.Devices {
		d.print(w)
	}
	say(w, "")
	if n := r.failures(); n > 0 {
		say(w, "%s.", count(n, "fault"))
	} else {
		say(w, "No faults.")
	}
}

func (e examined) print(w io.Writer) {
	say(w, "\n%s", e.line())
	for _, detail := range e.Details {
		say(w, "       %s", detail)
	}
	if len(e.Limits) > 0 {
		say(w, "       limits")
		for _, name := range slices.Sorted(maps.Keys(e.Limits)) {
			say(w, "         %-48s %d", name, e.Limits[name])
		}
	}
	if e.Ended != "" {
		for i, line := range strings.Split(e.Ended, "\n") {
			say(w, "%s%s", [2]string{"  FAULT ", "        "}[min(i, 1)], line)
		}
	}
	for _, part := range checkup.Parts() {
		e.printPart(w, part)
	}
}

func (e examined) printPart(w io.Writer, part checkup.Part) {
	var rows []checkup.Row
	for _, r := range e.Rows {
		if r.Part == part {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	say(w, "\n  %s", part)
	for _, group := range byVariant(rows) {
		if text := summary(group); text != "" {
			say(w, "       %s", text)
		}
		for _, r := range group {
			switch r.State {
			case checkup.Wrong:
				say(w, "  FAULT %s: %s", r.Name, r.Text)
			case checkup.Absent, checkup.Skipped:
				say(w, "       %s: %s, %s", r.Name, r.State, r.Text)
			case checkup.Measured:
				say(w, "       %-44s %s", r.Name, figures(r))
			}
		}
	}
}

// byVariant groups rows by the variant that they tried, in order; those of tuning are one group, for they tell which was fastest.
func byVariant(rows []checkup.Row) [][]checkup.Row {
	var groups [][]checkup.Row
	for i, r := range rows {
		if i == 0 || r.Part == checkup.Variants && r.Variant != rows[i-1].Variant {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], r)
	}
	return groups
}

// summary says how many of rows are right, and how far the worst is off.
func summary(rows []checkup.Row) string {
	right, judged, worst, worstName := 0, 0, -1.0, ""
	races, differ := 0, 0
	for _, r := range rows {
		if r.State != checkup.Right && r.State != checkup.Wrong {
			continue
		}
		if runs, ok := r.Figures["runs"]; ok && runs > 0 {
			races++
			if r.Figures["different"] > 0 {
				differ++
			}
			continue
		}
		judged++
		if r.State == checkup.Right {
			right++
			if nmse, ok := r.Figures["nmse"]; ok && nmse > worst {
				worst, worstName = nmse, r.Name
			}
		}
	}
	var parts []string
	if judged > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d right", right, judged))
	}
	if worst >= 0 {
		parts = append(parts, fmt.Sprintf("largest NMSE %.1g (%s)", worst, worstName))
	}
	if races > 0 {
		text := count(races, "program") + " run 50 times, with the same bits each time"
		if differ > 0 {
			text = fmt.Sprintf("%s run 50 times, %d of them NOT with the same bits each time", count(races, "program"), differ)
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, "; ")
	if v := rows[0].Variant; v != "" && rows[0].Part == checkup.Variants {
		text = fmt.Sprintf("%-24s %s", v, text)
	}
	return text
}

// figures are a row's measures, with their units.
func figures(r checkup.Row) string {
	var parts []string
	fastest := ""
	if r.Part == checkup.Tuning && r.Variant != "" {
		fastest = r.Variant + " is fastest: "
	}
	for _, name := range slices.Sorted(maps.Keys(r.Figures)) {
		v := r.Figures[name]
		switch {
		case name == "flops":
			parts = append(parts, fmt.Sprintf("%.4g GFLOP/s", v/1e9))
		case name == "peak share":
			parts = append(parts, fmt.Sprintf("%.0f %% of the peak", 100*v))
		case name == "bytes" || name == "activations":
			parts = append(parts, fmt.Sprintf("%s %.1f MiB", name, v/(1<<20)))
		case strings.HasSuffix(name, " bytes/s"):
			parts = append(parts, fmt.Sprintf("%s %.3g GB/s", strings.TrimSuffix(name, " bytes/s"), v/1e9))
		case name == "seconds" || name == "first" || name == "start" || r.Part == checkup.Tuning && r.Variant != "":
			text := precise(v)
			if v >= 1 {
				text = fmt.Sprintf("%.3g s", v)
			}
			parts = append(parts, strings.TrimPrefix(name+" "+text, "seconds "))
		default:
			parts = append(parts, fmt.Sprintf("%s %g", name, v))
		}
	}
	if r.Text != "" {
		parts = append(parts, r.Text)
	}
	return fastest + strings.Join(parts, ", ")
}
