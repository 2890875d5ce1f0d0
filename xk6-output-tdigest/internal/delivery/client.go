// Package delivery brings batches to the server: each exactly once as far as the server counts, late rather than never,
// and never at the cost of unbounded memory.
package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"crypto/tls"
)

const (
	contentType    = "application/vnd.tdigest.v1+msgpack"
	connectTimeout = 5 * time.Second
	maxAnswer      = 16 << 20 // bytes of an answer that are read: each series of a batch may be refused with its reason
)

// Options say where the server is and how to talk to it.
type Options struct {
	URL       *url.URL // what the paths of the protocol are appended to, without credentials
	Timeout   time.Duration
	Token     string // bearer token
	Username  string // of basic authentication
	Password  string
	Headers   map[string]string
	TLS       *tls.Config
	UserAgent string
}

// A Client talks to one server over one connection, which it keeps.
type Client struct {
	options   Options
	transport http.RoundTripper
	now       func() time.Time
}

// NewClient returns a client; it does not connect yet.
func NewClient(options Options) *Client {
	return &Client{options: options, transport: newTransport(options.TLS), now: time.Now}
}

func newTransport(config *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		TLSClientConfig:     config,
		MaxConnsPerHost:     1,
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     2 * time.Minute, // longer than the longest interval
		ForceAttemptHTTP2:   true,
	}
}

// Close lets the kept connection go. The next request makes a new one, and asks again for the server's address.
func (c *Client) Close() {
	if idle, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// post sends a parcel once.
func (c *Client) post(ctx context.Context, p parcel) answer {
	header := http.Header{}
	header.Set("Content-Type", contentType)
	header.Set("Idempotency-Key", p.key.String())
	header.Set("X-Tdigest-Sent-At", strconv.FormatInt(c.now().UnixMilli(), 10))
	if p.compressed {
		header.Set("Content-Encoding", "gzip")
	}
	status, answered, body, err := c.exchange(ctx, http.MethodPost, "batch", header, p.body, c.options.Timeout)
	if err != nil {
		return answer{verdict: retry, reason: "no answer from the server: " + err.Error()}
	}
	return judge(status, answered, body, c.now())
}

// exchange sends one request and reads the whole answer. Redirections are not followed: a POST would turn into a GET.
func (c *Client) exchange(
	ctx context.Context, method, path string, header http.Header, body []byte, timeout time.Duration,
) (status int, answered http.Header, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := c.options.URL.JoinPath("api/tdigest/v1", path).String()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("make a request: %w", err)
	}
	request.Header = header
	c.identify(request)
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		c.Close()
		return 0, nil, nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		c.Close()
		return 0, nil, nil, fmt.Errorf("%s %s: the answer was cut short: %w", method, address, err)
	}
	return response.StatusCode, response.Header, answer, nil
}

func (c *Client) identify(request *http.Request) {
	request.Header.Set("User-Agent", c.options.UserAgent)
	if c.options.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	if c.options.Username != "" || c.options.Password != "" {
		request.SetBasicAuth(c.options.Username, c.options.Password)
	}
	for name, value := range c.options.Headers {
		request.Header.Set(name, value)
		if http.CanonicalHeaderKey(name) == "Host" {
			request.Host = value
		}
	}
}
