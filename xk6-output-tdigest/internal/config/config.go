// Package config reads the settings of the output from the places where k6 users put them.
package config

import (
	"crypto/tls"
	"net/url"
	"time"
)

// A Config is how the output behaves. The field comments are in README.md, one row a setting.
type Config struct {
	URL         *url.URL
	Interval    time.Duration
	Grace       time.Duration
	RunID       string
	Instance    string
	Prefix      string
	Tags        map[string]string
	DropTags    []string
	KeepTags    []string
	Metrics     []string
	Compression int
	MaxSeries   int
	QueueBytes  int
	Timeout     time.Duration
	StopTimeout time.Duration
	Encoding    string
	Token       string
	Username    string
	Password    string
	Headers     map[string]string
	CAFile      string
	CertFile    string
	KeyFile     string

	InsecureSkipVerify bool

	OnStart string
}

// The values of Encoding and OnStart.
const (
	EncodingGzip = "gzip"
	EncodingNone = "none"
	OnStartWarn  = "warn"
	OnStartFail  = "fail"
)

// Default is what holds where nothing else is said.
func Default() Config {
	return Config{
		URL:         &url.URL{Scheme: "http", Host: "127.0.0.1:4242"},
		Interval:    10 * time.Second,
		Grace:       time.Second,
		Prefix:      "k6.",
		Compression: 200,
		MaxSeries:   20_000,
		QueueBytes:  64 << 20,
		Timeout:     15 * time.Second,
		StopTimeout: 15 * time.Second,
		Encoding:    EncodingGzip,
		OnStart:     OnStartWarn,
	}
}

// Server is the address without credentials, fit for logs.
func (c Config) Server() string { return withoutCredentials(c.URL).String() }

// Endpoint is the address that requests go to.
func (c Config) Endpoint() *url.URL { return withoutCredentials(c.URL) }

// Credentials are those of basic authentication: of the settings, else of the URL.
func (c Config) Credentials() (username, password string) {
	if c.Username != "" || c.Password != "" {
		return c.Username, c.Password
	}
	password, _ = c.URL.User.Password()
	return c.URL.User.Username(), password
}

// TLS is nil if the defaults of the system will do.
func (c Config) TLS() (*tls.Config, error) {
	if c.CAFile == "" && c.CertFile == "" && !c.InsecureSkipVerify {
		return nil, nil
	}
	return loadTLS(c)
}

func withoutCredentials(address *url.URL) *url.URL {
	bare := *address
	bare.User = nil
	return &bare
}
