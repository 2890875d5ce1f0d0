package tdigest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"go.k6.io/k6/v2/metrics"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/config"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wire"
)

// aggregatorOf returns an aggregator whose shipments stay in its shipper's channel.
func aggregatorOf(b *bed, argument string) *aggregator {
	settings, err := config.Read(config.Sources{Argument: argument})
	if err != nil {
		panic(err)
	}
	counts := account.New()
	to := newShipper(nil, nil, counts, b.params.Logger)
	return newAggregator(settings, series.Rules{Metrics: settings.Metrics}, newClock(time.Now()), to, counts, b.params.Logger)
}

func TestIntervalsCloseOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble's clock begins at midnight
		midnight := time.Now()
		time.Sleep(3 * time.Second)
		b := newBed("")
		a := aggregatorOf(b, "")
		a.start()
		go func() {
			for range 30 {
				a.enqueue(b.iteration(time.Now(), "GET /"))
				time.Sleep(time.Second)
			}
			a.stop()
			close(a.shipper.waiting)
		}()

		var got []string
		for next := range a.shipper.waiting {
			start := time.UnixMilli(next.interval.Start).Sub(midnight)
			got = append(got, fmt.Sprintf("%v+%v:%d", start, time.Since(midnight)-start, next.interval.Samples()/perIteration))
		}
		want := "0s+11s:7 10s+11s:10 20s+11s:10 30s+3s:3"
		if strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestAnHourLongStallClosesAllThatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed("")
		a := aggregatorOf(b, "")
		for second := range 60 {
			a.enqueue(b.iteration(time.Now().Add(time.Duration(second)*time.Second-50*time.Second), "GET /"))
		}
		a.closeDue() // everything before now is late, for the run has only begun
		time.Sleep(time.Hour)
		a.closeDue()

		supplements, whole := 0, 0
		for len(a.shipper.waiting) > 0 {
			if next := <-a.shipper.waiting; next.interval.Supplement {
				supplements++
			} else {
				whole++
			}
		}
		if supplements != 4 || whole != 2 {
			t.Errorf("%d supplements and %d intervals were shipped", supplements, whole)
		}
	})
}

func TestStepsOfTheWallClockMoveNoSample(t *testing.T) {
	set := time.Now()
	c := newClock(set)

	for _, step := range []time.Duration{0, time.Hour, -time.Hour} {
		sampled := stepped(set.Add(3*time.Second), step)
		if ahead := sampled.UnixNano() - set.UnixNano(); ahead != int64(3*time.Second+step) {
			t.Fatalf("the wall clock reads %v", time.Duration(ahead))
		}
		if got := c.at(sampled); got != set.UnixNano()+3e9 {
			t.Errorf("after a step of %v: got %d", step, got)
		}
		began := newClock(stepped(time.Now(), -step)) // as if it had stepped since
		if drift := began.drift(); (drift - step).Abs() > 10*time.Second {
			t.Errorf("after a step of %v: the drift is %v", step, drift)
		}
		if passed := time.Duration(began.now() - began.start); passed < 0 || passed > 10*time.Second {
			t.Errorf("after a step of %v: %v have passed", step, passed)
		}
	}
	own := time.Unix(1_000_000_000, 5) // an extension's own time, without a monotonic reading
	if got := c.at(own); got != own.UnixNano() {
		t.Errorf("got %d, want %d", got, own.UnixNano())
	}
}

