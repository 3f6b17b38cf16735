package cpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// variant is one way to compute a Conv.
type variant struct {
	name string
	fits func(n *graph.Node) bool
	add  func(p *program, n *graph.Node) error
}

// variants lists the ways to compute a Conv in the order of preference: a node gets the first that fits.
var variants = []variant{
	{"implicit GEMM", func(*graph.Node) bool { return true }, (*program).convGemm},
}

func (p *program) conv(n *graph.Node) error {
	for _, v := range variants {
		if v.fits(n) {
			return v.add(p, n)
		}
	}
	return fmt.Errorf("no variant fits")
}

// Extents of the matrix product weights [O, K] × pixels [K, P], where K runs over input channels and kernel positions and P over the
// pixels of one sample's output (Goto and van de Geijn 2008). A tile of the step is all of O by a block of pixels, computed slice by slice
// of K: the slice of pixels stays in the second-level cache, one panel of weights and one of pixels in the first.
const (
	panelRows   = 4   // output channels of a micro tile
	panelPixels = 16  // pixels of a micro tile
	sliceDepth  = 128 // K of a slice; a multiple of depthStep
	depthStep   = 4   // micro kernels take this many K at a time; weights and pixels are padded by zeros to it
)

// microTile holds the sums of one micro tile, [panelRows][panelPixels].
type microTile = [panelRows * panelPixels]float32

// leaf is the arithmetic at the bottom of the product: one implementation per kind of processor.
type leaf struct {
	name        string
	blockPixels int // the most pixels of a block: many for speed, few so that a slow leaf soon sees that ctx has ended
	spreadSize  int // elements of spread's result per K
	// spread lays a panel of weights [K][panelRows] out in buf as multiply likes to read it.
	spread func(buf, weights []float32) []float32
	// multiply adds weights (as spread) times pixels [K][panelPixels] to t.
	multiply func(t *microTile, weights, pixels []float32)
}

// convGemm adds the steps of a convolution as a matrix product whose right side is gathered from the input as it goes, so that no padded,
// upsampled or unfolded copy of the input is ever whole in memory.
func (p *program) convGemm(n *graph.Node) error {
	w := n.Inputs[1]
	if w.Op == graph.OpParam {
		packed, err := p.params.get(w, layoutPanels)
		if err != nil {
			return err
		}
		return p.addConv(n, packed)
	}
	if err := p.fetch(w); err != nil {
		return err
	}
	packed := make([]float32, packedSize(w.Shape))
	p.memory.Arena += 4 * int64(len(packed))
	p.add(1, 0, func(int, *worker) { packWeights(packed, p.mem[w.ID], w.Shape) })
	return p.addConv(n, packed)
}

func (p *program) addConv(n *graph.Node, packed []float32) error {
	bias := -1
	if len(n.Inputs) == 3 {
		if err := p.fetch(n.Inputs[2]); err != nil {
			return err
		}
		bias = n.Inputs[2].ID
	}
	if err := p.fetch(n.Inputs[0]); err != nil {
		return err
	}
	xID, id, leaf := n.Inputs[0].ID, n.ID, p.owner.leaf
	outputs, inputs := n.Shape[1:].Elems(), n.Inputs[0].Shape[1:].Elems()
	c := newGather(n)
	blocks, size := c.blocks(leaf.blockPixels, len(p.owner.pool.workers), n.Shape[0])
	m := mulPlan{leaf: leaf, gather: c, rows: n.Shape[1], depth: c.depth(), block: size, weights: packed, act: n.Act}
	p.add(n.Shape[0]*blocks, m.scratch(), func(t int, w *worker) {
		sample, first := t/blocks, t%blocks*size
		var b []float32
		if bias >= 0 {
			b = p.mem[bias]
		}
		m.run(p.mem[id][sample*outputs:][:outputs], p.mem[xID][sample*inputs:][:inputs], b, first, min(first+size, c.pixels()), w.scratch)
	})
	return nil
}

// mulPlan is a planned product of packed weights with gathered pixels.
type mulPlan struct {
	leaf    *leaf
	gather  *gather
	rows    int // output channels
	depth   int // K
	block   int // pixels of a block, a multiple of panelPixels
	weights []float32
	act     graph.Activation
}

// scratch is the memory that run needs: sums, a slice of pixels, a panel of weights and a line of input.
func (m *mulPlan) scratch() int {
	return roundUp(m.rows, panelRows)*m.block + sliceDepth*m.block + sliceDepth*m.leaf.spreadSize + m.gather.lineSize()
}

// run computes pixels [first, end) of all rows of y, one sample's output, from x, its input.
func (m *mulPlan) run(y, x, bias []float32, first, end int, scratch []float32) {
	panels, columns := roundUp(m.rows, panelRows)/panelRows, roundUp(end-first, panelPixels)/panelPixels
	sums, scratch := cut(scratch, panels*columns*len(microTile{}))
	pixels, scratch := cut(scratch, sliceDepth*columns*panelPixels)
	spread, line := cut(scratch, sliceDepth*m.leaf.spreadSize)
	clear(sums)
	weights := m.weights
	for k := 0; k < m.depth; k += sliceDepth {
		deep := roundUp(min(sliceDepth, m.depth-k), depthStep)
		m.gather.slice(pixels, line, x, k, min(k+sliceDepth, m.depth), first, end)
		at := sums
		for range panels {
			panel := m.leaf.spread(spread, weights[:deep*panelRows])
			weights = weights[deep*panelRows:]
			for j := range columns {
				m.leaf.multiply((*microTile)(at), panel, pixels[j*deep*panelPixels:][:deep*panelPixels])
				at = at[len(microTile{}):]
			}
		}
	}
	m.finish(y, sums, bias, first, end, columns)
}

// finish adds the bias, applies the activation and lays the sums out by rows.
func (m *mulPlan) finish(y, sums, bias []float32, first, end, columns int) {
	stride := len(y) / m.rows
	for o := range m.rows {
		row, b := y[o*stride+first:o*stride+end], float32(0)
		if bias != nil {
			b = bias[o]
		}
		at := o/panelRows*columns*len(microTile{}) + o%panelRows*panelPixels
		for i := 0; i < len(row); i += panelPixels {
			out := row[i:min(i+panelPixels, len(row))]
			for l, v := range sums[at:][:len(out)] {
				out[l] = v + b
			}
			at += len(microTile{})
		}
		activateAll(m.act, row)
	}
}

// packedSize is the length of packWeights' result for weights [O, I, K, K].
func packedSize(s graph.Shape) int {
	return roundUp(s[0], panelRows) * roundUp(s[1:].Elems(), depthStep)
}

// packWeights lays weights [O, I, K, K] out in the order in which run reads them: by slice of K, panel of rows, K, row.
func packWeights(packed, weights []float32, s graph.Shape) {
	rows, depth := s[0], s[1:].Elems()
	clear(packed)
	for k0 := 0; k0 < depth; k0 += sliceDepth {
		k1 := min(k0+sliceDepth, depth)
		for o0 := 0; o0 < rows; o0 += panelRows {
			for o := o0; o < min(o0+panelRows, rows); o++ {
				for k, v := range weights[o*depth+k0 : o*depth+k1] {
					packed[k*panelRows+o-o0] = v
				}
			}
			packed = packed[roundUp(k1-k0, depthStep)*panelRows:]
		}
	}
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

func cut(s []float32, n int) (head, tail []float32) { return s[:n:n], s[n:] }
