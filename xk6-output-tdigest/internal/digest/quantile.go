package digest

import "math"

// Quantile reads off the value at rank q·(n−1). A centroid sits at the middle of its ranks, and between neighbours the
// value is interpolated; centroids of equal mean are flat from the first rank to the last. With single samples
// this is k6's own definition.
func Quantile(centroids []Centroid, lowest, highest, q float64) float64 {
	total := 0.0
	for _, c := range centroids {
		total += float64(c.Weight)
	}
	if total == 0 {
		return math.NaN()
	}
	target := q * (total - 1)
	left := point{0, lowest}
	before := 0.0 // samples to the left of the current centroids
	for len(centroids) > 0 {
		mean := centroids[0].Mean
		members, weight := sameMean(centroids)
		first, last := before+(weight-1)/2, before+(weight-1)/2
		if members > 1 {
			first, last = before, before+weight-1
		}
		if target < first {
			return clamp(interpolate(left, point{first, mean}, target), lowest, highest)
		}
		if target <= last {
			return clamp(mean, lowest, highest)
		}
		left = point{last, mean}
		before += weight
		centroids = centroids[members:]
	}
	return clamp(interpolate(left, point{total - 1, highest}, target), lowest, highest)
}

type point struct{ rank, value float64 }

// interpolate is written so that no platform may fuse a product and a sum: the division stands between them.
func interpolate(left, right point, rank float64) float64 {
	return left.value + (right.value-left.value)*(rank-left.rank)/(right.rank-left.rank)
}

// sameMean counts the leading centroids that share a mean, and the samples in them.
func sameMean(centroids []Centroid) (members int, weight float64) {
	for _, c := range centroids {
		if c.Mean != centroids[0].Mean {
			break
		}
		members++
		weight += float64(c.Weight)
	}
	return members, weight
}

func clamp(value, lowest, highest float64) float64 { return max(lowest, min(value, highest)) }
