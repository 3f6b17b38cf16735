package main

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"

	"github.com/webmunit/webmunit/tools/internal/bench"
)

// starter is a contender for the shortest way to the first picture.
type starter struct {
	id             string // in page.js
	row            bench.Row
	starts, firsts []float64 // seconds, of which row.Times has the sums
}

// coldStarts has our page, with the device that it chooses itself, and onnxruntime-web's WASM start in turns.
func (s *suite) coldStarts(b *browser, reference []float32) (bench.Table, error) {
	starters := []*starter{
		{id: "munit-auto", row: bench.Row{Name: "webmunit, page", Peer: ortWASM}},
		{id: "ort-wasm", row: bench.Row{Name: ortWASM}},
	}
	for turn := range s.runs {
		for _, c := range starters {
			s.logf("page from nothing: turn %d of %d: %s", turn+1, s.runs, c.row.Name)
			if err := c.turn(b, reference); err != nil {
				return bench.Table{}, fmt.Errorf("page from nothing: %s: %w", c.row.Name, err)
			}
		}
	}
	table := bench.Table{
		Title: "Page, from nothing to the first picture, " + b.Title,
		Note:  "Here start and first are medians, and the last columns are of both together.",
	}
	for _, c := range starters {
		c.row.Start, c.row.First = bench.Median(c.starts), bench.Median(c.firsts)
		table.Rows = append(table.Rows, c.row)
	}
	table.Finish()
	s.peer("webmunit's page from nothing computed on: %s", b.devices["munit-auto"])
	return table, nil
}

// turn starts c in a profile of its own, in which nothing is cached, and checks its picture.
func (c *starter) turn(b *browser, reference []float32) error {
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	defer closeTab()
	if err := b.load(ctx); err != nil {
		return err
	}
	took, err := call[struct {
		Device       string
		Start, First float64
	}](ctx, `return bench.coldStart(%q)`, c.id)
	if err != nil {
		return b.explain(err)
	}
	b.devices[c.id] = took.Device
	c.starts, c.firsts = append(c.starts, took.Start), append(c.firsts, took.First)
	c.row.Times = append(c.row.Times, took.Start+took.First)
	tab := bench.Contender{Output: func(context.Context) (bench.Output, error) { return b.output(ctx, c.id) }}
	difference, pixels, err := tab.Check(ctx, reference)
	c.row.Difference, c.row.Pixels = max(c.row.Difference, difference), pixels
	return err
}
