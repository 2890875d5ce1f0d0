package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

func loadTLS(c Config) (*tls.Config, error) {
	loaded := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: c.InsecureSkipVerify, //nolint:gosec // the user's explicit wish
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("caFile: %w", err)
		}
		loaded.RootCAs = x509.NewCertPool()
		if !loaded.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("caFile: %s holds no certificate in PEM form", c.CAFile)
		}
	}
	if c.CertFile != "" {
		certificate, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("certFile %s with keyFile %s: %w", c.CertFile, c.KeyFile, err)
		}
		loaded.Certificates = []tls.Certificate{certificate}
	}
	return loaded, nil
}
