package gpu

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

func TestPlansThatWouldGoWrongAreRefused(t *testing.T) {
	for _, c := range []struct {
		spoil func(n *graph.Node, l *lowered)
		err   string
	}{
		{func(n *graph.Node, l *lowered) { l.steps[0].operands[0] = operand{node: n} }, "would write a buffer that it binds twice"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].operands = l.steps[0].operands[:1] }, "binds 2 buffers, got 1"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].operands[1] = operand{scratch: 1} }, "that no node owns"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].operands[0].layout = layoutPacked }, "that no node owns"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].groups[1] = 1 << 16 }, "workgroups"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].dims = &shaders.Grid{} }, "takes dims of type *gpu.plusDims, got *shaders.Grid"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].dims.(*plusDims).Count = 1 << 40 }, "Count: 1099511627776 does not fit in 32 bits"},
		{func(_ *graph.Node, l *lowered) { l.steps[0].groups[2] = 0 }, "workgroups"},
	} {
		_, err := newPlan(t.Context(), chain(1, plusOne, 4), func(n *graph.Node) (lowered, error) {
			l, err := lowerPlus(n)
			c.spoil(n, &l)
			return l, err
		})
		assert.ErrorContains(t, err, c.err)
	}
	_, err := newPlan(t.Context(), chain(1, 99, 4), lowerPlus)
	assert.ErrorContains(t, err, "no kernel for factor 99")
}

func TestBatchesAreBounded(t *testing.T) {
	p, err := newPlan(t.Context(), chain(7, plusOne, 10), lowerPlus)
	require.NoError(t, err)
	assert.Equal(t, []int{7}, p.batches(1000))
	assert.Equal(t, []int{3, 6, 7}, p.batches(30))
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6, 7}, p.batches(1), "a call larger than the bound goes alone")
}

func TestDimsLieAtAlignedOffsets(t *testing.T) {
	p, err := newPlan(t.Context(), chain(3, plusOne, 10), lowerPlus)
	require.NoError(t, err)
	for i, c := range p.calls {
		assert.EqualValues(t, i*dimsAlign, c.dims.offset)
		assert.Equal(t, []uint32{10, 1, 0}, p.dims[c.dims.offset/4:][:3])
	}
	assert.Len(t, p.dims, 3*dimsAlign/4)
}
