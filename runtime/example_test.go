package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// A drawing in two styles, as in the README.
func Example() {
	ctx := context.Background()
	m, err := weights.Open("../weights/wares.munit.safetensors")
	if err != nil {
		panic(err)
	}
	t, err := runtime.Load(ctx, m, runtime.Options{Device: runtime.DeviceCPU}) // without Options a real GPU if there is one, else the CPU
	if err != nil {
		panic(err)
	}
	defer t.Close()

	drawing := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	draw.Draw(drawing, drawing.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(drawing, image.Rect(70, 60, 180, 200), image.NewUniform(color.Gray{0xd8}), image.Point{}, draw.Src)
	content, err := t.Encode(ctx, runtime.Fit(drawing, runtime.DefaultSize(m.Config, weights.A2B)), weights.A2B)
	if err != nil {
		panic(err)
	}
	defer content.Close()
	for i := range 2 {
		picture, err := t.Decode(ctx, content, t.RandomStyle(7, i))
		if err != nil {
			panic(err)
		}
		fmt.Println(picture.Bounds().Size())
	}
	// Output:
	// (128,128)
	// (128,128)
}

// The style of one picture for another, and half-way to a style at random.
func ExampleInterpolate() {
	ctx := context.Background()
	m, err := weights.Open("../weights/wares.munit.safetensors")
	if err != nil {
		panic(err)
	}
	t, err := runtime.Load(ctx, m, runtime.Options{Device: runtime.DeviceCPU})
	if err != nil {
		panic(err)
	}
	defer t.Close()

	product := image.NewNRGBA(image.Rect(0, 0, 128, 128)) // a photograph of a red thing, say
	draw.Draw(product, product.Rect, image.NewUniform(color.NRGBA{200, 40, 30, 255}), image.Point{}, draw.Src)
	red, err := t.StyleOf(ctx, product, weights.A2B)
	if err != nil {
		panic(err)
	}
	between, err := runtime.Interpolate(red, t.RandomStyle(7, 0), 0.5)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(between) == m.Config.Gen.StyleDim)
	// Output: true
}

// Errors tell what was wrong by errors.Is.
func ExampleTranslator_Translate_errors() {
	ctx := context.Background()
	m, err := weights.Open("../weights/wares.munit.safetensors")
	if err != nil {
		panic(err)
	}
	t, err := runtime.Load(ctx, m, runtime.Options{Device: runtime.DeviceCPU})
	if err != nil {
		panic(err)
	}
	defer t.Close()
	_, err = t.Translate(ctx, image.NewNRGBA(image.Rect(0, 0, 2, 2)), weights.A2B, t.RandomStyle(7, 0))
	fmt.Println(errors.Is(err, runtime.ErrTooSmall))
	// Output: true
}
