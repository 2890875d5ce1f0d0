package delivery

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"xk6-output-tdigest/internal/wire"
)

// helloTimeout bounds how long a server that does not answer can hold up the start of a test.
const helloTimeout = 5 * time.Second

// ErrWrongServer means that no batch can be delivered before a setting is changed.
var ErrWrongServer = errors.New("wrong server")

// ErrCredentials means that the server is the right one, but does not let us in.
var ErrCredentials = errors.New("the server refuses the credentials: check token, or username and password")

// ErrAway means that the server may be there later.
var ErrAway = errors.New("server away")

// A Hello is how a server introduces itself.
type Hello struct {
	Protocol  string   `json:"protocol"`
	Versions  []int    `json:"versions"`
	Encodings []string `json:"encodings"`
	Server    string   `json:"server"`
	Limits    struct {
		BodyBytes  int `json:"body_bytes"`
		Series     int `json:"series"`
		NameLength int `json:"name_length"` // characters of a metric name, a tag key or a tag value
	} `json:"limits"`
}

// UnknownServer is what is assumed of a server that could not be asked.
var UnknownServer = Hello{Encodings: []string{"gzip"}}

// WireLimits are the server's limits for one batch; what it does not say is not limited.
func (h Hello) WireLimits() wire.Limits {
	limits := wire.DefaultLimits
	if h.Limits.BodyBytes > 0 {
		limits.Bytes = h.Limits.BodyBytes
	}
	if h.Limits.Series > 0 {
		limits.Series = h.Limits.Series
	}
	return limits
}

// Gzip tells whether the server takes compressed batches.
func (h Hello) Gzip() bool { return slices.Contains(h.Encodings, "gzip") }

// Hello asks the server who it is. The error is an ErrWrongServer, an ErrCredentials or an ErrAway.
func (c *Client) Hello(ctx context.Context) (Hello, error) {
	timeout := min(c.options.Timeout, helloTimeout)
	status, _, body, err := c.exchange(ctx, http.MethodGet, "hello", http.Header{}, nil, timeout)
	if err != nil {
		return Hello{}, fmt.Errorf("%w: %w", classifyFailure(err), err)
	}
	return readHello(status, body)
}

func readHello(status int, body []byte) (Hello, error) {
	var hello Hello
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return hello, fmt.Errorf("%w (%s)", ErrCredentials, describe(status, body))
	case status != http.StatusOK:
		if judged, _ := judgeStatus(status); judged == retry {
			return hello, fmt.Errorf("%w: %s", ErrAway, describe(status, body))
		}
		return hello, fmt.Errorf("%w: it does not speak the tdigest protocol (%s)", ErrWrongServer, describe(status, body))
	}
	if err := json.Unmarshal(body, &hello); err != nil || hello.Protocol != "tdigest" {
		return hello, fmt.Errorf("%w: it does not speak the tdigest protocol, it answers %.100q", ErrWrongServer, body)
	}
	if !slices.Contains(hello.Versions, wire.Version) {
		return hello, fmt.Errorf("%w: it speaks versions %v of the protocol, this output version %d",
			ErrWrongServer, hello.Versions, wire.Version)
	}
	return hello, nil
}

// classifyFailure tells a server that is not there from one that will never be: neither a certificate nor a misspelt name mends
// itself. A name server that is away says nothing about the name.
func classifyFailure(err error) error {
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError // from a server that speaks no TLS
	var name *net.DNSError
	if errors.As(err, &certificate) || errors.As(err, &plain) || (errors.As(err, &name) && name.IsNotFound) {
		return ErrWrongServer
	}
	return ErrAway
}
