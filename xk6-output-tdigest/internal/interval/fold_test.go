package interval

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/series"
)

const (
	second = int64(time.Second)
	start  = 1_795_348_800 * second // a multiple of a minute
)

var (
	requests = series.Metric{Name: "http_reqs", Type: series.Counter}
	users    = series.Metric{Name: "vus", Type: series.Gauge}
	checks   = series.Metric{Name: "checks", Type: series.Rate}
	duration = series.Metric{Name: "http_req_duration", Type: series.Trend}
)

// bench is a fold of ten seconds with a second of grace that begins at start.
type bench struct {
	*Fold
	table  *Table
	counts *account.Account
}

func newBench() *bench {
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	counts := account.New()
	return &bench{
		Fold:   NewFold(10*time.Second, time.Second, 100, start, counts),
		table:  NewTable(series.Rules{}, 1000, logger),
		counts: counts,
	}
}

func (b *bench) count(at int64) { b.Add(b.table.Stream(requests, map[string]string{}), at, 1) }

// summary shows intervals by their start, relative and in seconds, with the number of samples.
func summary(intervals []*Interval) string {
	var shown []string
	for _, span := range intervals {
		text := fmt.Sprintf("%ds:%d", span.Start/1000-start/second, span.Samples())
		if span.CutAtStart {
			text += "<"
		}
		if span.CutAtEnd {
			text += ">"
		}
		if span.Supplement {
			text += "+"
		}
		shown = append(shown, text)
	}
	return strings.Join(shown, " ")
}

func TestStartOfAnInterval(t *testing.T) {
	f := newBench()
	for name, tc := range map[string]struct{ at, want int64 }{
		"on the edge":              {start, start},
		"just before":              {start - 1, start - 10*second},
		"just inside":              {start + 1, start},
		"the last nanosecond":      {start + 10*second - 1, start},
		"the last millisecond":     {start + 9_999*second/1000, start},
		"next interval":            {start + 10*second, start + 10*second},
		"the epoch":                {0, 0},
		"before 1970":              {-1, -10 * second},
		"on an edge before 1970":   {-10 * second, -10 * second},
		"past an edge before 1970": {-10*second - 1, -20 * second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := f.Start(tc.at); got != tc.want {
				t.Errorf("Start(%d) = %d, want %d", tc.at, got, tc.want)
			}
		})
	}
}

func TestIntervalsCloseAtTheirEndAndGrace(t *testing.T) {
	b := newBench()
	for _, at := range []int64{0, 9, 10, 19, 20} {
		b.Advance(start + at*second)
		b.count(start + at*second)
	}
	for _, step := range []struct {
		now  int64
		want string
	}{
		{start + 11*second - 1, ""},
		{start + 11*second, "0s:2"},
		{start + 12*second, ""},
		{start + 31*second, "10s:2 20s:1"}, // several were missed
	} {
		if got := summary(b.Close(step.now)); got != step.want {
			t.Errorf("at %v: got %q, want %q", time.Duration(step.now-start), got, step.want)
		}
	}
}

func TestNextClose(t *testing.T) {
	f := newBench()
	for name, tc := range map[string]struct{ now, want int64 }{
		"within an interval":  {start + 5*second, start + 11*second},
		"within the grace":    {start + 10*second + second/2, start + 11*second},
		"at the very moment":  {start + 11*second, start + 21*second},
		"right at the border": {start + 10*second, start + 11*second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := f.NextClose(tc.now); got != tc.want {
				t.Errorf("got %v, want %v", time.Duration(got-start), time.Duration(tc.want-start))
			}
		})
	}
}

func TestLateSamplesGoOutAsSupplements(t *testing.T) {
	b := newBench()
	b.count(start)
	b.Close(start + 11*second)
	b.count(start + 1)
	b.count(start + 2)
	b.count(start + 12*second)

	if got, want := summary(b.Close(start+21*second)), "0s:2+ 10s:1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if late := b.counts.Totals().Late; late != 2 {
		t.Errorf("%d late samples were counted", late)
	}
}

