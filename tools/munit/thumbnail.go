package main

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"golang.org/x/image/draw"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/picture"
)

// previewSide is the size of the picture that a model file carries (docs/format.md, "Metadata").
const previewSide = 64

// thumbnail is the middle square of the picture at path, as a small PNG.
func thumbnail(ctx context.Context, path string) ([]byte, error) {
	m, err := picture.OpenContext(ctx, path)
	if err != nil {
		return nil, err
	}
	flat := runtime.Fit(m, previewSide)
	b := flat.Bounds()
	side := min(b.Dx(), b.Dy())
	middle := image.Rect(0, 0, side, side).Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	small := image.NewNRGBA(image.Rect(0, 0, previewSide, previewSide))
	draw.CatmullRom.Scale(small, small.Bounds(), flat, middle, draw.Src, nil)
	var file bytes.Buffer
	if err := png.Encode(&file, small); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
