package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"xk6-output-tdigest/internal/wire"
)

func clientOf(t *testing.T, server string, change func(*Options)) *Client {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	options := Options{URL: address, Timeout: 5 * time.Second, UserAgent: "xk6-output-tdigest/1 k6/2"}
	if change != nil {
		change(&options)
	}
	client := NewClient(options)
	t.Cleanup(client.Close)
	return client
}

func parcelOf(t *testing.T, size int) parcel {
	t.Helper()
	batch := wire.Batch{Key: wire.Key{Sequence: 7}, Samples: 1, Body: []byte(strings.Repeat("x", size))}
	p, err := pack(batch, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRequestsSayAllThatTheServerNeeds(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		fmt.Fprint(w, `{"ok":true}`)
	}))
	defer server.Close()
	client := clientOf(t, server.URL+"/base/", func(o *Options) {
		o.Headers = map[string]string{"X-Scope-OrgID": "7", "host": "metrics.example"}
		o.Token = "secret"
	})

	if a := client.post(context.Background(), parcelOf(t, 2000)); a.verdict != stored {
		t.Fatal(a.reason)
	}

	sentAt := got.Header.Get("X-Tdigest-Sent-At")
	if len(sentAt) != 13 {
		t.Errorf("sent at %q", sentAt)
	}
	got.Header.Del("X-Tdigest-Sent-At")
	for name, want := range map[string]string{
		"Content-Type":     "application/vnd.tdigest.v1+msgpack",
		"Content-Encoding": "gzip",
		"Idempotency-Key":  "00000000000000000000000000000000-7",
		"User-Agent":       "xk6-output-tdigest/1 k6/2",
		"Authorization":    "Bearer secret",
		"X-Scope-Orgid":    "7",
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	if got.URL.Path != "/base/api/tdigest/v1/batch" || got.Host != "metrics.example" || got.Method != http.MethodPost {
		t.Errorf("%s %s %s", got.Method, got.Host, got.URL.Path)
	}
}

func TestBasicAuthentication(t *testing.T) {
	var username, password string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		username, password, _ = r.BasicAuth()
	}))
	defer server.Close()
	client := clientOf(t, server.URL, func(o *Options) { o.Username, o.Password = "me", "secret" })

	client.post(context.Background(), parcelOf(t, 10))

	if username != "me" || password != "secret" {
		t.Errorf("%s:%s", username, password)
	}
}

func TestOnlyLargeBodiesAreCompressed(t *testing.T) {
	for size, want := range map[int]bool{10: false, 1023: false, 1024: true, 50_000: true} {
		p := parcelOf(t, size)
		batch, err := p.unpack()
		if p.compressed != want || err != nil || len(batch.Body) != size {
			t.Errorf("%d bytes: compressed %v, back to %d, %v", size, p.compressed, len(batch.Body), err)
		}
	}
	if p, _ := pack(wire.Batch{Body: make([]byte, 5000)}, false); p.compressed {
		t.Error("compressed against the settings")
	}
}

func TestOneConnectionIsKept(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"ok":true}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := clientOf(t, server.URL, nil)
	for range 20 {
		client.post(context.Background(), parcelOf(t, 10))
	}

	if made := connections.Load(); made != 1 {
		t.Errorf("%d connections were made", made)
	}
}

