// Package digest is a merging t-digest that depends on nothing but its samples: no randomness, no rounding that a
// platform may choose. docs/digests.md states the algorithm; the server builds the same digests, bit for bit.
package digest

import "slices"

// bufferPerCompression is how many samples wait for the next compression, in units of the compression.
const bufferPerCompression = 5

// smallestBuffer is the first allocation: most series see only a handful of samples in an interval.
const smallestBuffer = 4

// A Centroid stands for Weight samples whose mean is Mean.
type Centroid struct {
	Mean   float64
	Weight uint64
}

// A Digest summarises the samples of one series in one interval. It is not safe for concurrent use.
type Digest struct {
	compression int
	count       uint64
	sum         float64
	min         float64
	max         float64
	centroids   []Centroid
	buffer      []float64
}

// New returns an empty digest. It allocates nothing for samples until there are some.
func New(compression int) *Digest {
	return &Digest{compression: compression}
}

// Add takes one sample, which must be finite.
func (d *Digest) Add(value float64) {
	if value == 0 {
		value = 0 // −0 would sort and encode apart from 0
	}
	if d.count == 0 || value < d.min {
		d.min = value
	}
	if d.count == 0 || value > d.max {
		d.max = value
	}
	d.count++
	d.sum += value
	if len(d.buffer) == cap(d.buffer) {
		d.growBuffer()
	}
	d.buffer = append(d.buffer, value)
	if len(d.buffer) == d.bufferLimit() {
		d.compress()
	}
}

// Merge takes in all samples of the others, whose compressions may differ from d's.
func (d *Digest) Merge(others ...*Digest) {
	d.compress()
	work := borrowRuns()
	defer work.giveBack()
	work.appendCentroids(d.centroids)
	for _, other := range others {
		if other.count == 0 {
			continue
		}
		other.compress()
		work.appendCentroids(other.centroids)
		d.min, d.max = outer(d, other)
		d.count += other.count
		d.sum += other.sum
	}
	work.sort()
	d.centroids = work.cluster(d.compression, d.centroids)
}

// Compression is the digest's accuracy: no centroid that mixes samples holds more than 1/compression of them.
func (d *Digest) Compression() int { return d.compression }

// Count is the exact number of samples.
func (d *Digest) Count() uint64 { return d.count }

// Sum is the samples' sum, added up in the order of arrival.
func (d *Digest) Sum() float64 { return d.sum }

// Min is the exact smallest sample, 0 if there is none.
func (d *Digest) Min() float64 { return d.min }

// Max is the exact largest sample, 0 if there is none.
func (d *Digest) Max() float64 { return d.max }

// Centroids are sorted by mean. They belong to the digest: valid until it changes.
func (d *Digest) Centroids() []Centroid {
	d.compress()
	return d.centroids
}

// Quantile is the value below which a share q of the samples lies, NaN if there are no samples.
func (d *Digest) Quantile(q float64) float64 {
	return Quantile(d.Centroids(), d.min, d.max, q)
}

func (d *Digest) bufferLimit() int { return bufferPerCompression * d.compression }

func (d *Digest) growBuffer() {
	size := min(max(2*cap(d.buffer), smallestBuffer), d.bufferLimit())
	grown := make([]float64, len(d.buffer), size)
	copy(grown, d.buffer)
	d.buffer = grown
}

// compress folds the buffered samples into the centroids. With nothing buffered the centroids are final already.
func (d *Digest) compress() {
	if len(d.buffer) == 0 {
		return
	}
	slices.Sort(d.buffer)
	work := borrowRuns()
	defer work.giveBack()
	work.interleave(d.centroids, d.buffer)
	d.centroids = work.cluster(d.compression, d.centroids)
	d.buffer = d.buffer[:0]
}

func outer(a, b *Digest) (low, high float64) {
	if a.count == 0 {
		return b.min, b.max
	}
	return min(a.min, b.min), max(a.max, b.max)
}
