package digest

import (
	"math"
	"slices"
	"testing"
)

// modes are two groups of samples, the second ten times as large as the first.
func modes(fast, slow int, sign float64) []float64 {
	values := make([]float64, 0, fast+slow)
	for i := range fast {
		values = append(values, sign*(20+20*float64(i*7919%fast)/float64(fast)))
	}
	for i := range slow {
		values = append(values, sign*(280+40*float64(i*7919%slow)/float64(slow)))
	}
	return values
}

func TestBothSidesOfAGapKeepTheirRanks(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		for _, fast := range []int{900, 949, 951, 999} {
			values := modes(fast, 1000-fast, sign)
			d := of(100, values)
			parts := []*Digest{of(100, values[:600]), of(100, values[600:])}
			merged := New(100)
			merged.Merge(parts...)
			slices.Sort(values)
			edge := fast
			if sign < 0 {
				edge = 1000 - fast
			}
			for _, rank := range []int{edge - 1, edge} {
				for _, from := range []*Digest{d, merged} {
					q := float64(rank) / 999
					if got := from.Quantile(q); math.Abs(got-exactQuantile(values, q)) > 1e-6 {
						t.Errorf("%d fast ones: rank %d is %v, want %v", fast, rank, got, values[rank])
					}
				}
			}
		}
	}
}

func TestTheSmallestGapsGiveWay(t *testing.T) {
	values := make([]float64, 0)
	for i, start := 0, 1.0; i < 400; i++ {
		start *= 1.05
		values = append(values, start, -start)
	}
	d := of(50, values)

	if got := len(d.Centroids()); got > 100+13 {
		t.Errorf("%d centroids at a compression of 50", got)
	}
	checkInvariants(t, "many gaps", d)
}

func TestRepeatedSamplesLeaveRoomForGaps(t *testing.T) {
	values := make([]float64, 0)
	for i := range 6_000 { // sixty levels take three centroids each, more than twice the compression of 50
		values = append(values, 1000+float64(i%60))
	}
	for i := range 10 {
		values = append(values, 2000*float64(i+1))
	}
	d := of(50, values)
	slices.Sort(values)

	for rank := 6_000; rank < 6_010; rank++ {
		q := float64(rank) / 6_009
		if got, want := d.Quantile(q), exactQuantile(values, q); math.Abs(got-want) > 1e-6 {
			t.Errorf("rank %d is %v, want %v", rank, got, want)
		}
	}
}
