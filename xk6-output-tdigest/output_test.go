package tdigest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
	"go.uber.org/goleak"

	"xk6-output-tdigest/internal/wiretest"
)

// A server keeps what it is sent, each batch once. It can be told to misbehave.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	batches map[string]wiretest.Batch // by Idempotency-Key
	fault   func(http.ResponseWriter) bool
}

const hello = `{"protocol":"tdigest","versions":[1],"limits":{"body_bytes":16777216,"series":20000},"encodings":["gzip"],"server":"test"}`

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{batches: map[string]wiretest.Batch{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/hello") {
			fmt.Fprint(w, hello)
			return
		}
		if err := s.keep(r); err != nil {
			t.Error(err)
		}
		if s.fault != nil && s.fault(w) {
			return
		}
		fmt.Fprint(w, `{"ok":true}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) keep(r *http.Request) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	batch, err := wiretest.Read(data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[r.Header.Get("Idempotency-Key")] = batch
	return nil
}

func (s *server) samples() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	samples := int64(0)
	for _, batch := range s.batches {
		samples += batch.Samples
	}
	return samples
}

// inOrder are the batches of the one instance, by number.
func (s *server) inOrder() []wiretest.Batch {
	return slices.SortedFunc(maps.Values(s.batches), func(a, b wiretest.Batch) int { return int(a.Sequence - b.Sequence) })
}

// bed is what k6 gives an output.
type bed struct {
	registry *metrics.Registry
	builtin  *metrics.BuiltinMetrics
	params   output.Params
	log      *test.Hook
}

func newBed(argument string) *bed {
	logger, hook := test.NewNullLogger()
	logger.SetLevel(logrus.DebugLevel)
	registry := metrics.NewRegistry()
	return &bed{
		registry: registry,
		builtin:  metrics.RegisterBuiltinMetrics(registry),
		log:      hook,
		params: output.Params{
			OutputType: "tdigest", ConfigArgument: argument, Logger: logger,
			Environment: map[string]string{"K6_TDIGEST_RUN_ID": "run-1"},
			ScriptPath:  &url.URL{Scheme: "file", Path: "/home/me/shop.js"},
			ScriptOptions: lib.Options{
				RunTags:  map[string]string{"build": "7"},
				External: map[string]json.RawMessage{"tdigest": json.RawMessage(`{"tags": {"team": "web"}}`)},
			},
		},
	}
}

func (b *bed) output(t testing.TB) *Output {
	t.Helper()
	made, err := New(b.params)
	if err != nil {
		t.Fatal(err)
	}
	return made.(*Output)
}

// iteration is what one iteration with one request and one check gives: a trail of nine, two pairs and one.
func (b *bed) iteration(at time.Time, name string) []metrics.SampleContainer {
	tags := b.registry.RootTagSet().With("scenario", "default").With("group", "")
	request := tags.With("name", name).With("url", name).With("status", "200").With("method", "GET")
	sample := func(metric *metrics.Metric, tags *metrics.TagSet, value float64) metrics.Sample {
		return metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags}, Time: at, Value: value}
	}
	m := b.builtin
	return []metrics.SampleContainer{
		metrics.Samples{
			sample(m.HTTPReqs, request, 1), sample(m.HTTPReqDuration, request, 12.5), sample(m.HTTPReqBlocked, request, 0.25),
			sample(m.HTTPReqConnecting, request, 0), sample(m.HTTPReqTLSHandshaking, request, 0), sample(m.HTTPReqSending, request, 0.5),
			sample(m.HTTPReqWaiting, request, 11), sample(m.HTTPReqReceiving, request, 1), sample(m.HTTPReqFailed, request, 0),
		},
		metrics.ConnectedSamples{Samples: []metrics.Sample{sample(m.DataSent, tags, 80), sample(m.DataReceived, tags, 2000)}},
		metrics.ConnectedSamples{Samples: []metrics.Sample{sample(m.IterationDuration, tags, 13), sample(m.Iterations, tags, 1)}},
		sample(m.Checks, tags.With("check", "is ok"), 1),
		sample(m.VUs, b.registry.RootTagSet(), 3),
	}
}

const perIteration = 15

// run has k6's own manager feed the outputs and stop them.
func run(t *testing.T, b *bed, outputs []output.Output, iterations int) {
	t.Helper()
	channel := make(chan metrics.SampleContainer, 1000)
	wait, finish, err := output.NewManager(outputs, b.params.Logger, func(error) {}).Start(channel)
	if err != nil {
		t.Fatal(err)
	}
	for range iterations {
		for _, container := range b.iteration(time.Now(), "GET /") {
			channel <- container
		}
	}
	close(channel)
	wait()
	finish(nil)
}

func TestAShortRunArrivesWhole(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := newServer(t)
	b := newBed(s.URL)
	o := b.output(t)
	o.SetThresholds(map[string]metrics.Thresholds{
		"checks": metrics.NewThresholds([]string{"rate>0.9"}),
	})

	run(t, b, []output.Output{o}, 5)
	s.Close()

	if arrived := s.samples(); arrived != 5*perIteration {
		t.Errorf("%d samples arrived", arrived)
	}
	batches := s.inOrder()
	first, last := batches[0], batches[len(batches)-1]
	if first.Run != "run-1" || first.Source["script"] != "shop.js" || first.Source["segment"] != "0:1" ||
		fmt.Sprint(first.Source["tags"]) != "map[build:7 team:web]" ||
		fmt.Sprint(first.Source["thresholds"]) != "map[checks:[rate>0.9]]" {
		t.Errorf("the first batch is %+v", first)
	}
	if first.Flags&1 == 0 || last.Flags&2 == 0 || last.Flags&8 == 0 {
		t.Errorf("the flags are %d and %d", first.Flags, last.Flags)
	}
	if message := b.log.LastEntry().Message; message != fmt.Sprintf("75 of 75 samples delivered in %d batches", len(batches)) {
		t.Errorf("the log ends with %q", message)
	}
}

func TestSeriesAreNamedAsTheSettingsSay(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL + "?prefix=load.&metrics=http_reqs,vus&instance=gen-a")
	run(t, b, []output.Output{b.output(t)}, 1)

	var got []string
	for _, batch := range s.inOrder() {
		for _, series := range batch.Series {
			got = append(got, fmt.Sprint(series.Metric, " ", series.Type, " ", series.Tags))
		}
	}
	want := []string{
		"load.http_reqs counter map[method:GET name:GET / scenario:default status:200 team:web]",
		"load.vus gauge map[instance:gen-a team:web]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheSameOutputMayBeGivenTwice(t *testing.T) {
	one, two := newServer(t), newServer(t)
	b := newBed(one.URL)
	first := b.output(t)
	b.params.ConfigArgument = two.URL
	second := b.output(t)

	run(t, b, []output.Output{first, second}, 3)

	if one.samples() != 3*perIteration || two.samples() != 3*perIteration || first.instance == second.instance {
		t.Errorf("%d and %d samples arrived", one.samples(), two.samples())
	}
}

func TestAnAnswerLostAfterStoringCountsOnce(t *testing.T) {
	s := newServer(t)
	faults := 2
	s.fault = func(w http.ResponseWriter) bool {
		faults--
		if faults >= 0 {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"ok":tr`)
			return true
		}
		return false
	}
	b := newBed(s.URL)
	run(t, b, []output.Output{b.output(t)}, 2)

	if arrived := s.samples(); arrived != 2*perIteration {
		t.Errorf("%d samples arrived", arrived)
	}
	if retries := b.log.LastEntry().Data["retries"]; retries != uint64(2) {
		t.Errorf("%v retries", retries)
	}
}

