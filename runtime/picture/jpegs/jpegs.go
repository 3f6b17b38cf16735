// Package jpegs decodes those JPEGs that image/jpeg refuses, or of which it repeats colours where libjpeg-turbo interpolates: of any sampling ratios
// in whole numbers, in RGB and CMYK too. It gives the planes as they are stored; the inverse DCT is libjpeg's accurate one, to the last bit.
//
// What it exports may change with any version; runtime and weights are for other modules.
package jpegs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// ErrUnsupported is wrapped where a JPEG is of a kind that is not read: arithmetic coding, lossless, 12 bits, fractional sampling ratios.
var ErrUnsupported = errors.New("of an unsupported kind")

var errFormat = errors.New("invalid JPEG")

// Plane is what is stored of a component: Wide samples of Pix are of the picture in each of High lines, Stride apart.
type Plane struct {
	ID                 byte
	H, V               int // how many samples in each direction for MaxH and MaxV pixels
	Wide, High, Stride int
	Pix                []uint8
}

// Image is a decoded JPEG.
type Image struct {
	Width, Height int
	MaxH, MaxV    int
	Planes        []Plane // 1, 3 or 4; without Pix if only the head was read
	JFIF          bool
	Adobe         int // the transform of an Adobe segment, or -1
}

const (
	markerSOF0, markerSOF1, markerSOF2      = 0xc0, 0xc1, 0xc2
	markerDHT, markerSOI, markerEOI         = 0xc4, 0xd8, 0xd9
	markerSOS, markerDQT, markerDRI         = 0xda, 0xdb, 0xdd
	markerRST0, markerRST7                  = 0xd0, 0xd7
	markerAPP0, markerAPP14, markerTEM      = 0xe0, 0xee, 0x01
	markerSOF15, markerJPG, markerDAC  byte = 0xcf, 0xc8, 0xcc
)

// Head reads the head of a JPEG.
func Head(r io.Reader) (*Image, error) {
	d := decoder{bits: bits{r: bufio.NewReader(r)}, image: Image{Adobe: -1}}
	if err := d.read(true); err != nil {
		return nil, err
	}
	return &d.image, nil
}

// Decode reads a JPEG. Its size should have been checked: memory for all of its coefficients is allocated.
func Decode(r io.Reader) (*Image, error) {
	d := decoder{bits: bits{r: bufio.NewReader(r)}, image: Image{Adobe: -1}}
	if err := d.read(false); err != nil {
		return nil, err
	}
	for i := range d.components {
		d.components[i].render(&d.image.Planes[i])
	}
	return &d.image, nil
}

type decoder struct {
	bits
	image       Image
	components  []component
	progressive bool
	restart     int // MCUs between restart markers, or 0
	quantum     [4]*[64]uint16
	tables      [2][4]*huffman // DC, AC
}

// component is a plane on its way: coefficients of blocks in zigzag order, of whole MCUs.
type component struct {
	h, v       int
	wide, high int // blocks
	blocks     []block
	quantum    *[64]uint16
	selector   byte // of quantum
}

type block [64]int16

// read reads segments up to the end, or to the frame's.
func (d *decoder) read(headOnly bool) error {
	if m, err := d.marker(); err != nil || m != markerSOI {
		return errors.Join(errFormat, err)
	}
	scans := 0
	for {
		m, err := d.marker()
		if err != nil {
			return err
		}
		if m == markerEOI {
			if scans == 0 {
				return fmt.Errorf("%w: no scan", errFormat)
			}
			return nil
		}
		if m >= markerRST0 && m <= markerRST7 || m == markerTEM {
			continue
		}
		data, err := d.segment()
		if err != nil {
			return err
		}
		switch {
		case m == markerSOF0 || m == markerSOF1 || m == markerSOF2:
			if err = d.frame(data, m == markerSOF2, headOnly); err == nil && headOnly && d.image.Adobe >= 0 {
				return nil
			}
		case m == markerDHT:
			err = d.defineHuffman(data)
		case m == markerDQT:
			err = d.defineQuanta(data)
		case m == markerDRI && len(data) == 2:
			d.restart = int(data[0])<<8 | int(data[1])
		case m == markerAPP0 && len(data) >= 5 && string(data[:5]) == "JFIF\x00":
			d.image.JFIF = true
		case m == markerAPP14 && len(data) >= 12 && string(data[:5]) == "Adobe":
			d.image.Adobe = int(data[11])
		case m == markerSOS:
			if headOnly && d.image.Planes != nil {
				return nil
			}
			scans++
			err = d.scan(data)
		case m == markerDAC || m > markerSOF2 && m <= markerSOF15 && m != markerJPG:
			err = fmt.Errorf("%w: marker %#x", ErrUnsupported, m)
		}
		if err != nil {
			return err
		}
	}
}

