package config

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// validate checks what concerns more than the form of a single setting.
func (c Config) validate() error {
	return errors.Join(
		require(c.Interval >= time.Second && c.Interval%time.Second == 0 && time.Minute%max(c.Interval, 1) == 0,
			"interval %v does not divide a minute evenly: use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 s", c.Interval),
		require(c.Grace >= 0 && c.Grace <= time.Minute, "grace %v must be between 0s and 1m", c.Grace),
		require(c.Compression >= 20 && c.Compression <= 1000, "compression %d must be between 20 and 1000", c.Compression),
		require(c.MaxSeries > 0, "maxSeries %d must be above 0", c.MaxSeries),
		require(c.QueueBytes > 0, "queueBytes %d must be above 0", c.QueueBytes),
		require(c.Timeout > 0, "timeout %v must be above 0s", c.Timeout),
		require(c.StopTimeout > 0, "stopTimeout %v must be above 0s", c.StopTimeout),
		require((c.CertFile == "") == (c.KeyFile == ""), "certFile %q and keyFile %q go together", c.CertFile, c.KeyFile),
		c.validateCredentials(),
		c.validateHeaders(),
		c.validatePatterns(),
	)
}

func (c Config) validateCredentials() error {
	username, password := c.Credentials()
	return require(c.Token == "" || (username == "" && password == ""),
		"token and username or password exclude each other")
}

func (c Config) validateHeaders() error {
	for name, content := range c.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(content) {
			return fmt.Errorf("headers: %q has a name or a value that HTTP does not allow", name)
		}
		if reserved[http.CanonicalHeaderKey(name)] {
			return fmt.Errorf("headers: %q is set by the output itself", name)
		}
	}
	return nil
}

// reserved are the headers that the protocol depends on.
var reserved = map[string]bool{
	"Content-Type": true, "Content-Encoding": true, "Content-Length": true,
	"Idempotency-Key": true, "X-Tdigest-Sent-At": true,
}

func (c Config) validatePatterns() error {
	for _, pattern := range c.Metrics {
		if _, err := path.Match(strings.TrimPrefix(pattern, "!"), ""); err != nil {
			return fmt.Errorf("metrics: %q is not a pattern", pattern)
		}
	}
	return nil
}

func require(holds bool, complaint string, values ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(complaint, values...)
}
