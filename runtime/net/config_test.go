package net_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// TestUnknownWords: a config's word that no network has is the graph's error, whoever builds it.
func TestUnknownWords(t *testing.T) {
	for word, change := range map[string]func(c *weights.Config){
		"circular": func(c *weights.Config) { c.Gen.PadType = "circular" },
		"gelu":     func(c *weights.Config) { c.Gen.Activ = "gelu" },
	} {
		cfg := weights.Config{InputDimA: 3, InputDimB: 3, Gen: weights.Gen{Dim: 2, MLPDim: 4, StyleDim: 2, Activ: "relu", NRes: 1, PadType: "reflect"}}
		change(&cfg)
		g := graph.New()
		b := net.Builder{Graph: g, Config: cfg}
		g.Output("content", b.EncodeContent(weights.A, g.Input("x", 1, 3, 8, 8)))
		require.ErrorContains(t, g.Err(), word)
	}
}
