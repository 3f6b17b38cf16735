package junyanz

import (
	"fmt"
	"math"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// eps is PyTorch's for batch norms.
const eps = 1e-5

// reads lists the tensors of the checkpoint that layer l is made of: its own, or, where a norm with a training's statistics goes into it, its weight
// and the norm's four vectors.
func (n *network) reads(l weights.Layer, eval bool) []weights.Key {
	keys := l.Keys()
	norm := n.folded(l, eval)
	if norm == "" {
		return keys
	}
	keys = keys[:1]
	for _, vector := range []string{"weight", "bias", "running_mean", "running_var"} {
		keys = append(keys, weights.Key{Name: norm + "." + vector, Shape: []int{l.Out}})
	}
	return keys
}

// folded is the name of the batch norm that goes into l: the module behind a convolution; empty where there is none.
func (n *network) folded(l weights.Layer, eval bool) string {
	var number int
	dot := strings.LastIndexByte(l.Name, '.')
	if _, err := fmt.Sscanf(l.Name[dot+1:], "%d", &number); !n.batch || !eval || err != nil {
		return ""
	}
	norm := fmt.Sprintf("%s.%d", l.Name[:dot], number+1)
	if n.tensors[norm+".weight"] == nil {
		return "" // the last convolution
	}
	return norm
}

// importLayer puts l's tensors into m.
func (n *network) importLayer(m *weights.Model, d weights.Domain, l weights.Layer, eval bool) error {
	var read [][]float32
	for _, k := range n.reads(l, eval) {
		values, err := n.tensors.Read(k.Name)
		if err != nil {
			return fmt.Errorf("tensor %q %w", k.Name, err)
		}
		read = append(read, values)
	}
	if n.folded(l, eval) != "" {
		read = fold(l, read[0], read[1], read[2], read[3], read[4])
	}
	for i, k := range l.Keys() {
		m.Tensors[d.Tensor(k.Name)] = weights.NewTensor(k.Shape, read[i])
	}
	return nil
}

// fold gives the weight and the bias of a convolution that does what l and the batch norm behind it do: y·γ/√(var+ε) + β − mean·γ/√(var+ε) (Ioffe and
// Szegedy 2015).
func fold(l weights.Layer, weight, gamma, beta, mean, variance []float32) [][]float32 {
	bias := make([]float32, l.Out)
	area := l.Kernel * l.Kernel
	for o := range bias {
		gain := float64(gamma[o]) / math.Sqrt(float64(variance[o])+eps)
		bias[o] = float32(float64(beta[o]) - float64(mean[o])*gain)
		for in := range l.In {
			at := o*l.In + in
			if l.Op == weights.ConvTranspose {
				at = in*l.Out + o
			}
			for i := at * area; i < (at+1)*area; i++ {
				weight[i] = float32(float64(weight[i]) * gain)
			}
		}
	}
	return [][]float32{weight, bias}
}
