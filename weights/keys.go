package weights

import "fmt"

// Domain is one of the two image domains that a model translates between.
type Domain string

// The domains, by NVlabs' names.
const (
	A Domain = "a"
	B Domain = "b"
)

// Domains lists both domains in order.
var Domains = [...]Domain{A, B}

// Tensor is the name in a model file of a generator's tensor: "gen_a.enc_content.…".
func (d Domain) Tensor(key string) string { return "gen_" + string(d) + "." + key }

// Part is one of the four networks of a generator; its value is the first element of its keys.
type Part string

// The parts, by NVlabs' names.
const (
	EncContent Part = "enc_content"
	EncStyle   Part = "enc_style"
	MLP        Part = "mlp"
	Dec        Part = "dec"
)

// Parts lists a generator's parts in order.
var Parts = [...]Part{EncContent, EncStyle, MLP, Dec}

// Direction is a way to translate.
type Direction string

// The directions: from domain a to b, and back.
const (
	A2B Direction = "a2b"
	B2A Direction = "b2a"
)

// From is the domain that the direction takes images and their content from.
func (d Direction) From() Domain {
	if d == A2B {
		return A
	}
	return B
}

// To is the domain that the direction makes images of, and takes styles from.
func (d Direction) To() Domain {
	if d == A2B {
		return B
	}
	return A
}

// Key names a tensor within its generator or discriminator, and says its shape: conv weights
// [out, in, height, width], fully connected weights [out, in], everything else [channels].
type Key struct {
	Name  string
	Shape []int
}

// keyList collects the keys of a network, layer by layer, by NVlabs' naming of blocks.
type keyList struct {
	keys  []Key
	activ string
}

func (l *keyList) add(name string, shape ...int) {
	l.keys = append(l.keys, Key{name, shape})
}

func (l *keyList) weight(layer string, out, in, kernel int) {
	l.add(layer+".weight", out, in, kernel, kernel)
}

func (l *keyList) weightBias(layer string, out, in, kernel int) {
	l.weight(layer, out, in, kernel)
	l.add(layer+".bias", out)
}

// activation adds the learnt slope of a block with PReLU; other activations have no tensor.
func (l *keyList) activation(block string) {
	if l.activ == "prelu" {
		l.add(block+".activation.weight", 1)
	}
}

// norm adds the scale and shift of an instance norm that learns them.
func (l *keyList) norm(block, kind string, width int) {
	if kind == InstanceNormAffine {
		l.add(block+".norm.weight", width)
		l.add(block+".norm.bias", width)
	}
}

// residual adds the convs of n_res residual blocks. Instance norm or AdaIN follows each conv
// and takes the mean away, and with it the conv's bias, so these have none.
func (l *keyList) residual(base, norm string, blocks, width int) {
	for r := range blocks {
		first, second := fmt.Sprintf("%s.%d.model.0", base, r), fmt.Sprintf("%s.%d.model.1", base, r)
		l.weight(first+".conv", width, width, 3)
		l.norm(first, norm, width)
		l.activation(first)
		l.weight(second+".conv", width, width, 3)
		l.norm(second, norm, width)
	}
}

// Keys lists the tensors that part p of the generator of domain d needs in a model file, in the
// network's order. Conv biases in front of instance norm and AdaIN have no effect and are left
// out, so the content encoder's convs and the decoder's residual convs have a weight only.
func (c Config) Keys(d Domain, p Part) []Key {
	l := &keyList{activ: c.Gen.Activ}
	switch p {
	case EncContent:
		c.encContentKeys(l, d)
	case EncStyle:
		c.encStyleKeys(l, d)
	case MLP:
		c.mlpKeys(l)
	case Dec:
		c.decKeys(l, d)
	}
	return l.keys
}

func (c Config) encContentKeys(l *keyList, d Domain) {
	width, in, kernel := c.Gen.Dim, c.InputDim(d), 7
	for i := range c.Gen.NDownsample + 1 {
		block := fmt.Sprintf("enc_content.model.%d", i)
		l.weight(block+".conv", width, in, kernel)
		l.norm(block, c.Gen.EncNorm, width)
		l.activation(block)
		width, in, kernel = 2*width, width, 4
	}
	l.residual(fmt.Sprintf("enc_content.model.%d.model", c.Gen.NDownsample+1), c.Gen.EncNorm, c.Gen.NRes, c.ContentDim())
}

func (c Config) encStyleKeys(l *keyList, d Domain) {
	dim := c.Gen.Dim
	in, kernel := c.InputDim(d), 7
	for i, width := range [...]int{dim, 2 * dim, 4 * dim, 4 * dim, 4 * dim} {
		block := fmt.Sprintf("enc_style.model.%d", i)
		l.weightBias(block+".conv", width, in, kernel)
		l.activation(block)
		in, kernel = width, 4
	}
	l.weightBias("enc_style.model.6", c.Gen.StyleDim, in, 1)
}

func (c Config) mlpKeys(l *keyList) {
	widths := [...]int{c.Gen.StyleDim, c.Gen.MLPDim, c.Gen.MLPDim, c.AdaINDim()}
	last := len(widths) - 2
	for i := range last + 1 {
		block := fmt.Sprintf("mlp.model.%d", i)
		l.add(block+".fc.weight", widths[i+1], widths[i])
		l.add(block+".fc.bias", widths[i+1])
		if i < last {
			l.activation(block)
		}
	}
}

func (c Config) decKeys(l *keyList, d Domain) {
	width := c.ContentDim()
	l.residual("dec.model.0.model", "", c.Gen.NRes, width)
	for u := range c.Gen.NDownsample {
		block := fmt.Sprintf("dec.model.%d", 2*u+2) // the odd numbers are the upsamplings
		l.weightBias(block+".conv", width/2, width, 5)
		l.add(block+".norm.gamma", width/2)
		l.add(block+".norm.beta", width/2)
		l.activation(block)
		width /= 2
	}
	l.weightBias(fmt.Sprintf("dec.model.%d.conv", 2*c.Gen.NDownsample+1), c.InputDim(d), width, 7)
}

// DiscriminatorKeys lists the tensors of the discriminator of domain d with dis.norm none, which
// training needs; a model file does not hold them.
func (c Config) DiscriminatorKeys(d Domain) []Key {
	l := &keyList{activ: c.Dis.Activ}
	for s := range c.Dis.NumScales {
		width, in := c.Dis.Dim, c.InputDim(d)
		for i := range c.Dis.NLayer {
			block := fmt.Sprintf("cnns.%d.%d", s, i)
			l.weightBias(block+".conv", width, in, 4)
			l.activation(block)
			width, in = 2*width, width
		}
		l.weightBias(fmt.Sprintf("cnns.%d.%d", s, c.Dis.NLayer), 1, in, 1)
	}
	return l.keys
}

// Discriminator is the name of the tensor with the given key of domain d's discriminator, in a training's checkpoint: "dis_a.cnns.…".
func (d Domain) Discriminator(key string) string { return "dis_" + string(d) + "." + key }
