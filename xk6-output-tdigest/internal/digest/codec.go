package digest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Encoding names the layout of Append in a batch.
const Encoding = 0

var errCut = errors.New("digest ends too early")

// Append writes the digest in its own form: uvarint compression, uvarint number of centroids, their means as
// little-endian float64, their weights as uvarints.
func (d *Digest) Append(data []byte) []byte {
	centroids := d.Centroids()
	data = binary.AppendUvarint(data, uint64(d.compression))
	data = binary.AppendUvarint(data, uint64(len(centroids)))
	for _, c := range centroids {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(c.Mean))
	}
	for _, c := range centroids {
		data = binary.AppendUvarint(data, c.Weight)
	}
	return data
}

// Decode reads what Append wrote.
func Decode(data []byte) (compression uint64, centroids []Centroid, err error) {
	if compression, data, err = uvarint(data); err != nil {
		return 0, nil, err
	}
	count, data, err := uvarint(data)
	if err != nil {
		return 0, nil, err
	}
	if count > uint64(len(data)/9) { // a mean takes 8 bytes, a weight at least one
		return 0, nil, errCut
	}
	centroids = make([]Centroid, count)
	for i := range centroids {
		centroids[i].Mean = math.Float64frombits(binary.LittleEndian.Uint64(data))
		data = data[8:]
	}
	for i := range centroids {
		if centroids[i].Weight, data, err = uvarint(data); err != nil {
			return 0, nil, err
		}
	}
	if len(data) > 0 {
		return 0, nil, fmt.Errorf("%d bytes follow the digest", len(data))
	}
	return compression, centroids, nil
}

func uvarint(data []byte) (value uint64, rest []byte, err error) {
	value, size := binary.Uvarint(data)
	if size <= 0 {
		return 0, nil, errCut
	}
	return value, data[size:], nil
}
