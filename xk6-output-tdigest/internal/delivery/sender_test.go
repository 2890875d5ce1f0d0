package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wire"
	"xk6-output-tdigest/internal/wiretest"
)

// A reply is what a scripted server does with one request. Time passes as in a synctest bubble: for free.
type reply struct {
	status int
	body   string
	after  string        // Retry-After
	delay  time.Duration // before the answer
	err    error         // instead of an answer
	store  bool          // though no good answer is given
}

var (
	ok      = reply{status: 200, body: `{"ok": true}`, store: true}
	refused = reply{err: errors.New("connection refused")}
)

// A script answers requests by turns, the last reply again and again. It stores each batch once, like the server.
type script struct {
	mu       sync.Mutex
	replies  []reply
	times    []time.Duration // of requests, since the first
	requests []*http.Request
	bodies   [][]byte
	stored   map[string]wiretest.Batch
	began    time.Time
}

func scripted(replies ...reply) *script {
	return &script{replies: replies, stored: map[string]wiretest.Batch{}}
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	next, body := s.note(request)
	select {
	case <-time.After(next.delay):
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	if next.store {
		s.keep(request, body)
	}
	if next.err != nil {
		return nil, next.err
	}
	header := http.Header{}
	if next.after != "" {
		header.Set("Retry-After", next.after)
	}
	return &http.Response{StatusCode: next.status, Header: header, Body: io.NopCloser(strings.NewReader(next.body))}, nil
}

func (s *script) note(request *http.Request) (reply, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began.IsZero() {
		s.began = time.Now()
	}
	body, _ := io.ReadAll(request.Body)
	s.times = append(s.times, time.Since(s.began))
	s.requests = append(s.requests, request)
	s.bodies = append(s.bodies, body)
	next := s.replies[0]
	if len(s.replies) > 1 {
		s.replies = s.replies[1:]
	}
	return next, body
}

func (s *script) keep(request *http.Request, body []byte) {
	p := parcel{body: body, compressed: request.Header.Get("Content-Encoding") == "gzip"}
	batch, err := p.unpack()
	if err != nil {
		panic(err)
	}
	plain, err := wiretest.Read(batch.Body)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored[request.Header.Get("Idempotency-Key")] = plain
}

// samples is the sum of n over what is stored.
func (s *script) samples() uint64 {
	samples := int64(0)
	for _, batch := range s.stored {
		samples += batch.Samples
	}
	return uint64(samples)
}

// bench is a sender before a scripted server.
type bench struct {
	*Sender
	counts *account.Account
	log    *test.Hook
}

// always draws the same number, to know the pauses.
func always(number float64) func() float64 { return func() float64 { return number } }

func newBench(t *testing.T, transport http.RoundTripper, queueBytes int) *bench {
	t.Helper()
	counts := account.New()
	encoder, err := wire.NewEncoder(wire.Instance{1}, "", wire.Source{}, 10*time.Second, counts)
	if err != nil {
		t.Fatal(err)
	}
	logger, hook := test.NewNullLogger()
	logger.SetLevel(logrus.DebugLevel)
	client := NewClient(Options{URL: &url.URL{Scheme: "http", Host: "server"}, Timeout: 15 * time.Second})
	client.transport = transport
	return &bench{
		Sender: NewSender(client, encoder, counts, logger, queueBytes, true, always(1)),
		counts: counts, log: hook,
	}
}

// interval encodes an interval of some series with a sample each.
func (b *bench) interval(t *testing.T, serieses int) []wire.Batch {
	t.Helper()
	fold := interval.NewFold(10*time.Second, time.Second, 100, 0, b.counts)
	table := interval.NewTable(series.Rules{}, 100_000, logrus.New())
	for i := range serieses {
		metric := series.Metric{Name: "wait", Type: series.Trend}
		fold.Add(table.Stream(metric, map[string]string{"i": fmt.Sprint(i)}), 0, float64(i))
	}
	b.counts.Saw(uint64(serieses))
	batches, err := b.encoder.Encode(fold.CloseAll(1)[0], false)
	if err != nil {
		t.Fatal(err)
	}
	return batches
}

func (b *bench) enqueue(t *testing.T, serieses int) {
	t.Helper()
	for _, batch := range b.interval(t, serieses) {
		b.Enqueue(batch)
	}
}

func (b *bench) stop(timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	b.Stop(ctx)
}

// checkAccount holds the account against the server: what went in is stored or told as dropped.
func (b *bench) checkAccount(t *testing.T, server *script) {
	t.Helper()
	totals := b.counts.Totals()
	if totals.Sent+totals.Lost() != totals.Seen {
		t.Errorf("of %d samples %d were sent and %d lost: %v", totals.Seen, totals.Sent, totals.Lost(), totals.Dropped)
	}
	if stored := server.samples(); stored != totals.Sent {
		t.Errorf("%d samples are stored, %d were sent", stored, totals.Sent)
	}
}

func TestFaultsOfTheServer(t *testing.T) {
	status := func(code int) reply { return reply{status: code, body: "sorry"} }
	for name, tc := range map[string]struct {
		replies  []reply
		requests int
		lost     map[account.Cause]uint64
	}{
		"none":                       {[]reply{ok}, 1, nil},
		"refused, then there":        {[]reply{refused, refused, ok}, 3, nil},
		"hangs before reading":       {[]reply{{delay: time.Hour}, ok}, 2, nil},
		"hangs after storing":        {[]reply{{delay: 20 * time.Second, store: true}, ok}, 2, nil},
		"cut after storing":          {[]reply{{store: true, err: io.ErrUnexpectedEOF}, {status: 200, body: `{"ok":true,"dup":true}`, store: true}}, 2, nil},
		"unavailable":                {[]reply{status(503), status(502), status(500), status(504), ok}, 5, nil},
		"busy":                       {[]reply{status(429), status(408), ok}, 3, nil},
		"an answer of somebody else": {[]reply{{status: 200, body: "<html>"}, {status: 200, body: `{}`}, ok}, 3, nil},
		"credentials mended later":   {[]reply{status(401), status(403), ok}, 3, nil},
		"gone and back":              {[]reply{status(404), status(405), status(415), status(426), status(302), ok}, 6, nil},
		"not understood":             {[]reply{status(400)}, 1, map[account.Cause]uint64{account.Rejected: 3}},
		"not processable":            {[]reply{status(422)}, 1, map[account.Cause]uint64{account.Rejected: 3}},
		"other 4xx":                  {[]reply{status(418)}, 1, map[account.Cause]uint64{account.Rejected: 3}},
		"other content":              {[]reply{status(409)}, 1, map[account.Cause]uint64{account.Conflict: 3}},
		"refused before":             {[]reply{{status: 200, body: `{"ok":true,"dup":true,"refused":[[2,"odd"]]}`}}, 1, map[account.Cause]uint64{account.Refused: 1}},
		"a series that is not there": {[]reply{{status: 200, body: `{"ok":true,"refused":[[3,"odd"]]}`}}, 1, map[account.Cause]uint64{account.Refused: 3}},
		"an answer of megabytes":     {[]reply{{status: 200, body: `{"ok":true,"refused":[[0,"` + strings.Repeat("x", 3<<20) + `"]]}`}}, 1, map[account.Cause]uint64{account.Refused: 1}},
		"refused series":             {[]reply{{status: 200, body: `{"ok":true,"refused":[[1,"odd"],[1,"odd"]]}`}}, 1, map[account.Cause]uint64{account.Refused: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := scripted(tc.replies...)
				b := newBench(t, server, 1<<20)
				b.Start()
				b.enqueue(t, 3)
				time.Sleep(10 * time.Minute)
				b.stop(15 * time.Second)

				if len(server.requests) != tc.requests {
					t.Errorf("%d requests, want %d", len(server.requests), tc.requests)
				}
				totals := b.counts.Totals()
				if fmt.Sprint(totals.Dropped) != fmt.Sprint(tc.lost) && len(totals.Dropped)+len(tc.lost) > 0 {
					t.Errorf("dropped %v, want %v", totals.Dropped, tc.lost)
				}
				if totals.Retries != uint64(tc.requests-1) {
					t.Errorf("%d retries were counted", totals.Retries)
				}
				if totals.Sent+totals.Lost() != totals.Seen {
					t.Errorf("of %d samples %d were sent and %d lost", totals.Seen, totals.Sent, totals.Lost())
				}
				if tc.lost == nil {
					b.checkAccount(t, server)
				}
				for i := range server.bodies {
					if string(server.bodies[i]) != string(server.bodies[0]) {
						t.Errorf("request %d has another body", i)
					}
				}
			})
		})
	}
}

func TestPausesDoubleUpToHalfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripted(refused)
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 1)
		time.Sleep(2 * time.Minute)
		b.stop(time.Second)

		want := "[0s 500ms 1.5s 3.5s 7.5s 15.5s 31.5s 1m1.5s 1m31.5s"
		if got := fmt.Sprint(server.times); !strings.HasPrefix(got, want) {
			t.Errorf("requests at %s, want %s…", got, want)
		}
	})
}

func TestTheServerMayNameThePause(t *testing.T) {
	for name, tc := range map[string]struct {
		reply reply
		want  string
	}{
		"in seconds":        {reply{status: 503, after: "7"}, "[0s 7s]"},
		"as a date":         {reply{status: 429, after: "Sat, 01 Jan 2000 00:00:20 GMT"}, "[0s 20s]"},
		"in the past":       {reply{status: 503, after: "Fri, 31 Dec 1999 00:00:00 GMT"}, "[0s 500ms]"},
		"unreadable":        {reply{status: 503, after: "soon"}, "[0s 500ms]"},
		"unless it cannot":  {reply{status: 401, after: "1"}, "[0s 1m0s]"},
		"credentials wrong": {reply{status: 403}, "[0s 1m0s]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the bubble's clock begins with the year 2000
				server := scripted(tc.reply, ok)
				b := newBench(t, server, 1<<20)
				b.Start()
				b.enqueue(t, 1)
				time.Sleep(5 * time.Minute)
				b.stop(time.Second)

				if got := fmt.Sprint(server.times); got != tc.want {
					t.Errorf("requests at %s, want %s", got, tc.want)
				}
			})
		})
	}
}

