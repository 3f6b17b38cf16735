package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"io"

	"golang.org/x/image/riff"
	"golang.org/x/image/webp"
)

var errFrame = errors.New("its first frame does not lie within it")

// decodeWebP decodes a WebP picture, or the first frame of an animated one, which golang.org/x/image/webp does not: the frame is given to it
// as a picture by itself (RIFF chunks ANMF, https://developers.google.com/speed/webp/docs/riff_container).
func decodeWebP(r io.ReadSeeker, canvas image.Point) (image.Image, error) {
	frame, at, err := firstFrame(r)
	if err != nil {
		return nil, err
	}
	if frame == nil {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		m, err := webp.Decode(r)
		return videoRange(m), err
	}
	if !at.In(image.Rectangle{Max: canvas}) {
		return nil, errFrame
	}
	m, err := webp.Decode(bytes.NewReader(frame))
	if err != nil {
		return nil, err
	}
	return onCanvas(videoRange(m), at.Min, canvas), nil
}

// firstFrame is the first frame of an animated WebP as a file of its own, and where it lies; nil for one that is not animated.
func firstFrame(r io.Reader) ([]byte, image.Rectangle, error) {
	_, chunks, err := riff.NewReader(r)
	for err == nil {
		var id riff.FourCC
		var data io.Reader
		var size uint32
		if id, size, data, err = chunks.Next(); err != nil {
			break
		}
		switch id {
		case riff.FourCC{'V', 'P', '8', 'X'}:
			var flags [1]byte
			if _, err := io.ReadFull(data, flags[:]); err != nil || flags[0]&animated == 0 {
				return nil, image.Rectangle{}, err
			}
		case riff.FourCC{'V', 'P', '8', ' '}, riff.FourCC{'V', 'P', '8', 'L'}:
			return nil, image.Rectangle{}, nil
		case riff.FourCC{'A', 'N', 'M', 'F'}:
			all, err := io.ReadAll(data)
			if err != nil || len(all) < frameHead || uint32(len(all)) != size {
				return nil, image.Rectangle{}, errors.Join(err, io.ErrUnexpectedEOF)
			}
			file, at := still(all)
			return file, at, nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, image.Rectangle{}, err
}

const (
	animated  = 1 << 1 // flags of VP8X
	withAlpha = 1 << 4
	frameHead = 16 // bytes of ANMF before the frame's own chunks
)

// still makes a file of a frame.
func still(frame []byte) ([]byte, image.Rectangle) {
	three := func(at int) int { return int(frame[at]) | int(frame[at+1])<<8 | int(frame[at+2])<<16 }
	x, y := 2*three(0), 2*three(3)
	head := make([]byte, 10) // flags, and the size as the frame has it
	copy(head[4:], frame[6:12])
	if bytes.HasPrefix(frame[frameHead:], []byte("ALPH")) {
		head[0] = withAlpha
	}
	body := append([]byte("WEBPVP8X"), 10, 0, 0, 0)
	body = append(append(body, head...), frame[frameHead:]...)
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
	return append(file, body...), image.Rect(x, y, x+three(6)+1, y+three(9)+1)
}

// onCanvas puts m at a place of a transparent canvas, unless it fills it.
func onCanvas(m image.Image, at, canvas image.Point) image.Image {
	if m.Bounds().Size() == canvas {
		return m
	}
	to := image.NewNRGBA(image.Rectangle{Max: canvas})
	draw.Draw(to, m.Bounds().Sub(m.Bounds().Min).Add(at), m, m.Bounds().Min, draw.Src)
	return to
}
