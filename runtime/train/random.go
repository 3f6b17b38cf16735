package train

import "math/rand/v2"

// Random numbers of a training come from streams that its seed and a number name, so that no state has to be saved: iteration n draws the
// same styles whether or not the training was interrupted before it.
const (
	domainSeed = 0xA5A5_0001_0000_0000 // added for domain b's pictures
	sheetSeed  = 0x5EE7
	styleDraws = 4 // streams of styles per iteration: two updates of two domains
)

// normal is n values ~ N(0, 1) of stream k of seed.
func normal(seed, k uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, k))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	return values
}

// drawStyles fills in the styles of iteration it, from 0: as many values for each domain as n says.
func (b *Batch) drawStyles(seed uint64, it int, n [2]int) {
	k := uint64(it) * styleDraws
	for d := range 2 {
		b.DisStyles[d] = normal(seed, k+uint64(d), n[d])
		b.GenStyles[d] = normal(seed, k+2+uint64(d), n[d])
	}
}
