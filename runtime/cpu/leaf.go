package cpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// leaf is the arithmetic at the bottom of the product: one implementation per kind of processor.
type leaf struct {
	name        string
	supported   bool // this processor has its instructions: without them, calling any of its functions ends the program
	blockPixels int  // the most pixels of a block: many for speed, few so that a slow leaf soon sees that ctx has ended
	spreadDepth int  // the most K that are spread at a time; a multiple of depthStep
	spreadSize  int  // elements of spread's result per K
	// spread lays a panel of weights [K][panelRows] out in buf as multiply likes to read it.
	spread func(buf, weights []float32) []float32
	// multiply adds weights (as spread) times pixels [K][panelPixels] to t.
	multiply func(t *microTile, weights, pixels []float32)
	// multiplyPair does so for two columns at once. It is nil where that is no faster.
	multiplyPair func(t *tilePair, weights, pixels, beside []float32)
	// taps adds weights (as spread) times pixels to two columns. For each K these lie in x from a place of its own on, which is not checked. It is
	// nil in the page, as spreadSquares and gatherKernels.
	taps func(t *tilePair, weights, x []float32, places []int32)
	// toFrequencies and fromFrequencies are one axis of Winograd's transforms (see winograd.go), of panelPixels squares at a time: of six
	// groups from six elements to six, and of so many groups from six elements to four. dst and src may be the same.
	toFrequencies   func(dst, src lattice)
	fromFrequencies func(dst, src lattice, groups int)
	// spreadSquares and gatherKernels are the way back through fromFrequencies and kernels (see winograd_grad.go), one axis: of so many groups from
	// four elements to six, and from six to three, times 24.
	spreadSquares func(dst, src lattice, groups int)
	gatherKernels func(dst, src lattice, groups int)
	// kernels takes kernels to frequencies, as kernelsPlain.
	kernels func(block, kernels []float32)
	// correlate adds the products of rows [pixels/corrLanes][corrRows][corrLanes] and the taps a and b [pixels] to t.
	correlate func(t *corrTile, rows, a, b []float32)
	// adam is adamPlain.
	adam func(f graph.AdamFactors, g, w, m, v, average []float32)
	// moments are those of x, and normalise writes max((x − mean)·gain + shift, least) to y.
	moments   func(x []float32) stats
	normalise func(y, x []float32, mean, gain, shift, least float32)
	// spin does turns times spinFlops operations on registers alone, as fast as it can, and returns what comes of them (see Peak).
	spin      func(turns int) float32
	spinFlops int
}

// chooseLeaf gives the first of all leaves whose instructions this processor has and that computes what plain Go does, and says what was wrong
// with those before it that the processor has. The last is taken as it is.
func chooseLeaf(all []*leaf) (best *leaf, refused []string) {
	for _, l := range all[:len(all)-1] {
		if !l.supported {
			continue
		}
		err := l.prove()
		if err == nil {
			return l, refused
		}
		refused = append(refused, fmt.Sprintf("%s is off, because it computes wrongly on this processor: %v", l.name, err))
	}
	return all[len(all)-1], refused
}
