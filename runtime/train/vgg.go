package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// vgg is VGG16, trained on ImageNet, as a source of params. Its weights are the user's: they are large, and not ours to ship.
type vgg struct{ tensors map[string]*weights.Tensor }

// maxVGG bounds the file of VGG16's weights, in bytes: torchvision's takes 553 MB.
const maxVGG = 1 << 30

// ErrNoVGG is wrapped when vgg_w is set and there are no weights for it.
var ErrNoVGG = errors.New("vgg_w needs the weights of VGG16: fetch https://download.pytorch.org/models/vgg16-397923af.pth (528 MB, BSD licence) and set vgg_weights to its path, or set vgg_w to 0")

// openVGG reads torchvision's vgg16-397923af.pth, or its tensors as safetensors.
func openVGG(c nvlabs.Training) (graph.ParamSource, error) {
	if c.VGGW == 0 {
		return nil, nil
	}
	if h, w := c.Crop(); h%net.VGGMultiple != 0 || w%net.VGGMultiple != 0 {
		return nil, fmt.Errorf("config: crops of %d×%d must be multiples of %d with vgg_w", h, w, net.VGGMultiple)
	}
	if c.VGGWeights == "" {
		return nil, ErrNoVGG
	}
	info, err := os.Stat(c.VGGWeights)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s: %w", c.VGGWeights, ErrNoVGG)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file: %w", c.VGGWeights, ErrNoVGG)
	}
	file, err := os.Open(c.VGGWeights)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	tensors, err := nvlabs.StateDictTensors(file, info.Size(), net.VGGKeys())
	if err == nil {
		return vgg{tensors}, nil
	}
	tensors, _, other := weights.OpenTensors(c.VGGWeights, maxVGG)
	switch {
	case errors.Is(other, weights.ErrNotModel):
		return nil, fmt.Errorf("%s: %w: %w", c.VGGWeights, err, ErrNoVGG)
	case other != nil:
		return nil, fmt.Errorf("%w: %w", other, ErrNoVGG)
	}
	return vgg{tensors}, nil
}

// Mean and deviation of ImageNet's colours in [0, 1], RGB, by which torchvision's weights want pictures normalised.
var (
	imageNetMean      = [3]float32{0.485, 0.456, 0.406}
	imageNetDeviation = [3]float32{0.229, 0.224, 0.225}
)

func (v vgg) Float32s(name string, shape []int) ([]float32, error) {
	values := make([]float32, graph.Shape(shape).Elems())
	switch name {
	case net.VGGGrey:
		for i := range values {
			values[i] = 1
		}
		return values, nil
	case net.VGGScale: // of (x+1)/2
		for i := range values {
			values[i] = 0.5 / imageNetDeviation[i]
		}
		return values, nil
	case net.VGGShift:
		for i := range values {
			values[i] = (0.5 - imageNetMean[i]) / imageNetDeviation[i]
		}
		return values, nil
	}
	return stored{v.tensors, ""}.Float32s(name[len(net.VGGPrefix):], shape)
}
