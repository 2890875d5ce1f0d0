package digest

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

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
	list   []run
	gaps   []int64 // before each run, and a 0 at the end
	starts []int   // of the clusters
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
	if rs.centroids() > 2*compression {
		rs.findClusters(compression)
		rs.joinClusters()
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

// joinClusters makes one run of each cluster, by the weighted mean of one run after another.
func (rs *runs) joinClusters() {
	for i, start := range rs.starts {
		end := len(rs.list)
		if i+1 < len(rs.starts) {
			end = rs.starts[i+1]
		}
		rs.list[i] = join(rs.list[start:end])
	}
	rs.list = rs.list[:len(rs.starts)]
}

func join(members []run) run {
	joined := members[0]
	for _, r := range members[1:] {
		p := joined.weight + r.weight
		joined.mean += (r.mean - joined.mean) * float64(r.weight) / float64(p)
		joined.weight = p
		joined.pure = false
	}
	joined.settle(members[0].mean)
	return joined
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
