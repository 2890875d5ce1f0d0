package tdigest

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"xk6-output-tdigest/internal/wiretest"
)

// seriesWith runs one iteration with an argument's settings and returns the series that arrive, by metric.
func seriesWith(t *testing.T, query string) map[string][]wiretest.Series {
	t.Helper()
	s := newServer(t)
	b := newBed(s.URL + query)
	run(t, b, []output.Output{b.output(t)}, 1)
	series := map[string][]wiretest.Series{}
	for _, batch := range s.inOrder() {
		for _, one := range batch.Series {
			series[one.Metric] = append(series[one.Metric], one)
		}
	}
	return series
}

func TestSettingsOfSeriesTakeEffect(t *testing.T) {
	for query, tc := range map[string]struct {
		metric string
		show   func(wiretest.Series) any
		want   string
	}{
		"?tags=team=pay,x=y": {"k6.iterations", func(s wiretest.Series) any { return s.Tags }, "map[scenario:default team:pay x:y]"},
		"?dropTags=name,method": {
			"k6.http_reqs", func(s wiretest.Series) any { return s.Tags }, "map[scenario:default status:200 team:web url:GET /]",
		},
		"?keepTags=status": {"k6.http_reqs", func(s wiretest.Series) any { return s.Tags }, "map[status:200 team:web]"},
		"?compression=50":  {"k6.http_req_duration", func(s wiretest.Series) any { return s.Body["compression"] }, "50"},
		"?instance=me":     {"k6.vus", func(s wiretest.Series) any { return s.Tags["instance"] }, "me"},
		"?prefix=":         {"vus", func(s wiretest.Series) any { return s.Type }, "gauge"},
		"?maxSeries=1":     {"k6.vus", func(s wiretest.Series) any { return s.Tags["overflow"] }, "true"},
	} {
		t.Run(query, func(t *testing.T) {
			series := seriesWith(t, query)[tc.metric]

			if len(series) != 1 || fmt.Sprint(tc.show(series[0])) != tc.want {
				t.Errorf("got %+v, want %s", series, tc.want)
			}
		})
	}
}

func TestGaugesAreToldApartByHostAndInstance(t *testing.T) {
	name := seriesWith(t, "")["k6.vus"][0].Tags["instance"]

	if host, id, found := cutLast(name, "-"); !found || host != hostname() || len(id) != 8 {
		t.Errorf("got %q", name)
	}
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+1:], true
}

func TestEncodingIsChosenByTheSettings(t *testing.T) {
	for query, want := range map[string]string{"": "gzip", "?encoding=none": ""} {
		var got string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/batch") {
				got = r.Header.Get("Content-Encoding")
				fmt.Fprint(w, `{"ok":true}`)
				return
			}
			fmt.Fprint(w, hello)
		}))
		b := newBed(s.URL + query)
		run(t, b, []output.Output{b.output(t)}, 1)
		s.Close()

		if got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestIntervalAndGraceTakeEffect(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL + "?interval=1s&grace=0")
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	o.AddMetricSamples(b.iteration(time.Now(), "GET /"))
	deadline := time.Now().Add(5 * time.Second)
	for s.samples() == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	arrived := s.samples()
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}

	if batch := s.inOrder()[0]; arrived != perIteration || batch.Width != 1000 || batch.Start%1000 != 0 {
		t.Errorf("%d samples arrived in an interval of %d ms at %d", arrived, batch.Width, batch.Start)
	}
}

func TestASmallQueueDropsWhileTheServerIsAway(t *testing.T) {
	away := httptest.NewServer(nil)
	away.Close()
	b := newBed(away.URL + "?queueBytes=3KiB&maxSeries=50&stopTimeout=50ms")
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	for i := range 20 { // each in an interval of its own, all of them late
		o.aggregator.enqueue(b.iteration(time.Now().Add(-time.Duration(i+2)*10*time.Second), "GET /"))
	}
	if err := o.Stop(); err == nil || !strings.Contains(err.Error(), "queue full (") || !strings.Contains(err.Error(), "undelivered") {
		t.Errorf("%v", err)
	}
}

func TestTimeoutTakesEffect(t *testing.T) {
	s := newServer(t)
	hanging := make(chan struct{})
	var turn atomic.Int32
	s.fault = func(http.ResponseWriter) bool {
		if turn.Add(1) == 1 {
			<-hanging
		}
		return false
	}
	b := newBed(s.URL + "?timeout=50ms")
	run(t, b, []output.Output{b.output(t)}, 1)
	close(hanging)

	if retries := b.log.LastEntry().Data["retries"]; retries != uint64(1) || s.samples() != perIteration {
		t.Errorf("%v retries, %d samples", retries, s.samples())
	}
}

func TestCertificateSettingsTakeEffect(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, hello) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(authority, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	for query, works := range map[string]bool{"": false, "?caFile=" + authority: true, "?insecureSkipVerify=true": true} {
		o := newBed(s.URL + query).output(t)
		_, err := o.greet()
		o.client.Close()

		if (err == nil) != works {
			t.Errorf("%q: %v", query, err)
		}
	}
	if _, err := New(newBed(s.URL + "?caFile=/nosuch").params); err == nil {
		t.Error("a missing file was no error")
	}
}

func TestInfinitiesAreDroppedAndTold(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	trend := b.registry.MustNewMetric("wait", metrics.Trend)
	series := metrics.TimeSeries{Metric: trend, Tags: b.registry.RootTagSet()}
	infinity := math.Inf(1)
	o.AddMetricSamples([]metrics.SampleContainer{
		metrics.Sample{TimeSeries: series, Time: time.Now(), Value: infinity},
		metrics.Sample{TimeSeries: series, Time: time.Now(), Value: 1},
		metrics.Sample{TimeSeries: series, Time: time.Now().Add(time.Hour), Value: 1},
		metrics.Sample{TimeSeries: series, Time: time.Now().Add(-2 * time.Hour), Value: 1},
	})

	err := o.Stop()

	if err == nil || !strings.Contains(err.Error(), "3 of 4 samples were lost: 1 in future, 1 not finite, 1 too old") {
		t.Errorf("%v", err)
	}
	if s.samples() != 1 {
		t.Errorf("%d samples arrived", s.samples())
	}
}
