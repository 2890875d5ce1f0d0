package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/sirupsen/logrus/hooks/test"

	"xk6-output-tdigest/internal/digest"
	"xk6-output-tdigest/internal/wiretest"
)

const captures = "../../../tests/data/k6"

// truth is what was computed from the captures' samples, exactly.
type truth struct {
	ByFile []truthRow `json:"by_metric_file_interval"`
	Merged []truthRow `json:"by_metric_interval"`
	ByTags []truthRow `json:"by_metric_tags_interval"`
	Total  int        `json:"total_samples"`
	Files  []string   `json:"files"`
}

type truthRow struct {
	Metric     string                        `json:"metric"`
	File       string                        `json:"file"`
	Tags       map[string]string             `json:"tags"`
	Start      int64                         `json:"start_ms"`
	Count      *float64                      `json:"count"`
	Sum        float64                       `json:"sum"`
	Min        float64                       `json:"min"`
	Max        float64                       `json:"max"`
	Last       *float64                      `json:"last"`
	LastTimeNS int64                         `json:"last_time_ns"`
	NonZero    *float64                      `json:"nonzero"`
	Total      float64                       `json:"total"`
	Quantiles  map[string]map[string]float64 `json:"quantiles"`
}

// exactUpTo is the number of samples up to which all must agree to the last digit.
const exactUpTo = 32

var groupBy = []string{"scenario", "name", "status"}

