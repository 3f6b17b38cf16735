package picture

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"io"
)

// A progressive JPEG goes over all its pixels in each scan, and a scan can be a few bytes: a small file could take minutes. Encoders write about
// ten scans. These bound the work to a few seconds.
const (
	manyScans  = 20      // are read of any picture
	scanPixels = 1 << 30 // of all scans of a picture, where it has more
)

// checkScans refuses a JPEG of so many scans that no encoder wrote it.
func checkScans(r io.Reader, size image.Point) error {
	most := max(manyScans, scanPixels/(size.X*size.Y))
	if n := scans(bufio.NewReader(r), most); n > most {
		return fmt.Errorf("%w (a JPEG of %d scans or more; at most %d are read at %d×%d pixels)", ErrTooLarge, n, most, size.X, size.Y)
	}
	return nil
}

// scans counts the scans of a JPEG, as far as it is whole and they are not more than most: in the data of a scan, no byte 0xff but those of markers is followed by another
// than 0 (ITU-T T.81, B.1.1.5).
func scans(r *bufio.Reader, most int) (n int) {
	for n <= most {
		b, err := r.ReadByte()
		for err == nil && b != 0xff {
			b, err = r.ReadByte()
		}
		for err == nil && b == 0xff {
			b, err = r.ReadByte()
		}
		switch {
		case err != nil || b == 0xd9:
			return n
		case b == 0 || b == 1 || b >= 0xd0 && b <= 0xd8: // these have no length
			continue
		case b == 0xda:
			n++
		}
		var length [2]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return n
		}
		if _, err := r.Discard(max(int(length[0])<<8|int(length[1])-2, 0)); err != nil {
			return n
		}
	}
	return n
}

// stoppable is a file that ends with ctx, so that decoders, which know no context, end too.
type stoppable struct {
	ctx context.Context
	io.ReadSeeker
}

// Read gives little at a time: between two reads a decoder cannot be stopped.
func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.ReadSeeker.Read(p[:min(len(p), 1024)])
}
