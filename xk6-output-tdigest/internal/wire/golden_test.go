package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wiretest"
)

// The server's tests read the same files.
const goldenFolder = "../../../tests/golden/batches"

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the start of an interval of ten seconds.
var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

func at(offset time.Duration) int64 { return noon.Add(offset).UnixNano() }

// bench is an instance with all that is random or of this machine fixed.
type bench struct {
	account *account.Account
	fold    *interval.Fold
	table   *interval.Table
	encoder *Encoder
}

func newBench(t testing.TB) *bench {
	t.Helper()
	counts := account.New()
	source := Source{
		Host: "gen-a", PID: 4711, K6: "v2.2.0", Extension: "0.1.0", Script: "shop.js", Segment: "0:1/2",
		DurationMS: 60_000, IntervalMS: 10_000, StartedMS: noon.UnixMilli(),
		Tags:       map[string]string{"team": "web", "build": "42"},
		Thresholds: map[string]any{"http_req_duration": []string{"p(95)<300", "max<2000"}, "checks": []string{"rate>0.9"}},
	}
	instance := Instance{0x7f, 0x3a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	encoder, err := NewEncoder(instance, "run-1", source, 10*time.Second, counts)
	if err != nil {
		t.Fatal(err)
	}
	rules := series.Rules{Prefix: "k6.", Instance: "gen-a-7f3a0102"}
	return &bench{
		account: counts,
		fold:    interval.NewFold(10*time.Second, time.Second, 100, at(0), counts),
		table:   interval.NewTable(rules, 20_000, logrus.New()),
		encoder: encoder,
	}
}

// after skips the numbers before one, so that a case need not begin with the source.
func (b *bench) after(sequence uint64) *bench {
	b.encoder.sequence = sequence
	return b
}

func (b *bench) add(metric series.Metric, tags map[string]string, at int64, values ...float64) {
	b.account.Saw(uint64(len(values)))
	for _, value := range values {
		b.fold.Add(b.table.Stream(metric, tags), at, value)
	}
}

func (b *bench) encode(t testing.TB, closed []*interval.Interval, last bool) []Batch {
	t.Helper()
	var batches []Batch
	for _, span := range closed {
		encoded, err := b.encoder.Encode(span, last)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, encoded...)
	}
	return batches
}

var (
	requests = series.Metric{Name: "http_reqs", Type: series.Counter}
	received = series.Metric{Name: "data_received", Type: series.Counter, Contains: series.Data}
	users    = series.Metric{Name: "vus", Type: series.Gauge}
	checks   = series.Metric{Name: "checks", Type: series.Rate}
	duration = series.Metric{Name: "http_req_duration", Type: series.Trend, Contains: series.Time}
)

func tags(pairs ...string) map[string]string {
	set := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		set[pairs[i]] = pairs[i+1]
	}
	return set
}

// goldenBatches are, by name, all that a reader may meet.
var goldenBatches = map[string]func(*testing.T) []Batch{
	"counter": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.add(requests, tags("status", "200", "method", "GET"), at(0), 1, 1, 1)
		b.add(received, tags("scenario", "buy"), at(time.Second), 1234.5, 0.25)
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"gauge": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.add(users, tags(), at(2*time.Second), 7)
		b.add(users, tags(), at(1*time.Second), 9, 5)
		b.add(users, tags("instance", "gen-b"), at(1*time.Second), -3)
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"rate": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.add(checks, tags("check", "status is 200"), at(0), 1, 0, 1, 1)
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"trend": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.add(duration, tags("status", "200"), at(0), 12.5, 99.25, 12.5, 0, 7)
		for i := range 1000 {
			b.add(duration, tags("status", "500"), at(time.Second), float64(i*i)/16)
		}
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"first": func(t *testing.T) []Batch {
		b := newBench(t)
		b.add(requests, tags("status", "200"), at(-time.Second/2), 1) // its interval began before the output
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"all-types": func(t *testing.T) []Batch {
		b := newBench(t)
		set := func() map[string]string { return tags("scenario", "buy", "group", "", "url", "GET /", "name", "GET /") }
		b.add(duration, set(), at(0), 3, 1, 2)
		b.add(requests, set(), at(0), 1, 1, 1)
		b.add(checks, set(), at(0), 1, 0)
		b.add(users, set(), at(0), 4)
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"split": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.encoder.Limit(Limits{Bytes: 1 << 20, Series: 2})
		for _, page := range []string{"a", "b", "c"} {
			b.add(requests, tags("page", page), at(0), 1)
		}
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"supplement": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.fold.Close(at(11 * time.Second))
		b.add(duration, tags("status", "200"), at(3*time.Second), 2500)
		return b.encode(t, b.fold.Close(at(21*time.Second)), false)
	},
	"last": func(t *testing.T) []Batch {
		b := newBench(t).after(6)
		b.account.Drop(account.NotFinite, 2)
		b.account.Drop(account.InFuture, 1)
		b.add(requests, tags(), at(3*time.Second), 1)
		return b.encode(t, b.fold.CloseAll(at(4*time.Second)), true)
	},
	"empty": func(t *testing.T) []Batch {
		b := newBench(t)
		return b.encode(t, []*interval.Interval{b.fold.Empty(at(4 * time.Second))}, true)
	},
	"odd-unicode": func(t *testing.T) []Batch {
		b := newBench(t).after(1)
		b.add(requests, tags(
			"naïve ключ", "日本語 🎈", "quotes", `"<>&{}$:?='\`, "control", "a\tb\nc", "nul", "a\x00b",
			"combining", "e\u0301", "broken", "a\xffb", "right to left", "שלום", "empty", "",
		), at(0), 1)
		return b.encode(t, b.fold.Close(at(11*time.Second)), false)
	},
	"go-tdigest": goTDigestBatch,
}

// goTDigestBatch is what a client built with caio/go-tdigest may send. This output never does.
func goTDigestBatch(t *testing.T) []Batch {
	data, err := hex.DecodeString("000000024059000000000000000000033f8000003f8000003f800000010101")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if err := newEncoder(&body).Encode(&trendBody{Count: 3, Sum: 6, Min: 1, Max: 3, Encoding: 1, Digest: data}); err != nil {
		t.Fatal(err)
	}
	b := newBench(t).after(1)
	tables := newBuilder()
	if err := tables.add(series.New(duration, tags("library", "go-tdigest")), body.Bytes(), 3); err != nil {
		t.Fatal(err)
	}
	m := tables.tables
	m.Start, m.Part, m.Account = noon.UnixMilli(), [2]int{1, 1}, totalsOf(b.account.Totals())
	batch, err := b.encoder.number(&m)
	if err != nil {
		t.Fatal(err)
	}
	return []Batch{batch}
}

func TestBatchesAreTheGoldenOnesToTheByte(t *testing.T) {
	for name, makeBatches := range goldenBatches {
		t.Run(name, func(t *testing.T) {
			batches := makeBatches(t)
			for i, batch := range batches {
				file := name
				if len(batches) > 1 {
					file = fmt.Sprintf("%s-%d", name, i+1)
				}
				compareWithGolden(t, filepath.Join(goldenFolder, file+".msgpack"), batch.Body)
				compareWithGolden(t, filepath.Join(goldenFolder, file+".json"), meaning(t, batch))
			}
		})
	}
}

func meaning(t *testing.T, batch Batch) []byte {
	t.Helper()
	read, err := wiretest.Read(batch.Body)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(read); err != nil {
		t.Fatal(err)
	}
	return plain.Bytes()
}

func compareWithGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\ngot  %q\nwant %q", file, got, want)
	}
}
