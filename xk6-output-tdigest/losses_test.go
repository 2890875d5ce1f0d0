package tdigest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/metrics"
)

// A mood answers batches at random, and knows no more of them than any server could say.
type mood struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (m *mood) answer(w http.ResponseWriter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.random.IntN(9) {
	case 0:
		http.Error(w, "no", http.StatusBadRequest)
	case 1:
		http.Error(w, "other content", http.StatusConflict)
	case 2:
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	case 3:
		http.Error(w, "away", http.StatusServiceUnavailable)
	case 4:
		fmt.Fprint(w, `{"ok":true,"refused":[[0,"another kind"],[0,"another kind"]]}`)
	case 5:
		fmt.Fprint(w, `{"ok":true,"dup":true,"refused":[[0,"full"]]}`)
	case 6:
		fmt.Fprint(w, `{"ok":true,"refused":[[100000,"of another batch"]]}`)
	default:
		return false
	}
	return true
}

// sample is one of all that an output may be given: most are in order.
func (b *bed) sample(random *rand.Rand, kinds []*metrics.Metric) metrics.Sample {
	tags := b.registry.RootTagSet().With("scenario", fmt.Sprint(random.IntN(5)))
	at, value := time.Now(), random.Float64()
	switch random.IntN(20) {
	case 0:
		value = math.Inf(1)
	case 1:
		value = math.NaN()
	case 2:
		at = at.Add(-2 * time.Hour)
	case 3:
		at = at.Add(time.Hour)
	case 4:
		at = at.Add(-time.Duration(random.IntN(300)) * time.Second)
	case 5:
		tags = tags.With("long", strings.Repeat("x", 5000+random.IntN(3)))
	case 6:
		tags = tags.With("broken", "\xff\xfe")
	}
	series := metrics.TimeSeries{Metric: kinds[random.IntN(len(kinds))], Tags: tags}
	return metrics.Sample{TimeSeries: series, Time: at, Value: value}
}

func TestEverySampleIsSentOrLostForOneReason(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			moody := &mood{random: rand.New(rand.NewPCG(seed, 2))}
			s := newServer(t)
			s.fault = moody.answer
			argument := s.URL + "?stopTimeout=700ms&metrics=!left_out"
			if seed%3 == 0 {
				argument += "&queueBytes=2KiB"
			}
			if seed%4 == 0 {
				argument += "&maxSeries=3"
			}
			b := newBed(argument)
			kinds := []*metrics.Metric{
				b.registry.MustNewMetric("wait", metrics.Trend), b.registry.MustNewMetric("done", metrics.Counter),
				b.registry.MustNewMetric("busy", metrics.Gauge), b.registry.MustNewMetric("good", metrics.Rate),
				b.registry.MustNewMetric("left_out", metrics.Trend),
			}
			o := b.output(t)
			if err := o.Start(); err != nil {
				t.Fatal(err)
			}
			given := uint64(0)
			for range 20 + random.IntN(30) {
				var containers []metrics.SampleContainer
				for range random.IntN(30) {
					containers = append(containers, b.sample(random, kinds))
				}
				given += uint64(len(containers))
				o.AddMetricSamples(containers)
			}
			err := o.Stop()
			o.AddMetricSamples([]metrics.SampleContainer{b.sample(random, kinds[:1])})

			totals := o.account.Totals()
			if totals.Unsettled() != 0 || totals.Seen+totals.LeftOut != given+1 {
				t.Errorf("%d given, %+v", given+1, totals)
			}
			if totals.Dropped["after_stop"] != 1 {
				t.Errorf("a sample after the end is not told: %+v", totals.Dropped)
			}
			if (err != nil) != (totals.Lost() > 1) {
				t.Errorf("%d lost, but the error is %v", totals.Lost()-1, err)
			}
		})
	}
}

func TestALongTagValueIsShortenedWithOneWarning(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	checks := b.registry.MustNewMetric("checks", metrics.Rate)
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		tags := b.registry.RootTagSet().With("check", strings.Repeat("x", 5000)+fmt.Sprint(i))
		o.AddMetricSamples([]metrics.SampleContainer{
			metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: checks, Tags: tags}, Time: time.Now(), Value: 1},
		})
	}
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}

	values := map[string]bool{}
	for _, batch := range s.inOrder() {
		for _, series := range batch.Series {
			value := []rune(series.Tags["check"])
			if len(value) != 4096 || string(value[:4087]) != strings.Repeat("x", 4087) || value[4087] != '…' {
				t.Errorf("got %d characters", len(value))
			}
			values[string(value)] = true
		}
	}
	if len(values) != 10 {
		t.Errorf("%d values are left of 10", len(values))
	}
	if n := warnings(b, "are shortened"); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

func TestEachCauseIsWarnedOfOnce(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	wait := metrics.TimeSeries{Metric: b.registry.MustNewMetric("wait", metrics.Trend), Tags: b.registry.RootTagSet()}
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		o.AddMetricSamples([]metrics.SampleContainer{
			metrics.Sample{TimeSeries: wait, Time: time.Now(), Value: math.Inf(-1)},
			metrics.Sample{TimeSeries: wait, Time: time.Now().Add(-3 * time.Hour), Value: 1},
		})
	}
	err := o.Stop()

	if err == nil || !strings.Contains(err.Error(), "3 not finite, 3 too old") {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"(not finite), the first: k6.wait = -Inf at 20", "(too old), the first: k6.wait = 1 at 20"} {
		if n := warnings(b, text); n != 1 {
			t.Errorf("%d warnings of %s", n, text)
		}
	}
	if n := warnings(b, "0 of 6 samples delivered in 1 batches, lost: 3 not finite, 3 too old"); n != 1 {
		t.Error("the account is no warning")
	}
}

func warnings(b *bed, text string) (count int) {
	for _, entry := range b.log.AllEntries() {
		if entry.Level == logrus.WarnLevel && strings.Contains(entry.Message, text) {
			count++
		}
	}
	return count
}
