package digest

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// tailWeight is the constant normaliser of the k₂ scale function: the larger, the heavier centroids near the tails.
const tailWeight = 24

// A run is some samples of one mean. A pure run holds equal samples only, so far as can be known.
type run struct {
	mean   float64
	weight uint64
	pure   bool
}

// centroids is how many a run is written as: see write.
func (r run) centroids() int {
	if r.pure {
		return int(min(r.weight, 3))
	}
	return 1
}

// runs is the working space of a compression: large, needed for microseconds, and so lent out rather than kept by digests.
type runs struct {
	list []run
}

var spareRuns = sync.Pool{New: func() any { return new(runs) }}

func borrowRuns() *runs { return spareRuns.Get().(*runs) }

func (rs *runs) giveBack() {
	rs.list = rs.list[:0]
	spareRuns.Put(rs)
}

func (rs *runs) appendCentroids(centroids []Centroid) {
	for _, c := range centroids {
		rs.list = append(rs.list, run{c.Mean, c.Weight, c.Weight == 1})
	}
}

// interleave fills rs, in order, with centroids and samples that are sorted already.
func (rs *runs) interleave(centroids []Centroid, samples []float64) {
	for _, sample := range samples {
		for len(centroids) > 0 && centroids[0].Mean <= sample {
			rs.appendCentroids(centroids[:1])
			centroids = centroids[1:]
		}
		rs.list = append(rs.list, run{sample, 1, true})
	}
	rs.appendCentroids(centroids)
}

func (rs *runs) sort() {
	slices.SortFunc(rs.list, func(a, b run) int { return cmp.Compare(a.mean, b.mean) })
}

// cluster turns sorted runs into centroids, written into the space of old.
func (rs *runs) cluster(compression int, old []Centroid) []Centroid {
	rs.joinEqualMeans()
	if rs.centroids() > compression {
		rs.mergeNeighbours(float64(compression))
	}
	centroids := slices.Grow(old[:0], rs.centroids())
	for _, r := range rs.list {
		centroids = write(centroids, r)
	}
	return centroids
}

func (rs *runs) centroids() int {
	count := 0
	for _, r := range rs.list {
		count += r.centroids()
	}
	return count
}

func (rs *runs) weight() float64 {
	total := uint64(0)
	for _, r := range rs.list {
		total += r.weight
	}
	return float64(total)
}

func (rs *runs) joinEqualMeans() {
	joined := rs.list[:0]
	for _, r := range rs.list {
		if last := len(joined) - 1; last >= 0 && joined[last].mean == r.mean {
			joined[last].weight += r.weight
			joined[last].pure = true
			continue
		}
		joined = append(joined, r)
	}
	rs.list = joined
}

// mergeNeighbours lets each cluster take the runs to its right for as long as the sum of weights stays within both
// bounds: a share of 1/δ of all samples everywhere, and less the nearer the tails.
func (rs *runs) mergeNeighbours(δ float64) {
	n := rs.weight()
	clusters := rs.list[:1]
	first := clusters[0].mean // of the current cluster
	left := 0.0               // weight before the current cluster
	for _, r := range rs.list[1:] {
		current := &clusters[len(clusters)-1]
		p := float64(current.weight + r.weight)
		if p*δ <= n && p*δ*n <= tailWeight*min(left*(n-left), (left+p)*(n-left-p)) {
			current.mean += (r.mean - current.mean) * float64(r.weight) / p
			current.weight += r.weight
			current.pure = false
			continue
		}
		current.settle(first)
		left += float64(current.weight)
		clusters = append(clusters, r)
		first = r.mean
	}
	clusters[len(clusters)-1].settle(first)
	rs.list = clusters
}

// settle gives a mean to samples too far apart to be averaged in float64: the first one keeps the order.
func (r *run) settle(first float64) {
	if math.IsInf(r.mean, 0) || math.IsNaN(r.mean) {
		r.mean = first
	}
}

// write appends a run's centroids. The single samples at both ends of a pure run tell a reader that the run is flat;
// a lone centroid with a weight above 1 is a mixture.
func write(centroids []Centroid, r run) []Centroid {
	if !r.pure || r.weight == 1 {
		return append(centroids, Centroid{r.mean, r.weight})
	}
	centroids = append(centroids, Centroid{r.mean, 1})
	if r.weight > 2 {
		centroids = append(centroids, Centroid{r.mean, r.weight - 2})
	}
	return append(centroids, Centroid{r.mean, 1})
}
