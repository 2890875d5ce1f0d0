package digest

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// distributions are the shapes in which a digest may go wrong.
var distributions = map[string]func(*rand.Rand) float64{
	"uniform":     func(r *rand.Rand) float64 { return r.Float64() },
	"normal":      func(r *rand.Rand) float64 { return r.NormFloat64() },
	"lognormal":   func(r *rand.Rand) float64 { return math.Exp(2 * r.NormFloat64()) },
	"exponential": func(r *rand.Rand) float64 { return r.ExpFloat64() },
	"bimodal":     func(r *rand.Rand) float64 { return float64(r.IntN(2))*1000 + r.NormFloat64() },
	"ten levels":  func(r *rand.Rand) float64 { return float64(r.IntN(10)) },
	"mostly zero": func(r *rand.Rand) float64 { return max(0, r.NormFloat64()-1) },
	"constant":    func(*rand.Rand) float64 { return 3.25 },
	"pareto":      func(r *rand.Rand) float64 { return math.Pow(1-r.Float64(), -1/1.2) },
	"magnitudes":  func(r *rand.Rand) float64 { return math.Pow(10, 12*r.Float64()-6) },
	"signed magnitudes": func(r *rand.Rand) float64 {
		return math.Copysign(math.Pow(10, 12*r.Float64()-6), r.Float64()-0.5)
	},
}

var shares = []float64{0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1}

func draw(name string, n int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	values := make([]float64, n)
	for i := range values {
		values[i] = distributions[name](random)
	}
	return values
}

func of(compression int, values []float64) *Digest {
	d := New(compression)
	for _, v := range values {
		d.Add(v)
	}
	return d
}

// exactQuantile is k6's definition: linear interpolation at q·(n−1).
func exactQuantile(sorted []float64, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	below := math.Floor(rank)
	above := math.Ceil(rank)
	low, high := sorted[int(below)], sorted[int(above)]
	return low + (high-low)*(rank-below)
}

// rankError is how far, as a share of all samples, a value lies from rank q.
func rankError(sorted []float64, value, q float64) float64 {
	n := len(sorted)
	target := q * float64(n-1)
	first := sort.SearchFloat64s(sorted, value)
	next := sort.Search(n, func(i int) bool { return sorted[i] > value })
	low, high := float64(first), float64(next-1)
	if first == next { // between two samples
		low, high = float64(first)-1, float64(first)
	}
	return max(0, low-target, target-high) / float64(n)
}

func TestBelowTwiceTheCompressionQuantilesAreExact(t *testing.T) {
	for name := range distributions {
		for _, n := range []int{1, 2, 3, 5, 32, 99, 100, 199} {
			values := draw(name, n, 7)
			d := of(100, values)
			slices.Sort(values)
			for _, q := range shares {
				if got, want := d.Quantile(q), exactQuantile(values, q); got != want {
					t.Errorf("%s, %d samples: quantile %v = %v, want %v", name, n, q, got, want)
				}
			}
		}
	}
}

func TestRankErrorStaysWithinTheBound(t *testing.T) {
	for name := range distributions {
		for _, compression := range []int{20, 100, 1000} {
			values := draw(name, 20_000, 11)
			d := of(compression, values)
			slices.Sort(values)
			for _, q := range shares {
				if got := rankError(values, d.Quantile(q), q); got > 1/float64(compression) {
					t.Errorf("%s, compression %d: quantile %v is off by %.3f %% of ranks", name, compression, q, 100*got)
				}
			}
		}
	}
}

func TestSmoothDataAreFarBetterThanTheBound(t *testing.T) {
	for _, name := range []string{"uniform", "normal", "lognormal", "exponential"} {
		values := draw(name, 50_000, 3)
		d := of(100, values)
		slices.Sort(values)
		for _, q := range shares {
			if got := rankError(values, d.Quantile(q), q); got > 0.001 {
				t.Errorf("%s: quantile %v is off by %.3f %% of ranks", name, q, 100*got)
			}
		}
	}
}

func TestFewDistinctValuesStayExactHoweverOften(t *testing.T) {
	values := draw("ten levels", 30_000, 5)
	d := of(100, values)
	slices.Sort(values)
	for _, q := range shares {
		if got, want := d.Quantile(q), exactQuantile(values, q); got != want {
			t.Errorf("quantile %v = %v, want %v", q, got, want)
		}
	}
}

