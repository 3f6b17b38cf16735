package train

import (
	"context"
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/pixels"
	"github.com/webmunit/webmunit/weights"
)

// sheetStyles is how many translations of a picture a sheet shows, in styles that stay the same for the whole training.
const sheetStyles = 6

// sampler draws sheets: pictures and what the averaged generators make of them now.
type sampler struct {
	t          *Trainer
	directions []*sampling
}

// sampling is the translation of one picture at a time in one direction, compiled.
type sampling struct {
	direction weights.Direction
	program   graph.Program
	picture   graph.Tensor
	style     graph.Tensor   // nil for a method that takes none
	in        []graph.Tensor // these and the weights
	out       graph.Tensor
	pictures  [][]float32
}

// newSampler prepares sheets of pictures, values in [-1, 1], CHW, of domains a and b.
func (t *Trainer) newSampler(ctx context.Context, pictures [2][][]float32) (*sampler, error) {
	s := &sampler{t: t}
	for i, d := range t.method.Directions() {
		one, err := t.newSampling(ctx, d)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("preparing sheets: %w", err)
		}
		one.pictures = pictures[i]
		s.directions = append(s.directions, one)
	}
	return s, nil
}

func (t *Trainer) newSampling(ctx context.Context, d weights.Direction) (*sampling, error) {
	h, w := t.config.Crop()
	g := graph.New()
	x := g.Input("image", 1, t.config.Model.InputDim(d.From()), h, w)
	var style *graph.Node
	if noise := t.method.Noise(t.config.Model, t.method.NoiseOf(d), x.Shape); noise != nil {
		style = g.Input("style", noise...)
	}
	all := net.Trainable{Graph: g}
	b := net.Builder{Graph: g, Config: t.config.Model, Weight: all.Weight}
	y := t.method.Translate(&b, d, x, style)
	g.Output("image", y)

	s := &sampling{direction: d}
	var err error
	if s.picture, err = t.exec.NewTensor(x.Shape); err != nil {
		return nil, err
	}
	s.in = []graph.Tensor{s.picture}
	if style != nil {
		if s.style, err = t.exec.NewTensor(style.Shape); err != nil {
			return nil, err
		}
		s.in = append(s.in, s.style)
	}
	for _, n := range all.Inputs {
		weight, _, err := t.weight(n.Name)
		if err != nil {
			return s, err
		}
		if weight.Average != nil {
			s.in = append(s.in, weight.Average)
		} else {
			s.in = append(s.in, weight.Weight)
		}
	}
	if s.out, err = t.exec.NewTensor(y.Shape); err != nil {
		return nil, err
	}
	s.program, err = t.exec.Compile(ctx, g, t.params)
	return s, err
}

// sheet is a row per picture: the picture and its translations.
func (s *sampler) sheet(ctx context.Context, one *sampling) (image.Image, error) {
	sheet, err := picture.NewSheet(len(one.pictures), sheetStyles)
	if err != nil {
		return nil, err
	}
	for row, values := range one.pictures {
		sheet.Set(row, 0, show(values, one.picture.Shape()))
		if err := one.picture.Write(ctx, values); err != nil {
			return nil, err
		}
		for column := range sheetStyles {
			if one.style != nil {
				if err := one.style.Write(ctx, normal(sheetSeed, uint64(column), one.style.Shape().Elems())); err != nil {
					return nil, err
				}
			}
			if err := one.program.Run(ctx, one.in, []graph.Tensor{one.out}); err != nil {
				return nil, err
			}
			y, err := read(ctx, one.out)
			if err != nil {
				return nil, err
			}
			sheet.Set(row, column+1, show(y, one.out.Shape()))
		}
	}
	return sheet.Image(), nil
}

// show makes a picture of values [1, C, H, W].
func show(values []float32, shape graph.Shape) image.Image {
	return pixels.Image(values, shape[1], shape[2], shape[3], shape[2], shape[3])
}

// write draws the sheet of each direction and writes it to the files that names name.
func (s *sampler) write(ctx context.Context, names []func(weights.Direction) string) error {
	for _, one := range s.directions {
		m, err := s.sheet(ctx, one)
		if err != nil {
			return fmt.Errorf("the sheet: %w", err)
		}
		for _, name := range names {
			if err := picture.WritePNG(name(one.direction), m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sampler) close() {
	for _, one := range s.directions {
		if one.program != nil {
			one.program.Close()
		}
		for _, t := range []graph.Tensor{one.picture, one.style, one.out} {
			if t != nil {
				t.Close()
			}
		}
	}
}
