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
	gap, most := int64(smallestGap), 2*compression
	if rs.openClusters(compression, gap, most) <= most {
		return
	}
	bare := rs.openClusters(compression, math.MaxInt64/4, math.MaxInt)
	if bare+compression/4 > most {
		most = bare + compression/4
	} else {
		gap += gap / 2
	}
	for rs.openClusters(compression, gap, most) > most {
		gap += gap / 2
	}
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
// beside a gap of more than this stays alone. It gives up as soon as there are more than most centroids: the smallest
// gaps give way then, and nobody looks at the clusters.
func (rs *runs) openClusters(compression int, gap int64, most int) (centroids int) {
	list, gaps, starts := rs.list, rs.gaps, append(rs.starts[:0], 0)
	b := bounds{n: float64(rs.weight()), δ: float64(compression)}
	start, weight, span := 0, float64(list[0].weight), int64(0)
	for i := 1; i < len(list); i++ {
		span += gaps[i]
		p := weight + float64(list[i].weight)
		if max(gaps[i-1], gaps[i], gaps[i+1]) <= gap && span <= 2*gap && b.allow(p) {
			weight = p
			continue
		}
		if centroids += written(list[start:i]); centroids > most {
			return centroids
		}
		b.pass(weight)
		start, weight, span = i, float64(list[i].weight), 0
		starts = append(starts, i)
	}
	rs.starts = starts
	return centroids + written(list[start:])
}

// written is how many centroids a cluster becomes.
func written(members []run) int {
	if len(members) == 1 {
		return members[0].centroids()
	}
	return 1
}

// bounds keep the weight p of a cluster, with a weight of left before it, small: a share of 1/δ of all samples
// everywhere, and less the nearer the tails.
type bounds struct {
	n, δ, left, steepness float64
}

func (b *bounds) allow(p float64) bool {
	return p*b.δ <= b.n && p*b.δ*b.n <= tailWeight*min(b.steepness, (b.left+p)*(b.n-b.left-p))
}

func (b *bounds) pass(weight float64) {
	b.left += weight
	b.steepness = b.left * (b.n - b.left)
}
