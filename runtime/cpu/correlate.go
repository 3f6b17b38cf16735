package cpu

// Extents of the product that gives the gradient of a convolution's weights: dy [O, P] times what the taps read, [I·K·K, P], where P runs over
// all pixels of the output, of all samples. The input is padded once, and dy lies in lines as long as its lines, with zeros where dy's own are
// shorter. What a tap reads is then the same memory from another place on, and nothing is gathered for each tap. The sums of a tile run in
// parallel over eight lanes of pixels, which are added up at the end.
const (
	corrRows    = 4   // output channels of a tile
	corrColumns = 2   // taps of a tile
	corrLanes   = 8   // pixels that are summed apart
	corrStep    = 2   // correlate takes so many times corrLanes pixels at a time
	corrPixels  = 512 // of a block, which stays in the first-level cache: a multiple of corrStep·corrLanes
	corrTaps    = 144 // the most taps of a piece of work, if one channel has no more
)

// corrTile holds the sums of a tile, [corrRows][corrColumns][corrLanes].
type corrTile = [corrRows * corrColumns * corrLanes]float32

// correlatePlain computes one row and tap after the other, lane by lane.
func correlatePlain(t *corrTile, rows, a, b []float32) {
	for r := range corrRows {
		for i, taps := range [corrColumns][]float32{a, b} {
			sums := (*[corrLanes]float32)(t[(r*corrColumns+i)*corrLanes:])
			s0, s1, s2, s3, s4, s5, s6, s7 := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]
			row := rows[r*corrLanes:]
			for {
				v, x := (*[corrLanes]float32)(row), (*[corrLanes]float32)(taps)
				s0 += v[0] * x[0]
				s1 += v[1] * x[1]
				s2 += v[2] * x[2]
				s3 += v[3] * x[3]
				s4 += v[4] * x[4]
				s5 += v[5] * x[5]
				s6 += v[6] * x[6]
				s7 += v[7] * x[7]
				if len(row) <= corrRows*corrLanes {
					break
				}
				row, taps = row[corrRows*corrLanes:], taps[corrLanes:]
			}
			*sums = [corrLanes]float32{s0, s1, s2, s3, s4, s5, s6, s7}
		}
	}
}
