package eval

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/pixels"
)

// Trial is a generator to be scored on test pictures.
type Trial struct {
	Generator     *Generator
	Pairs         *Pairs
	Height, Width int                    // of the pictures that Generator takes and gives
	From, To      int                    // channels
	Styles        int                    // outputs per input
	Style         func(i int) []float32  // style or noise of output i of all: inputs that shared styles would be few samples of what the model draws
	Rows          int                    // of the sheet; 0: none
	Step          func(done, inputs int) // called after each input; may be nil
	Bad           func(error)            // called for a picture that cannot be read, which is left out; nil makes that an error
}

// Run draws the outputs and scores them. The sheet, nil without Rows, has a row per input: the input, its outputs, its true pictures.
func (t Trial) Run(ctx context.Context, s *Scorer) (*Scores, image.Image, error) {
	n := len(t.Pairs.Inputs)
	shown := min(t.Rows, n)
	var sheet *picture.Sheet
	if shown > 0 {
		truths := 0
		for _, in := range t.Pairs.Inputs {
			truths = max(truths, min(len(in.Truths), sheetTruths))
		}
		var err error
		if sheet, err = picture.NewSheet(shown, t.Styles+truths); err != nil {
			return nil, nil, err
		}
	}
	scoring, real, drawn := s.Begin(), s.Begin(), make([]bool, shown)
	for i, in := range t.Pairs.Inputs {
		x, err := t.read(ctx, in.Path, t.From)
		if err != nil {
			return nil, nil, err
		}
		if x == nil {
			t.step(i+1, n)
			continue
		}
		sample, err := t.sample(ctx, i, x)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", in.Path, err)
		}
		if err := scoring.Add(ctx, sample); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", in.Path, err)
		}
		if perfect, ok := sample.Real(); ok {
			if err := real.Add(ctx, perfect); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", in.Path, err)
			}
		}
		if row := i * shown / n; shown > 0 && !drawn[row] { // the first input of those that share the row
			t.show(sheet, row, coloured(x, t.From), sample)
			drawn[row] = true
		}
		t.step(i+1, n)
	}
	if t.unpaired() {
		if err := t.addReference(ctx, scoring); err != nil {
			return nil, nil, err
		}
	}
	scores, err := scoring.Scores()
	if err != nil {
		return nil, nil, err
	}
	if scores.Real, err = real.Scores(); err != nil && !errors.Is(err, ErrNothing) {
		return nil, nil, err
	}
	if sheet == nil {
		return scores, nil, nil
	}
	return scores, sheet.Image(), nil
}

// sheetTruths is how many true pictures of an input a sheet shows at most.
const sheetTruths = 8

// sample is input i's outputs, its true pictures, and the first of them reconstructed.
func (t Trial) sample(ctx context.Context, i int, x Picture) (s Sample, err error) {
	in, styles := t.Pairs.Inputs[i], make([][]float32, t.Styles)
	for k := range styles {
		styles[k] = t.Style(i*t.Styles + k)
	}
	if s.Outputs, err = t.Generator.Draw(ctx, x, styles); err != nil {
		return s, err
	}
	s.Input, s.Width = coloured(x, t.From), t.Width
	if in.Mask != "" {
		if s.Mask, err = t.read(ctx, in.Mask, channels); err != nil {
			return s, err
		}
	}
	for _, path := range in.Truths {
		p, err := t.read(ctx, path, t.To)
		if err != nil {
			return s, err
		}
		if p == nil {
			continue
		}
		s.Truths = append(s.Truths, coloured(p, t.To))
		if len(s.Truths) > 1 {
			continue
		}
		if s.Reconstructed, err = t.Generator.Reconstruct(ctx, p); err != nil {
			return s, err
		}
		s.Original = s.Truths[0]
	}
	return s, nil
}

// unpaired tells whether no input has a true picture.
func (t Trial) unpaired() bool {
	for _, in := range t.Pairs.Inputs {
		if len(in.Truths) > 0 {
			return false
		}
	}
	return true
}

// addReference holds the outputs against all pictures of their domain, and reconstructs as many of these as there are inputs, evenly out of all.
func (t Trial) addReference(ctx context.Context, scoring *Scoring) error {
	all := t.Pairs.Reference
	tried := min(len(t.Pairs.Inputs), len(all))
	for i, path := range all {
		p, err := t.read(ctx, path, t.To)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if err := scoring.AddReference(ctx, coloured(p, t.To)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if (i+1)*tried/len(all) == i*tried/len(all) {
			continue
		}
		again, err := t.Generator.Reconstruct(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if again != nil {
			scoring.AddReconstructed(coloured(p, t.To), again)
		}
	}
	return nil
}

// read reads a picture of so many channels; nil is one that cannot be read, which Bad was told of.
func (t Trial) read(ctx context.Context, path string, channels int) (Picture, error) {
	p, err := Read(ctx, path, t.Height, t.Width, channels)
	if err != nil && t.Bad != nil && ctx.Err() == nil {
		t.Bad(err)
		return nil, nil
	}
	return p, err
}

func (t Trial) step(done, inputs int) {
	if t.Step != nil {
		t.Step(done, inputs)
	}
}

func (t Trial) show(sheet *picture.Sheet, row int, x Picture, s Sample) {
	set := func(column int, p Picture) {
		sheet.Set(row, column, pixels.Image(p, channels, t.Height, t.Width, t.Height, t.Width))
	}
	set(0, x)
	for i, p := range s.Outputs {
		set(1+i, p)
	}
	for i, p := range s.Truths[:min(len(s.Truths), sheetTruths)] {
		set(1+t.Styles+i, p)
	}
}