// store is a server that keeps what it is sent, each batch once.
type store struct {
	*httptest.Server
	mu      sync.Mutex
	batches map[string]wiretest.Batch // by Idempotency-Key
	script  map[string]string         // by instance
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{batches: map[string]wiretest.Batch{}, script: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := unpacked(r)
		if err == nil {
			err = s.keep(r.Header.Get("Idempotency-Key"), body)
		}
		if err != nil {
			t.Error(err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, `{"ok": true}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func unpacked(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	reader, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

func (s *store) keep(key string, body []byte) error {
	batch, err := wiretest.Read(body)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[key] = batch
	if batch.Source != nil {
		s.script[batch.Instance] = batch.Source["script"].(string)
	}
	return nil
}

// cell is all that the store has for a row of the truth.
type cell struct {
	count, sum, nonzero, last float64
	lowest, highest           float64
	lastAt                    int64
	centroids                 []digest.Centroid
}

func (s *store) cell(row truthRow) cell {
	c := cell{lowest: math.Inf(1), highest: math.Inf(-1), lastAt: math.MinInt64}
	for _, batch := range s.batches {
		if batch.Start != row.Start || (row.File != "" && s.script[batch.Instance] != row.File) {
			continue
		}
		for _, series := range batch.Series {
			if series.Metric == "k6."+row.Metric && (row.Tags == nil || sameGroup(series.Tags, row.Tags)) {
				c.include(series)
			}
		}
	}
	slices.SortFunc(c.centroids, func(a, b digest.Centroid) int {
		if a.Mean < b.Mean {
			return -1
		}
		return 1
	})
	return c
}

func sameGroup(tags, group map[string]string) bool {
	for _, key := range groupBy {
		if tags[key] != group[key] {
			return false
		}
	}
	return true
}

func (c *cell) include(series wiretest.Series) {
	number := func(field string) float64 {
		if whole, ok := series.Body[field].(int64); ok {
			return float64(whole)
		}
		value, _ := series.Body[field].(float64)
		return value
	}
	c.sum += number("sum")
	c.count += number("n") + number("total")
	c.nonzero += number("nonzero")
	c.lowest = min(c.lowest, number("min"))
	c.highest = max(c.highest, number("max"))
	if at := int64(number("last_ms")); at >= c.lastAt {
		c.last, c.lastAt = number("last"), at
	}
	if series.Type == "trend" {
		centroids, _, _ := series.Digest()
		c.centroids = append(c.centroids, centroids...)
	}
}

func TestAReplayedCaptureIsTheTruth(t *testing.T) {
	var truth truth
	readTruth(t, &truth)
	server := newStore(t)
	replayCaptures(t, server.URL, truth.Files)
	samples := readSamples(t, truth.Files)

	arrived := int64(0)
	for _, batch := range server.batches {
		arrived += batch.Samples
	}
	if arrived != int64(truth.Total) {
		t.Errorf("%d of %d samples arrived", arrived, truth.Total)
	}
	for _, rows := range [][]truthRow{truth.ByFile, truth.Merged, truth.ByTags} {
		for _, row := range rows {
			name := fmt.Sprintf("%s %s %v at %d", row.Metric, row.File, row.Tags, row.Start)
			compare(t, name, row, server.cell(row), samples[sampleKey{row.Metric, row.Start}])
		}
	}
}

func compare(t *testing.T, name string, row truthRow, got cell, samples []captured) {
	t.Helper()
	wrong := func(what string, got, want any) { t.Errorf("%s: %s is %v, want %v", name, what, got, want) }
	switch {
	case row.NonZero != nil:
		if got.nonzero != *row.NonZero || got.count != row.Total {
			wrong("rate", []float64{got.nonzero, got.count}, []float64{*row.NonZero, row.Total})
		}
	case row.Last != nil:
		if got.last != *row.Last || got.lastAt != row.LastTimeNS/1e6 || got.lowest != row.Min || got.highest != row.Max {
			wrong("gauge", got, row)
		}
	case row.Count != nil:
		if got.count != *row.Count || got.lowest != row.Min || got.highest != row.Max || !sameSum(got.sum, row) {
			wrong("trend", got, row)
		}
		compareQuantiles(t, name, row, got, samples)
	default:
		if !sameSum(got.sum, row) {
			wrong("counter", got.sum, row.Sum)
		}
	}
}

// sameSum allows for the order of addition, by the size of what was added.
func sameSum(got float64, row truthRow) bool {
	added := math.Abs(row.Sum)
	if row.Count != nil {
		added = *row.Count * max(math.Abs(row.Min), math.Abs(row.Max))
	}
	return math.Abs(got-row.Sum) <= 1e-12*added
}

func compareQuantiles(t *testing.T, name string, row truthRow, got cell, samples []captured) {
	t.Helper()
	var sorted []float64
	for _, s := range samples {
		if (row.File == "" || s.file == row.File) && (row.Tags == nil || sameGroup(s.tags, row.Tags)) {
			sorted = append(sorted, s.value)
		}
	}
	slices.Sort(sorted)
	for percentile, want := range row.Quantiles["linear"] {
		var share float64
		if _, err := fmt.Sscanf(percentile, "p%g", &share); err != nil {
			t.Fatal(err)
		}
		q := share / 100
		value := digest.Quantile(got.centroids, got.lowest, got.highest, q)
		if len(sorted) <= exactUpTo && math.Abs(value-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: %s of %d samples is %v, want %v", name, percentile, len(sorted), value, want)
		}
		if off := rankError(sorted, value, q); off > 0.005 {
			t.Errorf("%s: %s of %d samples is off by %.2f %% of ranks", name, percentile, len(sorted), 100*off)
		}
	}
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

func readTruth(t *testing.T, truth any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(captures, "shop-truth-10s.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, truth); err != nil {
		t.Fatal(err)
	}
}

func replayCaptures(t *testing.T, server string, files []string) {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	logger, _ := test.NewNullLogger()
	for _, file := range files {
		replay := replay{server: to, width: 10 * time.Second, prefix: "k6.", logger: logger}
		if err := replay.file(filepath.Join(captures, file)); err != nil {
			t.Fatal(err)
		}
	}
}

type sampleKey struct {
	metric string
	start  int64
}

type captured struct {
	file  string
	tags  map[string]string
	value float64
}

// readSamples reads the captures once more, for the ranks of values.
func readSamples(t *testing.T, files []string) map[sampleKey][]captured {
	t.Helper()
	samples := map[sampleKey][]captured{}
	for _, file := range files {
		capture, closer, err := openCapture(filepath.Join(captures, file))
		if err != nil {
			t.Fatal(err)
		}
		defer closer.Close()
		for {
			s, err := capture.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			key := sampleKey{s.metric.Name, s.at / 1e10 * 10_000}
			samples[key] = append(samples[key], captured{file, s.tags, s.value})
		}
	}
	return samples
}
