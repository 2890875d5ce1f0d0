package wiretest

import (
	"encoding/binary"
	"fmt"
	"math"

	"xk6-output-tdigest/internal/digest"
)

// readDigest replaces the bytes of a trend's body by what they mean.
func readDigest(body map[string]any) error {
	data := body["bytes"].([]byte)
	delete(body, "bytes")
	var centroids []digest.Centroid
	switch body["enc"] {
	case int64(0):
		compression, decoded, err := digest.Decode(data)
		if err != nil {
			return err
		}
		body["compression"], centroids = float64(compression), decoded
	case int64(1):
		body["compression"], centroids = readGoTDigest(data)
	default:
		return fmt.Errorf("unknown encoding %v", body["enc"])
	}
	pairs := make([][2]float64, 0, len(centroids))
	for _, c := range centroids {
		pairs = append(pairs, [2]float64{c.Mean, float64(c.Weight)})
	}
	body["centroids"] = pairs
	return nil
}

// readGoTDigest reads caio/go-tdigest's bytes: rounded differences of the means, big-endian.
func readGoTDigest(data []byte) (compression float64, centroids []digest.Centroid) {
	compression = math.Float64frombits(binary.BigEndian.Uint64(data[4:]))
	centroids = make([]digest.Centroid, binary.BigEndian.Uint32(data[12:]))
	data = data[16:]
	mean := 0.0
	for i := range centroids {
		mean += float64(math.Float32frombits(binary.BigEndian.Uint32(data)))
		centroids[i].Mean = mean
		data = data[4:]
	}
	for i := range centroids {
		weight, size := binary.Uvarint(data)
		centroids[i].Weight = weight
		data = data[size:]
	}
	return compression, centroids
}

// Digest gives back the digest of a trend that was read.
func (s Series) Digest() (centroids []digest.Centroid, lowest, highest float64) {
	for _, pair := range s.Body["centroids"].([][2]float64) {
		centroids = append(centroids, digest.Centroid{Mean: pair[0], Weight: uint64(pair[1])})
	}
	return centroids, s.Body["min"].(float64), s.Body["max"].(float64)
}