func TestBackoffIsSpreadOverItsBound(t *testing.T) {
	for name, tc := range map[string]struct {
		failures int
		random   float64
		want     time.Duration
	}{
		"at once":      {1, 0, 0},
		"half way":     {3, 0.5, time.Second},
		"the bound":    {6, 1, 16 * time.Second},
		"the cap":      {7, 1, 30 * time.Second},
		"no overflow":  {1000, 1, 30 * time.Second},
		"half the cap": {70, 0.5, 15 * time.Second},
	} {
		if got := backoff(tc.failures, always(tc.random)); got != tc.want {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}

func TestTooLargeBatchesAreHalvedUntilTheyFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{script: scripted(ok), series: 7}
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 100)
		b.stop(15 * time.Second)

		b.checkAccount(t, server.script)
		if len(b.counts.Totals().Dropped) > 0 {
			t.Errorf("dropped %v", b.counts.Totals().Dropped)
		}
		checkNumbers(t, server.stored)
	})
}

func TestASeriesThatIsTooLargeIsGivenUpAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{script: scripted(ok), series: 0}
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 4)
		b.stop(15 * time.Second)

		b.checkAccount(t, server.script)
		if losses := b.counts.Totals().Losses(); losses != "4 too large (a single series is too large for the server)" {
			t.Errorf("lost: %s", losses)
		}
		checkNumbers(t, server.stored)
	})
}

// limited answers 413 to batches of more series than it takes.
type limited struct {
	*script
	series int
}

func (s *limited) RoundTrip(request *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(request.Body)
	p := parcel{body: body, compressed: request.Header.Get("Content-Encoding") == "gzip"}
	batch, err := p.unpack()
	if err != nil {
		return nil, err
	}
	plain, err := wiretest.Read(batch.Body)
	if err != nil {
		return nil, err
	}
	if len(plain.Series) > s.series {
		return &http.Response{StatusCode: 413, Body: io.NopCloser(strings.NewReader(""))}, nil
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	return s.script.RoundTrip(request)
}

// checkNumbers wants all numbers from 1 on to be there.
func checkNumbers(t *testing.T, stored map[string]wiretest.Batch) {
	t.Helper()
	for number := 1; number <= len(stored); number++ {
		if _, found := stored[wire.Key{Instance: wire.Instance{1}, Sequence: uint64(number)}.String()]; !found {
			t.Errorf("number %d of %d is missing", number, len(stored))
		}
	}
}

func TestAFullQueueDropsTheOldestAndTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripted(refused)
		b := newBench(t, server, 10_000)
		b.Start()
		for range 100 {
			b.enqueue(t, 20)
			synctest.Wait()
		}
		b.queue.mu.Lock()
		held := b.queue.bytes
		b.queue.mu.Unlock()
		server.mu.Lock()
		server.replies = []reply{ok}
		server.mu.Unlock()
		time.Sleep(time.Minute)
		b.stop(time.Second)

		b.checkAccount(t, server)
		if held > 10_000 {
			t.Errorf("the queue held %d bytes", held)
		}
		if dropped := b.counts.Totals().Dropped; dropped[account.QueueFull] == 0 || len(dropped) != 1 {
			t.Errorf("dropped %v", dropped)
		}
		newest := wire.Key{Instance: wire.Instance{1}, Sequence: 100}.String()
		if _, found := server.stored[newest]; !found {
			t.Error("the newest batch is missing")
		}
	})
}

func TestStopTriesAgainAtOnceAndDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripted(reply{status: 503, after: "3600"}, ok)
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 3)
		time.Sleep(time.Minute)
		began := time.Now()
		b.stop(15 * time.Second)

		if took := time.Since(began); took != 0 {
			t.Errorf("stopping took %v", took)
		}
		b.checkAccount(t, server)
	})
}

func TestStopKeepsTryingUntilItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripted(refused)
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 3)
		time.Sleep(5 * time.Minute) // the pauses are long by now
		time.AfterFunc(9*time.Second, func() {
			server.mu.Lock()
			server.replies = []reply{ok}
			server.mu.Unlock()
		})
		b.stop(10 * time.Second)

		b.checkAccount(t, server)
		if totals := b.counts.Totals(); totals.Sent != 3 {
			t.Errorf("%d samples were sent", totals.Sent)
		}
	})
}

func TestStopKeepsItsDeadline(t *testing.T) {
	for name, replies := range map[string][]reply{
		"the server refuses":    {refused},
		"the server hangs":      {{delay: time.Hour}},
		"credentials are wrong": {{status: 401}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := scripted(replies...)
				b := newBench(t, server, 1<<20)
				b.Start()
				b.enqueue(t, 3)
				b.enqueue(t, 2)
				began := time.Now()
				b.stop(10 * time.Second)

				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("stopping took %v", took)
				}
				b.checkAccount(t, server)
				if lost := b.counts.Totals().Dropped[account.Undelivered]; lost != 5 {
					t.Errorf("%d samples were told as undelivered", lost)
				}
			})
		})
	}
}

func TestTheAccountSaysWhyBatchesWereNotDelivered(t *testing.T) {
	for name, tc := range map[string]struct {
		replies []reply
		want    string
	}{
		"away":                 {[]reply{refused}, "no answer from the server: POST http://server/api/tdigest/v1/batch: connection refused"},
		"the credentials":      {[]reply{{status: 401, body: "no"}}, `the server answered 401 Unauthorized: "no"`},
		"the version":          {[]reply{{status: 426}}, "the server answered 426 Upgrade Required"},
		"the last counts":      {[]reply{refused, {status: 503}}, "the server answered 503 Service Unavailable"},
		"no answer in time":    {[]reply{{delay: time.Hour}}, "the server had not answered when the time was up"},
		"stopped while it was": {[]reply{{status: 503}, {delay: time.Hour}}, "the server answered 503 Service Unavailable"},
		"mended, then slow":    {[]reply{{status: 503}, ok, {delay: time.Hour}}, "the server had not answered when the time was up"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, scripted(tc.replies...), 1<<20)
				b.Start()
				b.enqueue(t, 3)
				b.enqueue(t, 2)
				b.stop(10 * time.Second)

				if got := b.counts.Totals().Reasons[account.Undelivered]; got != tc.want {
					t.Errorf("got %s, want %s", got, tc.want)
				}
				if message := b.log.LastEntry().Message; !strings.HasSuffix(message, tc.want) {
					t.Errorf("the log ends with %q", message)
				}
			})
		})
	}
}

