package gpu

import (
	"context"
	"unsafe"

	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/runtime/lowering"
)

// upload copies all parts to the device through a mapped buffer, in submits of their own. It returns as soon as the data may be overwritten.
func (d *device) upload(ctx context.Context, parts []part) error {
	left := 0
	for _, p := range parts {
		left += len(p.data)
	}
	for at := 0; left > 0; { // at is how much of parts[0] is done
		n := min(left, stagingBytes)
		if err := d.mapForWrite(ctx, n); err != nil {
			return err
		}
		buf := d.write.buf
		r, err := buf.MappedRange(0, uint64(n))
		if err != nil {
			d.drop(&d.write)
			return err
		}
		room := r.BytesMut()
		var ops []copyOp
		for used := 0; used < n; {
			p := parts[0]
			k := copy(room[used:], p.data[at:])
			if k > 0 {
				ops = append(ops, copyOp{src: buf, dst: p.dst, srcOff: int64(used), dstOff: int64(at), size: int64(k)})
			}
			used, at = used+k, at+k
			if at == len(p.data) {
				parts, at = parts[1:], 0
			}
		}
		if err := d.flush(ctx, r, ops); err != nil {
			d.drop(&d.write)
			return err
		}
		left -= n
	}
	return nil
}

// flush hands a mapped range over to the GPU, and asks for the buffer back at once, so that the next upload seldom waits.
func (d *device) flush(ctx context.Context, r *wgpu.MappedRange, ops []copyOp) error {
	if err := r.Flush(); err != nil { // without it the browser loses the data
		return err
	}
	r.Release()
	if err := d.write.buf.Unmap(); err != nil {
		return err
	}
	if err := d.copies(ctx, ops); err != nil {
		return err
	}
	var err error
	d.write.pending, err = d.write.buf.MapAsync(wgpu.MapModeWrite, 0, d.write.buf.Size())
	return err
}

// mapForWrite sees to it that d.write is mapped and holds n bytes.
func (d *device) mapForWrite(ctx context.Context, n int) error {
	s := &d.write
	if s.buf != nil && s.buf.Size() < uint64(n) {
		d.drop(s)
	}
	if s.buf == nil {
		var err error
		s.buf, err = d.create(lowering.ForStaging, "staging for uploads", stagingSize(n), wgpu.BufferUsageMapWrite|wgpu.BufferUsageCopySrc, true)
		return err
	}
	err := d.awaitMap(ctx, s.pending)
	if err != nil {
		d.drop(s)
	}
	return err
}

// download waits for the work before it and copies the start of src to dst, whose length is a multiple of 4.
func (d *device) download(ctx context.Context, src *buffer, dst []byte) error {
	if n := len(d.inFlight); n > 0 && d.info.Software { // lavapipe's submit waits for the one before it, and knows no ctx
		if err := d.wait(ctx, d.inFlight[n-1]); err != nil {
			return err
		}
	}
	for off := 0; off < len(dst); {
		n := min(len(dst)-off, stagingBytes)
		if err := d.readPiece(ctx, src, off, dst[off:off+n]); err != nil {
			d.drop(&d.read) // a map that failed or was given up leaves the buffer in doubt
			return err
		}
		off += n
	}
	d.inFlight = d.inFlight[:0]
	return d.judged(ctx)
}

func (d *device) readPiece(ctx context.Context, src *buffer, off int, dst []byte) error {
	s, n := &d.read, uint64(len(dst))
	if s.buf != nil && s.buf.Size() < n {
		d.drop(s)
	}
	if s.buf == nil {
		var err error
		if s.buf, err = d.create(lowering.ForStaging, "staging for downloads", stagingSize(len(dst)), wgpu.BufferUsageMapRead|wgpu.BufferUsageCopyDst, false); err != nil {
			return err
		}
	}
	if err := d.copies(ctx, []copyOp{{src: src, dst: s.buf, srcOff: int64(off), size: int64(n)}}); err != nil {
		return err
	}
	pending, err := s.buf.MapAsync(wgpu.MapModeRead, 0, n)
	if err != nil {
		return err
	}
	if err := d.awaitMap(ctx, pending); err != nil {
		return err
	}
	r, err := s.buf.MappedRange(0, n)
	if err != nil {
		return err
	}
	copy(dst, r.Bytes())
	r.Release()
	return s.buf.Unmap()
}

// drop gives the buffer up, whatever state it is in; the next transfer makes another.
func (d *device) drop(s *staging) {
	if s.buf != nil {
		d.release(s.buf)
	}
	*s = staging{}
}

// stagingSize grows in powers of two, so that a few sizes of tensors settle on one buffer.
func stagingSize(n int) int64 {
	size := int64(4 << 10)
	for size < int64(n) {
		size *= 2
	}
	return size
}

// bytesOf views values as bytes; every platform of WebGPU is little-endian, as WebGPU is.
func bytesOf[T float32 | uint32](values []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}
