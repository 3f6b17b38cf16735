package graph

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOpsAreDefined names what an op lacks in the tables of op.go.
func TestOpsAreDefined(t *testing.T) {
	names := map[string]bool{}
	for _, o := range Ops() {
		assert.NotEmpty(t, o.String(), "op %d has no name in opNames", uint8(o))
		assert.False(t, names[o.String()], "two ops are called %v", o)
		names[o.String()] = true
		if o == OpInput || o == OpParam {
			continue
		}
		assert.Equal(t, o.Differentiable() || o == OpConstant, definitions[o].bound != nil,
			"%v: what networks are written in has a bound in definitions, and what Gradient writes has none", o)
		assert.Equal(t, o.Differentiable(), rules[o] != nil, "%v: rules has its gradient, if Gradient goes through it", o)
	}
}
