package delivery

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"xk6-output-tdigest/internal/wire"
)

// smallestToCompress is the size in bytes from which compressing pays.
const smallestToCompress = 1024

// A parcel is a batch as it goes over the line: made once, so that a retry sends the very same bytes.
type parcel struct {
	key        wire.Key
	samples    uint64
	body       []byte
	compressed bool
}

func pack(batch wire.Batch, compress bool) (parcel, error) {
	p := parcel{key: batch.Key, samples: batch.Samples, body: batch.Body}
	if !compress || len(batch.Body) < smallestToCompress {
		return p, nil
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(batch.Body); err != nil {
		return p, fmt.Errorf("compress batch %s: %w", batch.Key, err)
	}
	if err := writer.Close(); err != nil {
		return p, fmt.Errorf("compress batch %s: %w", batch.Key, err)
	}
	p.body, p.compressed = packed.Bytes(), true
	return p, nil
}

func (p parcel) unpack() (wire.Batch, error) {
	batch := wire.Batch{Key: p.key, Samples: p.samples, Body: p.body}
	if !p.compressed {
		return batch, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(p.body))
	if err != nil {
		return batch, fmt.Errorf("decompress batch %s: %w", p.key, err)
	}
	if batch.Body, err = io.ReadAll(reader); err != nil {
		return batch, fmt.Errorf("decompress batch %s: %w", p.key, err)
	}
	return batch, nil
}