func TestARunWithoutSamplesSaysThatItIsOver(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	run(t, b, []output.Output{b.output(t)}, 0)

	batches := s.inOrder()
	if len(batches) != 1 || batches[0].Samples != 0 || batches[0].Flags&8 == 0 || batches[0].Source == nil {
		t.Errorf("%+v", batches)
	}
}

func TestStopMayBeCalledTwiceAndWithoutStart(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	never := b.output(t)
	if err := never.Stop(); err != nil {
		t.Error(err)
	}
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(o.StopWithTestError(errors.New("threshold")), o.Stop()); err != nil {
		t.Error(err)
	}
	if len(s.batches) != 1 {
		t.Errorf("%d batches arrived", len(s.batches))
	}
}

func TestWhatIsLostIsTold(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := newServer(t)
	b := newBed(s.URL + "?stopTimeout=300ms")
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	o.AddMetricSamples(b.iteration(time.Now(), "GET /"))
	began := time.Now()

	err := o.Stop()

	if err == nil || !strings.Contains(err.Error(), "15 of 15 samples were lost: 15 undelivered (no answer from the server: ") {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestRefusedCredentialsStopTheTestBeforeItBegins(t *testing.T) {
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer guarded.Close()

	err := newBed(guarded.URL + "?token=old").output(t).Start()

	var coded errext.HasExitCode
	if !errors.As(err, &coded) || coded.ExitCode() != exitcodes.InvalidConfig {
		t.Errorf("%v has no exit code 104", err)
	}
	want := "the server refuses the credentials: check token, or username and password"
	if message := fmt.Sprint(err); !strings.Contains(message, want) || strings.Contains(message, "wrong server") {
		t.Errorf("got %s, want %s", message, want)
	}
}

func TestCredentialsRefusedDuringTheTestAreTold(t *testing.T) {
	s := newServer(t)
	s.fault = func(w http.ResponseWriter) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	b := newBed(s.URL + "?stopTimeout=1s")
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	o.AddMetricSamples(b.iteration(time.Now(), "GET /"))

	err := o.Stop()

	want := "15 of 15 samples were lost: 15 undelivered (the server answered 401 Unauthorized)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSamplesLeftOutByMetricsAreTold(t *testing.T) {
	for name, tc := range map[string]struct {
		patterns string
		warned   bool
		ending   string
	}{
		"some": {"http_reqs,vus", false, "4 of 4 samples delivered in %d batches, 26 others left out by metrics"},
		"all":  {"http_reqz", true, "0 of 0 samples delivered in %d batches, 30 others left out by metrics"},
		"none": {"*", false, "30 of 30 samples delivered in %d batches"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			b := newBed(s.URL + "?metrics=" + tc.patterns)
			run(t, b, []output.Output{b.output(t)}, 2)

			if message := b.log.LastEntry().Message; message != fmt.Sprintf(tc.ending, len(s.batches)) {
				t.Errorf("the log ends with %q", message)
			}
			warned := slices.ContainsFunc(b.log.AllEntries(), func(entry *logrus.Entry) bool {
				return entry.Message == `nothing was sent: metrics "http_reqz" leaves out all samples`
			})
			if warned != tc.warned {
				t.Errorf("warned: %v", warned)
			}
		})
	}
}

func TestMisspeltVariablesStopTheTestBeforeItBegins(t *testing.T) {
	b := newBed("")
	b.params.Environment["K6_TDIGEST_INTERVALL"] = "5s"

	_, err := New(b.params)

	var coded errext.HasExitCode
	if !errors.As(err, &coded) || coded.ExitCode() != exitcodes.InvalidConfig {
		t.Errorf("%v has no exit code 104", err)
	}
}

func TestAWrongServerStopsTheTestBeforeItBegins(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	o := newBed(other.URL).output(t)

	err := o.Start()

	var coded errext.HasExitCode
	if !errors.As(err, &coded) || coded.ExitCode() != exitcodes.InvalidConfig {
		t.Errorf("%v has no exit code 104", err)
	}
	if !strings.Contains(fmt.Sprint(err), "does not speak the tdigest protocol") {
		t.Errorf("%v does not say what is wrong", err)
	}
}

func TestWrongSettingsStopTheTestBeforeItBegins(t *testing.T) {
	_, err := New(newBed("http://host?interval=7s").params)

	var coded errext.HasExitCode
	if !errors.As(err, &coded) || coded.ExitCode() != exitcodes.InvalidConfig || !strings.Contains(err.Error(), "interval 7s") {
		t.Errorf("%v", err)
	}
}

func TestAServerThatIsAwayAtTheStart(t *testing.T) {
	away := httptest.NewServer(nil)
	away.Close()
	b := newBed(away.URL + "?stopTimeout=1ms")
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Errorf("by default: %v", err)
	}
	if message := b.log.Entries[0].Message; !strings.Contains(message, "starts without the server") {
		t.Errorf("the log says %q", message)
	}
	_ = o.Stop() // the server stays away
	if err := newBed(away.URL + "?onStart=fail").output(t).Start(); err == nil {
		t.Error("with onStart=fail the test starts")
	}
}

