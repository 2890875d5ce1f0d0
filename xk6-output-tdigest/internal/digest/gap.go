package digest

import "math"

const (
	// gapUnit is what gaps are counted in: whole numbers add up without rounding.
	gapUnit = 1 << 20
	// smallestGap is 3 %.
	smallestGap = 31457
	// tailWeight is the constant normaliser of the k₂ scale function: the larger, the heavier centroids near the tails.
	tailWeight = 24
)

// findClusters decides which neighbours are joined. Gaps stay open; where the centroids would be too many, the
// smallest gaps give way.
func (rs *runs) findClusters(compression int) {
	rs.measureGaps()
	gap := int64(smallestGap)
	count := rs.openClusters(compression, gap)
	if count <= 2*compression {
		return
	}
	bare := rs.openClusters(compression, math.MaxInt64/4)
	for 4*count > max(8*compression, 4*bare+compression) {
		gap += gap / 2
		count = rs.openClusters(compression, gap)
	}
	rs.openClusters(compression, gap)
}

// measureGaps sets the gaps relative to the larger of the means beside them, or to the interquartile range if that is
// larger: a gap is at most 2.
func (rs *runs) measureGaps() {
	middle := rs.middle()
	rs.gaps = append(rs.gaps[:0], 0)
	for i, r := range rs.list[1:] {
		before := rs.list[i].mean
		unit := max(math.Abs(before), math.Abs(r.mean), middle)
		rs.gaps = append(rs.gaps, int64(min((r.mean-before)/unit, 2)*gapUnit))
	}
	rs.gaps = append(rs.gaps, 0)
}

// middle is how far apart the samples a quarter from both ends are.
func (rs *runs) middle() float64 {
	n := rs.weight()
	return min(rs.sample(n-1-n/4)-rs.sample(n/4), math.MaxFloat64)
}

func (rs *runs) weight() uint64 {
	total := uint64(0)
	for _, r := range rs.list {
		total += r.weight
	}
	return total
}

// sample is the mean of the run that holds this rank, counted from 0.
func (rs *runs) sample(rank uint64) float64 {
	i := 0
	for ; rank >= rs.list[i].weight; i++ {
		rank -= rs.list[i].weight
	}
	return rs.list[i].mean
}

// openClusters lets each cluster take the runs to its right for as long as it may, and counts the centroids. A run
// beside a gap of more than this stays alone.
func (rs *runs) openClusters(compression int, gap int64) (centroids int) {
	n, δ := float64(rs.weight()), float64(compression)
	rs.starts = append(rs.starts[:0], 0)
	cluster, span, left := rs.list[0], int64(0), 0.0
	for i, r := range rs.list[1:] {
		p := cluster.weight + r.weight
		span += rs.gaps[i+1]
		if span <= 2*gap && max(rs.gaps[i], rs.gaps[i+1], rs.gaps[i+2]) <= gap && mayWeigh(float64(p), left, n, δ) {
			cluster.weight, cluster.pure = p, false
			continue
		}
		centroids += cluster.centroids()
		left += float64(cluster.weight)
		cluster, span = r, 0
		rs.starts = append(rs.starts, i+1)
	}
	return centroids + cluster.centroids()
}

// mayWeigh keeps the weight p of a cluster within both bounds: a share of 1/δ of all samples everywhere, and less the
// nearer the tails.
func mayWeigh(p, left, n, δ float64) bool {
	return p*δ <= n && p*δ*n <= tailWeight*min(left*(n-left), (left+p)*(n-left-p))
}
