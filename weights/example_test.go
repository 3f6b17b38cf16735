package weights_test

import (
	"fmt"

	"github.com/webmunit/webmunit/weights"
)

// What a model file holds, without its numbers.
func ExampleDescribe() {
	m, err := weights.Describe("wares.munit.safetensors")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.DomainA, "→", m.DomainB)
	fmt.Println(m.Directions(), "at", m.Config.Size(weights.A), "pixels, stored as", m.DType)
	// Output:
	// drawing → product
	// [a2b b2a] at 128 pixels, stored as int8
}

// The same model with its weights rounded to half the size, translating one way only.
func ExampleModel_Convert() {
	m, err := weights.Open("wares.munit.safetensors")
	if err != nil {
		panic(err)
	}
	if m, err = m.Only(weights.A2B); err != nil {
		panic(err)
	}
	if m, err = m.Convert(weights.F16); err != nil {
		panic(err)
	}
	fmt.Println(m.Directions(), m.DType)
	// Output:
	// [a2b] f16
}