func TestWhatIsClosedStaysClosed(t *testing.T) {
	b := newBench()
	b.count(start)
	b.Close(start + 11*second)
	b.Close(start + 5*second) // the clock of a replay may go back
	b.count(start + 1)

	if got, want := summary(b.Close(start+12*second)), "0s:1+"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIntervalsCutByTheRunAreMarked(t *testing.T) {
	counts := account.New()
	b := &bench{
		Fold:  NewFold(10*time.Second, time.Second, 100, start+3*second, counts),
		table: NewTable(series.Rules{}, 10, logrus.New()), counts: counts,
	}
	b.count(start + 4*second)
	b.Advance(start + 12*second)
	b.count(start + 12*second)

	if got, want := summary(b.CloseAll(start+15*second)), "0s:1< 10s:1>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := summary([]*Interval{b.Empty(start + 25*second)}), "20s:0>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSamplesThatAreNotFoldedAreCounted(t *testing.T) {
	for name, tc := range map[string]struct {
		at    int64
		value float64
		cause account.Cause
	}{
		"not a number":          {start, math.NaN(), account.NotFinite},
		"an infinity":           {start, math.Inf(1), account.NotFinite},
		"a negative infinity":   {start, math.Inf(-1), account.NotFinite},
		"two intervals ahead":   {start + 20*second, 1, account.InFuture},
		"over an hour old":      {start - 3611*second, 1, account.TooOld},
		"the interval before":   {start - 1, 1, ""},
		"one interval ahead":    {start + 19*second, 1, ""},
		"not quite an hour old": {start - 3599*second, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			b.Add(b.table.Stream(requests, map[string]string{}), tc.at, tc.value)

			dropped := b.counts.Totals().Dropped
			if tc.cause != "" && dropped[tc.cause] != 1 {
				t.Errorf("dropped %v, want one %s", dropped, tc.cause)
			}
			if tc.cause == "" && len(dropped) > 0 {
				t.Errorf("dropped %v", dropped)
			}
		})
	}
}

func TestWhatSamplesOfATypeComeTo(t *testing.T) {
	b := newBench()
	add := func(metric series.Metric, at int64, value float64) {
		b.Add(b.table.Stream(metric, map[string]string{}), start+at, value)
	}
	for i, value := range []float64{3, -1, 0.5, 0} {
		add(requests, int64(i), value)
		add(users, int64(i), value)
		add(checks, int64(i), value)
		add(duration, int64(i), value)
	}
	add(users, 1, 42) // older than the last one

	cells := map[series.Type]*Cell{}
	for _, cell := range b.CloseAll(start + second)[0].Cells {
		cells[cell.Series.Type] = cell
	}
	if c := cells[series.Counter]; c.Sum != 2.5 || c.Count != 4 {
		t.Errorf("counter %+v", c)
	}
	if c := cells[series.Rate]; c.NonZero != 3 || c.Count != 4 {
		t.Errorf("rate %+v", c)
	}
	if c := cells[series.Gauge]; c.Last != 0 || c.LastAt != start+3 || c.Min != -1 || c.Max != 42 || c.Sum != 44.5 || c.Count != 5 {
		t.Errorf("gauge %+v", c)
	}
	if d := cells[series.Trend].Digest; d.Count() != 4 || d.Sum() != 2.5 || d.Min() != -1 || d.Max() != 3 {
		t.Errorf("trend %+v", d)
	}
}

func TestOfEqualTimesTheLaterArrivalIsTheGaugesLast(t *testing.T) {
	b := newBench()
	stream := b.table.Stream(users, map[string]string{})
	b.Add(stream, start, 1)
	b.Add(stream, start, 2)

	if cell := b.CloseAll(start + 1)[0].Cells[0]; cell.Last != 2 || cell.LastMilliseconds() != start/1e6 {
		t.Errorf("%+v", cell)
	}
}

func TestBeyondTheLimitSeriesFoldIntoOnePerMetric(t *testing.T) {
	logger, hook := test.NewNullLogger()
	table := NewTable(series.Rules{Prefix: "k6."}, 10, logger)
	metric := func(i int) series.Metric { return []series.Metric{requests, duration}[i%2] }
	streams := map[*Stream]bool{}
	for i := range 100 {
		streams[table.Stream(metric(i), map[string]string{"url": fmt.Sprint("/", i), "status": fmt.Sprint(i % 3)})] = true
	}

	if len(streams) != 12 || table.Len() != 10 {
		t.Errorf("%d streams, %d series", len(streams), table.Len())
	}
	for stream := range streams {
		if stream.Overflow() && fmt.Sprint(stream.series.Tags) != "[{overflow true}]" {
			t.Errorf("%s %v", stream.series.Name, stream.series.Tags)
		}
	}
	if len(hook.Entries) != 1 || !strings.Contains(hook.LastEntry().Message, `"url" (10)`) {
		t.Errorf("the log says %v", hook.AllEntries())
	}
}

func TestIdleSeriesAreForgotten(t *testing.T) {
	b := newBench()
	b.count(start)
	b.Close(start + 11*second)

	b.table.Forget(start)
	if b.table.Len() != 1 {
		t.Error("forgotten too early")
	}
	b.table.Forget(start + second)
	if b.table.Len() != 0 {
		t.Error("not forgotten")
	}
}

func TestSeriesWithOpenIntervalsAreNotForgotten(t *testing.T) {
	b := newBench()
	b.count(start)
	b.table.Forget(start + second)

	if b.table.Len() != 1 {
		t.Error("forgotten")
	}
}

func TestFoldingAllocatesNothingPerSample(t *testing.T) {
	b := newBench()
	stream := b.table.Stream(duration, map[string]string{})
	for range 1000 {
		b.Add(stream, start, rand.ExpFloat64())
	}

	perSample := testing.AllocsPerRun(20_000, func() { b.Add(stream, start+second, rand.ExpFloat64()) })

	if perSample > 0.001 {
		t.Errorf("%v allocations a sample", perSample)
	}
}

func BenchmarkFold(b *testing.B) {
	for _, count := range []int{10, 1000, 20_000} {
		b.Run(fmt.Sprintf("series=%d", count), func(b *testing.B) {
			bench := newBench()
			bench.table.limit = count
			streams := make([]*Stream, count)
			for i := range streams {
				streams[i] = bench.table.Stream(duration, map[string]string{"i": fmt.Sprint(i)})
			}
			values := make([]float64, 1<<12)
			for i := range values {
				values[i] = rand.ExpFloat64()
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				bench.Add(streams[i%count], start, values[i&(1<<12-1)])
			}
		})
	}
}