func TestAnAnswerThatIsCutShortIsNotTrusted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"ok":true}`)
	}))
	defer server.Close()

	a := clientOf(t, server.URL, nil).post(context.Background(), parcelOf(t, 10))

	if a.verdict != retry || !strings.Contains(a.reason, "cut short") {
		t.Errorf("%v: %s", a.verdict, a.reason)
	}
}

// A server that moved is found again only if no connection to its old address is kept.
func TestAfterAFailureNoConnectionIsKept(t *testing.T) {
	good := reply{status: 200, body: `{"ok":true}`}
	for name, tc := range map[string]struct {
		server http.RoundTripper
		closed int
	}{
		"an answer":         {scripted(good), 0},
		"a bad answer":      {scripted(reply{status: 503}), 0},
		"no answer":         {scripted(refused), 1},
		"half of an answer": {cut{scripted(good)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			counted := &counting{RoundTripper: tc.server}
			client := clientOf(t, "http://server", nil)
			client.transport = counted
			client.post(context.Background(), parcelOf(t, 10))

			if counted.closed != tc.closed {
				t.Errorf("closed %d times, want %d", counted.closed, tc.closed)
			}
		})
	}
}

// counting counts how often idle connections are let go.
type counting struct {
	http.RoundTripper
	closed int
}

func (c *counting) CloseIdleConnections() { c.closed++ }

// cut ends answers before their end.
type cut struct{ http.RoundTripper }

func (c cut) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(request)
	if err == nil {
		response.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	return response, err
}

func TestRedirectionsAreNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()

	if a := clientOf(t, server.URL, nil).post(context.Background(), parcelOf(t, 10)); a.verdict != hold {
		t.Errorf("%v: %s", a.verdict, a.reason)
	}
}

func TestHelloTellsWrongServersFromAbsentOnes(t *testing.T) {
	const good = `{"protocol":"tdigest","versions":[1],"limits":{"body_bytes":16777216,"series":20000},
		"encodings":["gzip"],"now":1,"server":"tsdbserver/0.1.0"}`
	for name, tc := range map[string]struct {
		status  int
		body    string
		want    error
		message string
	}{
		"our server":          {200, good, nil, ""},
		"another server":      {200, "<html>", ErrWrongServer, "does not speak"},
		"another protocol":    {200, `{"protocol":"influx"}`, ErrWrongServer, "does not speak"},
		"a later version":     {200, `{"protocol":"tdigest","versions":[2,3]}`, ErrWrongServer, "versions [2 3]"},
		"no such page":        {404, "", ErrWrongServer, "404"},
		"no such method":      {405, "", ErrWrongServer, "405"},
		"elsewhere":           {301, "", ErrWrongServer, "301"},
		"no credentials":      {401, "", ErrCredentials, "the server refuses the credentials: check token, or username"},
		"wrong credentials":   {403, "no", ErrCredentials, `(the server answered 403 Forbidden: "no")`},
		"starting":            {503, "", ErrAway, "503"},
		"broken":              {500, "", ErrAway, "500"},
		"too busy":            {429, "", ErrAway, "429"},
		"does not understand": {400, "", ErrWrongServer, "400"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/tdigest/v1/hello" || r.Method != http.MethodGet {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}))
			defer server.Close()

			hello, err := clientOf(t, server.URL, nil).Hello(context.Background())

			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if err != nil && !strings.Contains(err.Error(), tc.message) {
				t.Errorf("%q does not say %q", err, tc.message)
			}
			if err == nil && (hello.WireLimits() != wire.Limits{Bytes: 16 << 20, Series: 20_000} || !hello.Gzip()) {
				t.Errorf("%+v", hello)
			}
		})
	}
}

func TestHelloToNobody(t *testing.T) {
	server := httptest.NewServer(nil)
	address := server.URL
	server.Close()

	if _, err := clientOf(t, address, nil).Hello(context.Background()); !errors.Is(err, ErrAway) {
		t.Errorf("%v", err)
	}
}

func TestHelloToANameThatDoesNotExist(t *testing.T) {
	for name, tc := range map[string]struct {
		lookup net.DNSError
		want   error
	}{
		"no such host":       {net.DNSError{Err: "no such host", Name: "metrcs", IsNotFound: true}, ErrWrongServer},
		"no name server":     {net.DNSError{Err: "server misbehaving", Name: "metrics", IsTemporary: true}, ErrAway},
		"a slow name server": {net.DNSError{Err: "i/o timeout", Name: "metrics", IsTimeout: true}, ErrAway},
	} {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, "http://metrics:4242", nil)
			client.transport = scripted(reply{err: &net.OpError{Op: "dial", Net: "tcp", Err: &tc.lookup}})

			_, err := client.Hello(context.Background())

			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.lookup.Err) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"protocol":"tdigest","versions":[1]}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	for name, tc := range map[string]struct {
		url   string
		trust *tls.Config
		want  error
	}{
		"known":         {server.URL, &tls.Config{RootCAs: known}, nil},
		"not checked":   {server.URL, &tls.Config{InsecureSkipVerify: true}, nil},
		"unknown":       {server.URL, nil, ErrWrongServer},
		"http to https": {strings.Replace(server.URL, "https", "http", 1), nil, ErrWrongServer},
	} {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, tc.url, func(o *Options) { o.TLS = tc.trust })

			if _, err := client.Hello(context.Background()); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestHTTPSToHTTP(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	client := clientOf(t, strings.Replace(server.URL, "http", "https", 1), nil)

	if _, err := client.Hello(context.Background()); !errors.Is(err, ErrWrongServer) {
		t.Errorf("%v", err)
	}
}