// stepped is a reading at the same monotonic time by a wall clock that has been set. Package time has no other way to make it.
func stepped(t time.Time, by time.Duration) time.Time {
	fields := (*struct {
		wall uint64 // seconds from bit 30 on, where there is a monotonic time
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	fields.wall += uint64(int64(by/time.Second) << 30)
	return t
}

func TestIdleTimeSeriesAreForgotten(t *testing.T) {
	b := newBed("")
	a := aggregatorOf(b, "?maxSeries=20")
	for i := range 10 {
		a.enqueue(b.iteration(time.Now(), fmt.Sprint("GET /", i)))
	}
	a.drain()
	before := len(a.streams.known)
	a.fold.CloseAll(a.clock.now())

	a.streams.forget(a.clock.now())

	if before < 90 || len(a.streams.known) > 0 || a.streams.table.Len() > 0 {
		t.Errorf("%d known before, %d after, %d series", before, len(a.streams.known), a.streams.table.Len())
	}
}

func TestHoursOfNewTimeSeriesLeaveNoTrace(t *testing.T) {
	for name, argument := range map[string]string{
		"all sent":         "",
		"beyond the limit": "?maxSeries=20",
		"some left out":    "?metrics=!http_req_*",
		"all left out":     "?metrics=nothing",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed("")
				a := aggregatorOf(b, argument)
				go func() {
					for range a.shipper.waiting { // nobody takes the intervals
					}
				}()
				most := 0
				for minute := range 120 {
					a.enqueue(b.iteration(time.Now(), fmt.Sprint("GET /", minute)))
					time.Sleep(time.Minute)
					a.closeDue()
					most = max(most, len(a.streams.known), a.streams.table.Len())
				}
				close(a.shipper.waiting)

				// Six of the 120 iterations lie within the time after which series are forgotten, seven with the running one.
				if most > 7*perIteration {
					t.Errorf("up to %d series were kept", most)
				}
			})
		})
	}
}

// batches are what k6 hands over at once when iterations run at full speed.
func batches(b *bed, serieses, iterations int) []metrics.SampleContainer {
	var containers []metrics.SampleContainer
	now := time.Now()
	for i := range iterations {
		containers = append(containers, b.iteration(now, fmt.Sprint("GET /", i%max(1, serieses/9)))...)
	}
	return containers
}

func TestFoldingAllocatesNothingPerSample(t *testing.T) {
	b := newBed("")
	a := aggregatorOf(b, "")
	containers := batches(b, 90, 200)
	for range 5 {
		a.enqueue(containers)
		a.drain()
	}

	allocations := testing.AllocsPerRun(20, func() {
		a.enqueue(containers)
		a.drain()
	})

	// A connected or a single sample is a value in an interface: k6 itself allocates to unpack a single one.
	if perSample := allocations / (200 * perIteration); perSample > 0.15 {
		t.Errorf("%v allocations a sample", perSample)
	}
}

func BenchmarkAddMetricSamples(b *testing.B) {
	bed := newBed("")
	a := aggregatorOf(bed, "")
	containers := batches(bed, 90, 300)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.enqueue(containers)
		if i%100 == 0 {
			a.queued = a.queued[:0]
		}
	}
}

func BenchmarkAggregate(b *testing.B) {
	for _, serieses := range []int{10, 1000, 20_000} {
		b.Run(fmt.Sprintf("series=%d", serieses), func(b *testing.B) {
			bed := newBed("")
			a := aggregatorOf(bed, "?maxSeries=30000")
			containers := batches(bed, serieses, max(300, serieses/9))
			samples := len(containers) / 5 * perIteration
			a.enqueue(containers)
			a.drain()
			b.ReportAllocs()
			for b.Loop() {
				a.enqueue(containers)
				a.drain()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*samples), "ns/sample")
		})
	}
}

func BenchmarkFlush(b *testing.B) {
	for _, serieses := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprintf("series=%d", serieses), func(b *testing.B) {
			bed := newBed("")
			counts := account.New()
			encoder, err := wire.NewEncoder(wire.Instance{}, "", wire.Source{}, 10*time.Second, counts)
			if err != nil {
				b.Fatal(err)
			}
			containers := batches(bed, serieses, 30*max(1, serieses/9))
			a := aggregatorOf(bed, "?maxSeries=30000")
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				a.enqueue(containers)
				a.drain()
				b.StartTimer()
				flush(b, a.fold, encoder, a.clock.now())
			}
		})
	}
}

func flush(b *testing.B, fold *interval.Fold, encoder *wire.Encoder, now int64) {
	b.Helper()
	for _, closed := range fold.CloseAll(now) {
		if _, err := encoder.Encode(closed, false); err != nil {
			b.Fatal(err)
		}
	}
}