// marker finds the next marker; bytes before it are skipped, as libjpeg does.
func (d *decoder) marker() (byte, error) {
	if m := d.pending; m != 0 {
		d.pending = 0
		return m, nil
	}
	for {
		b, err := d.r.ReadByte()
		for err == nil && b != 0xff {
			b, err = d.r.ReadByte()
		}
		for err == nil && b == 0xff {
			b, err = d.r.ReadByte()
		}
		if err != nil {
			return 0, unexpected(err)
		}
		if b != 0 {
			return b, nil
		}
	}
}

func (d *decoder) segment() ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(d.r, length[:]); err != nil {
		return nil, unexpected(err)
	}
	n := int(length[0])<<8 | int(length[1])
	if n < 2 {
		return nil, errFormat
	}
	data := make([]byte, n-2)
	_, err := io.ReadFull(d.r, data)
	return data, unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// frame reads a frame's head.
func (d *decoder) frame(data []byte, progressive, headOnly bool) error {
	if d.image.Planes != nil || len(data) < 6 || len(data) != 6+3*int(data[5]) {
		return fmt.Errorf("%w: frame", errFormat)
	}
	d.progressive = progressive
	m := &d.image
	m.Height, m.Width = int(data[1])<<8|int(data[2]), int(data[3])<<8|int(data[4])
	n := int(data[5])
	if data[0] != 8 || m.Height == 0 || n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("%w: %d bits, %d lines, %d components", ErrUnsupported, data[0], m.Height, n)
	}
	if m.Width == 0 {
		return fmt.Errorf("%w: no width", errFormat)
	}
	for i := range n {
		c := data[6+3*i:]
		p := Plane{ID: c[0], H: int(c[1] >> 4), V: int(c[1] & 15)}
		if p.H < 1 || p.H > 4 || p.V < 1 || p.V > 4 || c[2] > 3 {
			return fmt.Errorf("%w: component", errFormat)
		}
		for _, other := range m.Planes {
			if other.ID == p.ID {
				return fmt.Errorf("%w: component", errFormat)
			}
		}
		if n == 1 {
			p.H, p.V = 1, 1
		}
		m.Planes = append(m.Planes, p)
		m.MaxH, m.MaxV = max(m.MaxH, p.H), max(m.MaxV, p.V)
		d.components = append(d.components, component{h: p.H, v: p.V, selector: c[2]})
	}
	for i := range m.Planes {
		p, c := &m.Planes[i], &d.components[i]
		if m.MaxH%p.H != 0 || m.MaxV%p.V != 0 {
			return fmt.Errorf("%w: sampling ratio %d:%d, %d:%d", ErrUnsupported, p.H, m.MaxH, p.V, m.MaxV)
		}
		p.Wide, p.High = divideUp(m.Width*p.H, m.MaxH), divideUp(m.Height*p.V, m.MaxV)
		c.wide, c.high = divideUp(m.Width, 8*m.MaxH)*p.H, divideUp(m.Height, 8*m.MaxV)*p.V
		if !headOnly {
			c.blocks = make([]block, c.wide*c.high)
		}
	}
	return nil
}

func (d *decoder) defineQuanta(data []byte) error {
	for len(data) > 0 {
		size, at := 1+int(data[0]>>4), data[0]&15
		if size > 2 || at > 3 || len(data) < 1+64*size {
			return fmt.Errorf("%w: quantisation", errFormat)
		}
		q := new([64]uint16)
		for i := range q {
			v := data[1+i*size:]
			q[i] = uint16(v[0])
			if size == 2 {
				q[i] = q[i]<<8 | uint16(v[1])
			}
		}
		d.quantum[at], data = q, data[1+64*size:]
	}
	return nil
}

func divideUp(n, by int) int { return (n + by - 1) / by }
