package jpegs

// zigzag is where in a block, row by row, each coefficient stands.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// render turns coefficients into samples.
func (c *component) render(p *Plane) {
	p.Stride = 8 * c.wide
	p.Pix = make([]uint8, p.Stride*8*c.high)
	if c.quantum == nil { // no scan had it
		return
	}
	for i := range c.blocks {
		var values [64]int32
		for k, v := range c.blocks[i] {
			values[zigzag[k]] = int32(v) * int32(c.quantum[k])
		}
		inverse(&values)
		at := i/c.wide*8*p.Stride + i%c.wide*8
		for y := range 8 {
			for x := range 8 {
				p.Pix[at+y*p.Stride+x] = uint8(min(max(values[8*y+x]+128, 0), 255))
			}
		}
	}
	c.blocks = nil
}

// Bits behind the point: of constants, and of what the first pass leaves for the second.
const (
	constBits = 13
	passBits  = 2
)

// inverse is the inverse DCT of 8×8 values, columns first (Loeffler, Ligtenberg and Moschytz 1989), rounded where libjpeg's accurate one rounds.
func inverse(v *[64]int32) {
	for x := range 8 {
		line(v[x:], 8, constBits-passBits)
	}
	for y := range 8 {
		line(v[8*y:], 1, constBits+passBits+3)
	}
}

// line transforms 8 values that lie so far apart, and drops so many bits.
func line(v []int32, apart, drop int) {
	const ( // cosines' sums, times 2^constBits
		c0298, c0390, c0541, c0765 = 2446, 3196, 4433, 6270
		c0899, c1175, c1501, c1847 = 7373, 9633, 12299, 15137
		c1961, c2053, c2562, c3072 = 16069, 16819, 20995, 25172
	)
	at := func(i int) int32 { return v[i*apart] }
	both := (at(2) + at(6)) * c0541
	low, high := both-at(6)*c1847, both+at(2)*c0765
	sum, difference := (at(0)+at(4))<<constBits, (at(0)-at(4))<<constBits
	even := [4]int32{sum + high, difference + low, difference - low, sum - high}

	a, b, c, d := at(7), at(5), at(3), at(1)
	all := (a + c + b + d) * c1175
	ad, bc := -(a+d)*c0899, -(b+c)*c2562
	ac, bd := all-(a+c)*c1961, all-(b+d)*c0390
	odd := [4]int32{d*c1501 + ad + bd, c*c3072 + bc + ac, b*c2053 + bc + bd, a*c0298 + ad + ac}
	half := int32(1) << (drop - 1)
	for i := range even {
		v[i*apart] = (even[i] + odd[i] + half) >> drop
		v[(7-i)*apart] = (even[i] - odd[i] + half) >> drop
	}
}
