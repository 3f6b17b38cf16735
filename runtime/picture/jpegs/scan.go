package jpegs

import "fmt"

// scan is a pass over some components: coefficients [first, last] in zigzag order, their bits from low on.
type scan struct {
	*decoder
	parts       []part
	first, last int
	refines     bool
	low         int
	idle        int // blocks to come that have nothing more
}

// part is a component of a scan.
type part struct {
	*component
	plane  *Plane
	dc, ac *huffman
	level  int // of the block before
}

// scan reads a scan with the coded data behind its head.
func (d *decoder) scan(data []byte) error {
	if d.image.Planes == nil || len(data) < 1 || data[0] < 1 || data[0] > 4 || len(data) != 4+2*int(data[0]) {
		return fmt.Errorf("%w: scan", errFormat)
	}
	n := int(data[0])
	s := scan{decoder: d, first: int(data[1+2*n]), last: int(data[2+2*n]), refines: data[3+2*n]>>4 != 0, low: int(data[3+2*n] & 15)}
	if !d.progressive {
		s.first, s.last, s.refines, s.low = 0, 63, false, 0
	}
	if s.first > s.last || s.last > 63 || s.low > 13 || d.progressive && (s.first == 0) != (s.last == 0) || s.first > 0 && n > 1 {
		return fmt.Errorf("%w: scan", errFormat)
	}
	for i := range n {
		found := -1
		for j, p := range d.image.Planes {
			if p.ID == data[1+2*i] {
				found = j
			}
		}
		tables := data[2+2*i]
		if found < 0 || tables>>4 > 3 || tables&15 > 3 {
			return fmt.Errorf("%w: scan", errFormat)
		}
		p := part{component: &d.components[found], plane: &d.image.Planes[found], dc: d.tables[0][tables>>4], ac: d.tables[1][tables&15]}
		for _, other := range s.parts {
			if other.component == p.component {
				return fmt.Errorf("%w: scan", errFormat)
			}
		}
		if s.first == 0 && !s.refines && p.dc == nil || s.last > 0 && p.ac == nil {
			return fmt.Errorf("%w: no Huffman code", errFormat)
		}
		if p.quantum == nil {
			p.quantum = d.quantum[p.selector]
		}
		s.parts = append(s.parts, p)
	}
	return s.run()
}

// run reads the blocks: of a single component line by line, of several by MCUs.
func (s *scan) run() error {
	s.align()
	wide, high := divideUp(s.image.Width, 8*s.image.MaxH), divideUp(s.image.Height, 8*s.image.MaxV)
	alone := len(s.parts) == 1
	if alone {
		wide, high = divideUp(s.parts[0].plane.Wide, 8), divideUp(s.parts[0].plane.High, 8)
	}
	for mcu := range wide * high {
		if s.restart > 0 && mcu > 0 && mcu%s.restart == 0 {
			if err := s.resume(); err != nil {
				return err
			}
		}
		for i := range s.parts {
			p := &s.parts[i]
			h, v := p.h, p.v
			if alone {
				h, v = 1, 1
			}
			for k := range h * v {
				x, y := mcu%wide*h+k%h, mcu/wide*v+k/h
				if err := s.block(p, &p.blocks[y*p.wide+x]); err != nil {
					return err
				}
			}
		}
	}
	s.align()
	return nil
}

// resume reads a restart marker.
func (s *scan) resume() error {
	s.align()
	m, err := s.marker()
	if err != nil {
		return err
	}
	if m < markerRST0 || m > markerRST7 {
		return fmt.Errorf("%w: a restart marker is missing", errFormat)
	}
	s.idle = 0
	for i := range s.parts {
		s.parts[i].level = 0
	}
	return nil
}

func (s *scan) block(p *part, b *block) error {
	if s.first == 0 {
		if err := s.constant(p, b); err != nil {
			return err
		}
	}
	switch {
	case s.last == 0:
		return nil
	case s.refines:
		return s.refine(p, b)
	}
	return s.detail(p, b)
}

// constant reads a block's DC coefficient, or another bit of it.
func (s *scan) constant(p *part, b *block) error {
	if s.refines {
		bit, err := s.take(1)
		b[0] |= int16(bit << s.low)
		return err
	}
	size, err := s.symbol(p.dc)
	if err != nil {
		return err
	}
	if size > 15 {
		return fmt.Errorf("%w: DC coefficient", errFormat)
	}
	change, err := s.value(int(size))
	p.level += change
	b[0] = int16(p.level << s.low)
	return err
}

// detail reads AC coefficients for the first time.
func (s *scan) detail(p *part, b *block) error {
	if s.idle > 0 {
		s.idle--
		return nil
	}
	for k := max(1, s.first); k <= s.last; k++ {
		rs, err := s.symbol(p.ac)
		if err != nil {
			return err
		}
		run, size := int(rs>>4), int(rs&15)
		if size == 0 {
			if run < 15 {
				err := s.rest(run)
				s.idle--
				return err
			}
			k += run
			continue
		}
		if k += run; k > s.last {
			return fmt.Errorf("%w: AC coefficient", errFormat)
		}
		v, err := s.value(size)
		if err != nil {
			return err
		}
		b[k] = int16(v << s.low)
	}
	return nil
}

// rest reads how many blocks, with the one at hand, have nothing more.
func (s *scan) rest(size int) error {
	more, err := s.take(size)
	s.idle = 1<<size + more
	return err
}

// refine reads another bit of those AC coefficients that are not zero, and those that become so by it.
func (s *scan) refine(p *part, b *block) error {
	k := max(1, s.first)
	for s.idle == 0 && k <= s.last {
		rs, err := s.symbol(p.ac)
		if err != nil {
			return err
		}
		run, size := int(rs>>4), int(rs&15)
		fresh := 0
		switch {
		case size == 0 && run < 15:
			if err := s.rest(run); err != nil {
				return err
			}
			continue
		case size > 0:
			bit, err := s.take(1)
			if err != nil {
				return err
			}
			fresh = (2*bit - 1) << s.low
		}
		if k, err = s.pass(b, k, run); err != nil {
			return err
		}
		if k <= s.last && fresh != 0 {
			b[k] = int16(fresh)
		}
		k++
	}
	if s.idle > 0 {
		s.idle--
		_, err := s.pass(b, k, 64)
		return err
	}
	return nil
}

// pass goes from coefficient k past so many zeros, up to the next one, and reads a bit for each that is not zero.
func (s *scan) pass(b *block, k, zeros int) (int, error) {
	for ; k <= s.last; k++ {
		if b[k] == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		bit, err := s.take(1)
		if err != nil {
			return k, err
		}
		if bit == 1 && b[k]>>s.low&1 == 0 {
			if b[k] > 0 {
				b[k] += 1 << s.low
			} else {
				b[k] -= 1 << s.low
			}
		}
	}
	return k, nil
}
