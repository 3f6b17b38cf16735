package cpu

import (
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// variant is one way to compute a Conv.
type variant struct {
	name string
	fits func(n *graph.Node) bool
	add  func(p *program, n *graph.Node) error
}

// variants lists the ways to compute a Conv in the order of preference: a node gets the first that fits.
var variants = slices.Concat([]variant{
	{"Winograd", fitsWinograd, (*program).convWinograd},
	{"phases", lowering.Phases, (*program).convPhases},
	{"narrow", fitsNarrow, (*program).convNarrow},
}, nativeVariants, []variant{
	{"implicit GEMM", func(*graph.Node) bool { return true }, (*program).convGemm},
})

func (p *program) conv(n *graph.Node) error {
	for _, v := range variants {
		if v.fits(n) {
			return v.add(p, n)
		}
	}
	return fmt.Errorf("no variant fits")
}

// convGemm adds the steps of a convolution as a matrix product whose right side is gathered from the input as it goes, so that no padded,
// upsampled or unfolded copy of the input is ever whole in memory.
func (p *program) convGemm(n *graph.Node) error {
	packed := p.packed(n.Inputs[1], layoutPanels)
	return p.addProducts(n, p.mul(n, newGather(n), packed, whole(n)))
}

// product is a planned computation of some of a convolution's output: of pixels, or of lines of them.
type product interface {
	// extent is how many there are, and the most that one run should compute.
	extent() (count, block int)
	// scratch is the memory that run needs.
	scratch() int
	// run computes [first, end) of all channels of y, one sample's output, from x, its input. bias may be nil.
	run(y, x, bias []float32, first, end int, scratch []float32)
}

// block is a tile of a step: [first, end) of a product.
type block struct {
	product
	first, end int
}

// addProducts adds one step that computes all products of n, which write different pixels of its result.
func (p *program) addProducts(n *graph.Node, products ...product) error {
	bias := -1
	if len(n.Inputs) == 3 {
		p.fetch(n.Inputs[2])
		bias = n.Inputs[2].ID
	}
	p.fetch(n.Inputs[0])
	var blocks []block // of one sample
	scratch := 0
	for _, m := range products {
		count, size := m.extent()
		for i := 0; i < count; i += size {
			blocks = append(blocks, block{m, i, min(i+size, count)})
		}
		scratch = max(scratch, m.scratch())
	}
	xID, id := n.Inputs[0].ID, n.ID
	outputs, inputs := n.Shape[1:].Elems(), n.Inputs[0].Shape[1:].Elems()
	p.add(n.Shape[0]*len(blocks), scratch, func(t int, w *worker) {
		sample, block := t/len(blocks), blocks[t%len(blocks)]
		var b []float32
		if bias >= 0 {
			b = p.mem[bias]
		}
		y, x := p.mem[id][sample*outputs:][:outputs], p.mem[xID][sample*inputs:][:inputs]
		block.run(y, x, b, block.first, block.end, w.scratch)
	})
	return nil
}

// blockPixels is the size of the blocks into which pixels of n are cut: enough blocks to keep all workers busy to the end of n's step.
func (p *program) blockPixels(n *graph.Node, pixels int) int {
	const perWorker, least = 4, 3 * panelPixels
	most, workers := p.owner.leaf.blockPixels, len(p.owner.pool.workers)
	size := most
	if workers > 1 {
		size = n.Shape[0] * n.Shape[2] * n.Shape[3] / (perWorker * workers)
	}
	return min(roundUp(max(size, least), panelPixels), most, roundUp(pixels, panelPixels))
}