func TestTheAccountSaysWhyBatchesWereDropped(t *testing.T) {
	for name, tc := range map[string]struct {
		reply reply
		want  string
	}{
		"not understood": {reply{status: 400, body: "odd"}, `3 rejected (the server answered 400 Bad Request: "odd")`},
		"other content":  {reply{status: 409}, "3 conflict (the server answered 409 Conflict)"},
		"a series":       {reply{status: 200, body: `{"ok":true,"refused":[[1,"odd"]]}`}, "1 refused (odd)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, scripted(tc.reply), 1<<20)
				b.Start()
				b.enqueue(t, 3)
				b.stop(10 * time.Second)

				if got := b.counts.Totals().Losses(); got != tc.want {
					t.Errorf("got %s, want %s", got, tc.want)
				}
			})
		})
	}
}

func TestAFullQueueSaysWhyItWasNotEmptied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, scripted(reply{status: 403}), 1)
		b.Start()
		for range 4 {
			b.enqueue(t, 1)
			synctest.Wait()
		}
		b.stop(time.Second)

		want := "2 queue full (the server answered 403 Forbidden), 2 undelivered (the server answered 403 Forbidden)"
		if got := b.counts.Totals().Losses(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestABatchTheServerFailsAtIsSetAside(t *testing.T) {
	for name, after := range map[string]string{"at our pace": "", "at the server's": "3600"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &failingAtOne{script: scripted(ok), after: after}
				b := newBench(t, server, 1<<20)
				b.Start()
				for range 3 {
					b.enqueue(t, 5)
				}
				time.Sleep(9 * time.Minute)
				early := b.counts.Totals().Lost()
				time.Sleep(2 * time.Minute)
				sent := b.counts.Totals().Sent
				b.stop(time.Second)

				b.checkAccount(t, server.script)
				if early != 0 || sent != 10 {
					t.Errorf("%d samples were lost early, %d sent after all", early, sent)
				}
				if got, want := b.counts.Totals().Losses(), "5 set aside (the server answered 500 Internal Server Error)"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}

// failingAtOne answers 500 to the first number, whenever it comes.
type failingAtOne struct {
	*script
	after string
}

func (f *failingAtOne) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Header.Get("Idempotency-Key") == (wire.Key{Instance: wire.Instance{1}, Sequence: 1}).String() {
		header := http.Header{"Retry-After": {f.after}}
		return &http.Response{StatusCode: 500, Header: header, Body: io.NopCloser(strings.NewReader(""))}, nil
	}
	return f.script.RoundTrip(request)
}

func TestWhatIsNotTheBatchsFaultIsWaitedFor(t *testing.T) {
	for name, tc := range map[string]reply{
		"away":             refused,
		"hanging":          {delay: time.Hour},
		"behind a proxy":   {status: 502},
		"busy":             {status: 503, after: "60"},
		"too many senders": {status: 429, after: "3600", body: "too many senders"},
		"credentials":      {status: 401},
		"another's answer": {status: 200, body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := scripted(tc)
				b := newBench(t, server, 1<<20)
				b.Start()
				b.enqueue(t, 3)
				b.enqueue(t, 2)
				time.Sleep(5 * time.Hour)
				server.mu.Lock()
				server.replies = []reply{ok}
				server.mu.Unlock()
				time.Sleep(time.Hour)
				b.stop(time.Second)

				b.checkAccount(t, server)
				if totals := b.counts.Totals(); totals.Sent != 5 {
					t.Errorf("%d samples were sent, lost: %s", totals.Sent, totals.Losses())
				}
			})
		})
	}
}

func TestAPanicCostsABatchNotTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &panicking{script: scripted(ok)}
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 3)
		b.enqueue(t, 2)
		b.stop(time.Second)

		b.checkAccount(t, server.script)
		if dropped := b.counts.Totals().Dropped; dropped[account.Failed] != 3 {
			t.Errorf("dropped %v", dropped)
		}
	})
}

// panicking has a defect that shows at the first request.
type panicking struct {
	*script
	once sync.Once
}

func (p *panicking) RoundTrip(request *http.Request) (*http.Response, error) {
	p.once.Do(func() { panic("a defect") })
	return p.script.RoundTrip(request)
}

func TestRefusalsAreLoggedWithTheirReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripted(reply{status: 200, body: `{"ok":true,"refused":[[0,"the weights sum to 99"]]}`})
		b := newBench(t, server, 1<<20)
		b.Start()
		b.enqueue(t, 2)
		b.stop(time.Second)

		for _, entry := range b.log.AllEntries() {
			if strings.Contains(entry.Message, "the weights sum to 99") {
				return
			}
		}
		t.Error("the reason is not in the log")
	})
}
