package weights

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

// Discriminator is the name of the tensor with the given key of domain d's discriminator, in a training's checkpoint: "dis_a.cnns.…".
func (d Domain) Discriminator(key string) string { return "dis_" + string(d) + "." + key }

// Part is a network of a generator. Which there are is the Architecture's; MUNIT's are the first elements of their keys.
type Part string

// MUNIT's parts, by NVlabs' names.
const (
	EncContent Part = "enc_content"
	EncStyle   Part = "enc_style"
	MLP        Part = "mlp"
	Dec        Part = "dec"
)

// Direction is a way to translate.
type Direction string

// The directions: from domain a to b, and back.
const (
	A2B Direction = "a2b"
	B2A Direction = "b2a"
)

// From is the direction that takes pictures of d.
func (d Domain) From() Direction {
	if d == A {
		return A2B
	}
	return B2A
}

// To is the direction that makes pictures of d.
func (d Domain) To() Direction {
	if d == B {
		return A2B
	}
	return B2A
}

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
