package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// parseStyleCode reads "v1,v2,...".
func parseStyleCode(text string) ([]float32, error) {
	hint := `give numbers with commas between, such as --style-code "0.3,-1.2,0,0.8,..."; munit info MODEL tells how many (style_dim)`
	var code []float32
	for i, field := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(field, "xX_") { // Go reads 0x1p3
			return nil, wrongUse(hint, "--style-code: value %d, %q, is not a number", i+1, field)
		}
		code = append(code, float32(v))
	}
	return code, nil
}

// noisy is m with noise on its code (weights.Config.Noise).
func noisy(m *weights.Model) (*weights.Model, error) {
	with := *m
	with.Config.Noise = true
	if err := with.Config.Validate(); err != nil {
		return nil, wrongUse("leave --noise out", "--noise: this model is one of %s, and only UNIT's code takes noise that is asked for", cmp.Or(m.Config.Method, "MUNIT"))
	}
	return &with, nil
}

// checkStyleCode compares a style code's length with what the model takes.
func checkStyleCode(code []float32, styleDim int) error {
	if len(code) != styleDim {
		return wrongUse(fmt.Sprintf("give %d numbers with commas between", styleDim),
			"--style-code has %d values, the model's style codes have %d (style_dim)", len(code), styleDim)
	}
	return nil
}