func TestCountSumAndExtremesAreExact(t *testing.T) {
	for name := range distributions {
		values := draw(name, 7_777, 13)
		d := of(100, values)
		sum := 0.0
		for _, v := range values {
			sum += v
		}

		if d.Count() != 7_777 || d.Sum() != sum || d.Min() != slices.Min(values) || d.Max() != slices.Max(values) {
			t.Errorf("%s: n %d, sum %v, min %v, max %v", name, d.Count(), d.Sum(), d.Min(), d.Max())
		}
		checkInvariants(t, name, d)
	}
}

func TestMergingRandomSplitsLosesNothing(t *testing.T) {
	for name := range distributions {
		values := draw(name, 10_000, 17)
		parts := make([]*Digest, 7)
		for i := range parts {
			parts[i] = New(100)
		}
		random := rand.New(rand.NewPCG(1, 1))
		for _, v := range values {
			parts[random.IntN(len(parts))].Add(v)
		}

		merged := New(100)
		merged.Merge(parts...)

		slices.Sort(values)
		if merged.Count() != 10_000 || merged.Min() != values[0] || merged.Max() != values[len(values)-1] {
			t.Errorf("%s: n %d, min %v, max %v", name, merged.Count(), merged.Min(), merged.Max())
		}
		checkInvariants(t, name, merged)
		for _, q := range shares {
			if got := rankError(values, merged.Quantile(q), q); got > 0.01 {
				t.Errorf("%s: quantile %v is off by %.3f %% of ranks", name, q, 100*got)
			}
		}
	}
}

func TestMergingDoesNotDependOnTheOrderOfDigests(t *testing.T) {
	a, b, c := draw("lognormal", 900, 1), draw("bimodal", 700, 2), draw("ten levels", 800, 3)
	forward, backward := New(100), New(100)
	forward.Merge(of(100, a), of(100, b), of(100, c))
	backward.Merge(of(100, c), of(100, b), of(100, a))

	if !slices.Equal(forward.Centroids(), backward.Centroids()) {
		t.Error("the centroids differ")
	}
}

func TestMergingAnEmptyDigestChangesNothing(t *testing.T) {
	d := of(100, []float64{5, 7})
	d.Merge(New(100))

	if d.Count() != 2 || d.Min() != 5 || d.Max() != 7 {
		t.Errorf("n %d, min %v, max %v", d.Count(), d.Min(), d.Max())
	}
}

func TestTheBufferGrowsWithTheSamples(t *testing.T) {
	d := New(100)
	sizes := []int{}
	for range 499 {
		d.Add(1)
		if size := cap(d.buffer); len(sizes) == 0 || sizes[len(sizes)-1] != size {
			sizes = append(sizes, size)
		}
	}

	if want := []int{4, 8, 16, 32, 64, 128, 256, 500}; !slices.Equal(sizes, want) {
		t.Errorf("got %v, want %v", sizes, want)
	}
}

func TestAddAllocatesNothingInSteadyState(t *testing.T) {
	values := draw("lognormal", 4096, 1)
	d := of(100, values)
	i := 0

	perSample := testing.AllocsPerRun(50_000, func() {
		d.Add(values[i%len(values)])
		i++
	})

	if perSample > 0.001 {
		t.Errorf("%v allocations a sample", perSample)
	}
}

func checkInvariants(t *testing.T, name string, d *Digest) {
	t.Helper()
	weight := uint64(0)
	last := math.Inf(-1)
	for _, c := range d.Centroids() {
		if c.Mean < last {
			t.Errorf("%s: centroid %v follows %v", name, c.Mean, last)
		}
		last = c.Mean
		weight += c.Weight
	}
	if weight != d.Count() {
		t.Errorf("%s: weights add up to %d of %d samples", name, weight, d.Count())
	}
}

func BenchmarkDigestAdd(b *testing.B) {
	for _, name := range []string{"lognormal", "ten levels", "pareto", "magnitudes", "signed magnitudes"} {
		b.Run(name, func(b *testing.B) {
			values := draw(name, 1<<16, 1)
			d := New(100)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Add(values[i&(1<<16-1)])
			}
		})
	}
}

func BenchmarkDigestMerge(b *testing.B) {
	parts := make([]*Digest, 64)
	for i := range parts {
		parts[i] = of(100, draw("lognormal", 1248, uint64(i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		New(100).Merge(parts...)
	}
}

func BenchmarkDigestQuantile(b *testing.B) {
	d := of(100, draw("lognormal", 100_000, 1))
	b.ReportAllocs()
	for b.Loop() {
		d.Quantile(0.99)
	}
}