func TestDescriptionHidesCredentials(t *testing.T) {
	o := newBed("http://me:secret@host:4242?interval=5s").output(t)

	if got := o.Description(); got != "tdigest v"+version+" (http://host:4242, 5s, run run-1)" {
		t.Errorf("got %s", got)
	}
}

func TestADefectCostsSamplesNotTheTest(t *testing.T) {
	s := newServer(t)
	b := newBed(s.URL)
	o := b.output(t)
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	o.AddMetricSamples([]metrics.SampleContainer{metrics.Samples{{Value: 1}, {Value: 2}}}) // without a metric
	o.AddMetricSamples(b.iteration(time.Now(), "GET /"))

	err := o.Stop()

	if err == nil || !strings.Contains(err.Error(), "2 of 17 samples were lost: 2 failed") {
		t.Errorf("%v", err)
	}
	if s.samples() != perIteration {
		t.Errorf("%d samples arrived", s.samples())
	}
}

func TestSettingsReachTheServer(t *testing.T) {
	var got http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		fmt.Fprint(w, hello)
	}))
	defer s.Close()
	o := newBed(s.URL + "?token=t&headers=X-Scope-OrgID=7").output(t)
	if _, err := o.client.Hello(context.Background()); err != nil {
		t.Fatal(err)
	}

	if got.Get("Authorization") != "Bearer t" || got.Get("X-Scope-Orgid") != "7" ||
		!strings.HasPrefix(got.Get("User-Agent"), "xk6-output-tdigest/"+version+" k6/") {
		t.Errorf("%v", got)
	}
}
