package wire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wiretest"
)

// trends is an interval with so many trend series of some samples each.
func (b *bench) trends(count, samples int) []*interval.Interval {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range count {
		set := func() map[string]string {
			return tags("name", fmt.Sprintf("GET /items/%d", i/9), "status", "200", "method", "GET", "scenario", "browse")
		}
		metric := series.Metric{Name: fmt.Sprintf("metric_%d", i%9), Type: series.Trend, Contains: series.Time}
		stream := b.table.Stream(metric, set())
		for range samples {
			b.fold.Add(stream, at(0), 100*random.ExpFloat64())
		}
	}
	return b.fold.CloseAll(at(time.Second))
}

func read(t *testing.T, batch Batch) wiretest.Batch {
	t.Helper()
	plain, err := wiretest.Read(batch.Body)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestLargeIntervalsAreSplitWithinTheLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		series, samples int
		limits          Limits
		parts           int
	}{
		"by series":            {100, 1, Limits{Bytes: 1 << 20, Series: 30}, 4},
		"just the limit":       {90, 1, Limits{Bytes: 1 << 20, Series: 30}, 3},
		"by bytes":             {100, 200, Limits{Bytes: 20_000, Series: 5000}, 12},
		"larger than a batch":  {3, 200, Limits{Bytes: 3000, Series: 5000}, 3},
		"one part":             {9, 1, Limits{Bytes: 1 << 20, Series: 5000}, 1},
		"the default is large": {6000, 1, DefaultLimits, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.encoder.Limit(tc.limits)

			batches := b.encode(t, b.trends(tc.series, tc.samples), true)

			if len(batches) != tc.parts {
				t.Errorf("%d parts, want %d", len(batches), tc.parts)
			}
			seen, samples := 0, int64(0)
			for i, batch := range batches {
				plain := read(t, batch)
				seen += len(plain.Series)
				samples += plain.Samples
				if want := [2]int64{int64(i + 1), int64(len(batches))}; plain.Part != want || plain.Sequence != int64(i+1) {
					t.Errorf("part %v with number %d, want part %v", plain.Part, plain.Sequence, want)
				}
				if last := plain.Flags&flagLast != 0; last != (i == len(batches)-1) {
					t.Errorf("part %d has flags %d", i+1, plain.Flags)
				}
				if tooLarge := len(batch.Body) > tc.limits.Bytes && len(plain.Series) > 1; tooLarge {
					t.Errorf("part %d has %d bytes", i+1, len(batch.Body))
				}
			}
			if seen != tc.series || samples != int64(tc.series*tc.samples) {
				t.Errorf("%d series and %d samples arrived", seen, samples)
			}
		})
	}
}

func TestOnlyTheFirstBatchNamesTheSource(t *testing.T) {
	b := newBench(t)
	first := b.encode(t, b.trends(1, 1), false)
	second := b.encode(t, b.trends(1, 1), false)

	if read(t, first[0]).Source["host"] != "gen-a" || read(t, second[0]).Source != nil {
		t.Error("the source is not where it belongs")
	}
}

func TestEqualIntervalsGiveEqualBytes(t *testing.T) {
	once, again := newBench(t), newBench(t)

	if !bytes.Equal(once.encode(t, once.trends(500, 9), true)[0].Body, again.encode(t, again.trends(500, 9), true)[0].Body) {
		t.Error("the bytes differ")
	}
}

func TestHalvesTakeNewNumbersAndLeaveAnEmptyBatch(t *testing.T) {
	b := newBench(t)
	b.account.Saw(36)
	whole := b.encode(t, b.trends(9, 4), true)[0]
	b.account.Saw(1) // the halves are of the time of the whole

	batches, lost, err := b.encoder.Halve(whole)

	if err != nil || lost != 0 || len(batches) != 3 {
		t.Fatalf("%d batches, %d lost, %v", len(batches), lost, err)
	}
	wants := []struct {
		sequence, series, samples, flags int64
		part                             [2]int64
	}{
		{1, 0, 0, flagCutAtEnd, [2]int64{1, 1}},
		{2, 4, 16, flagCutAtEnd, [2]int64{1, 2}},
		{3, 5, 20, flagCutAtEnd | flagLast, [2]int64{2, 2}},
	}
	original := read(t, whole)
	var together []wiretest.Series
	for i, want := range wants {
		plain := read(t, batches[i])
		if plain.Sequence != want.sequence || int64(len(plain.Series)) != want.series || plain.Samples != want.samples ||
			plain.Flags != want.flags || plain.Part != want.part || plain.Start != original.Start {
			t.Errorf("batch %d: number %d, %d series, %d samples, flags %d, part %v",
				i, plain.Sequence, len(plain.Series), plain.Samples, plain.Flags, plain.Part)
		}
		if fmt.Sprint(plain.Account) != fmt.Sprint(original.Account) {
			t.Errorf("batch %d: account %v, want %v", i, plain.Account, original.Account)
		}
		together = append(together, plain.Series...)
	}
	if fmt.Sprint(together) != fmt.Sprint(original.Series) {
		t.Error("the halves do not make the whole")
	}
	if read(t, batches[0]).Source == nil {
		t.Error("the source was lost")
	}
}

func TestASingleSeriesCannotBeHalved(t *testing.T) {
	b := newBench(t)
	whole := b.encode(t, b.trends(1, 7), true)[0]

	batches, lost, err := b.encoder.Halve(whole)

	if err != nil || lost != 7 || len(batches) != 1 {
		t.Fatalf("%d batches, %d lost, %v", len(batches), lost, err)
	}
	if plain := read(t, batches[0]); plain.Sequence != 1 || plain.Samples != 0 || plain.Flags&flagLast == 0 {
		t.Errorf("%+v", plain)
	}
}

func TestAnEmptyBatchCannotBeHalvedForEver(t *testing.T) {
	b := newBench(t)
	empty := b.encode(t, []*interval.Interval{b.fold.Empty(at(0))}, true)[0]

	if batches, lost, err := b.encoder.Halve(empty); len(batches) != 0 || lost != 0 || err != nil {
		t.Errorf("%d batches, %d lost, %v", len(batches), lost, err)
	}
}

func TestSamplesOfSomeSeries(t *testing.T) {
	b := newBench(t)
	b.add(checks, tags(), at(0), 1, 0, 1)
	b.add(duration, tags(), at(0), 1, 2)
	b.add(requests, tags(), at(0), 5)
	b.add(users, tags(), at(0), 5, 6, 7, 8)
	batch := b.encode(t, b.fold.CloseAll(at(1)), true)[0]

	for name, tc := range map[string]struct {
		indices []int
		want    uint64
	}{
		"none": {nil, 0}, "a rate": {[]int{0}, 3}, "a trend": {[]int{1}, 2}, "a counter": {[]int{2}, 1},
		"a gauge": {[]int{3}, 4}, "all": {[]int{0, 1, 2, 3}, 10},
	} {
		if got, err := batch.SamplesOf(tc.indices); got != tc.want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", name, got, err, tc.want)
		}
	}
	for _, beyond := range []int{-1, 4} {
		if _, err := batch.SamplesOf([]int{beyond}); err == nil {
			t.Errorf("series %d was found", beyond)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, count := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprintf("series=%d", count), func(b *testing.B) {
			bench := newBench(b)
			closed := bench.trends(count, 30)
			b.ReportAllocs()
			for b.Loop() {
				bench.encode(b, closed, false)
			}
		})
	}
}
