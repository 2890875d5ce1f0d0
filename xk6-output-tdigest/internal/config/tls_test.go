package config

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTLS(t *testing.T) {
	folder := t.TempDir()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	trusted := filepath.Join(folder, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	empty := filepath.Join(folder, "empty.pem")
	for name, content := range map[string][]byte{trusted: certificate, empty: nil} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		config Config
		want   string // in the error
	}{
		"nothing special":     {Config{}, ""},
		"an own authority":    {Config{CAFile: trusted}, ""},
		"no authority":        {Config{CAFile: empty}, "holds no certificate"},
		"a missing authority": {Config{CAFile: filepath.Join(folder, "none")}, "caFile"},
		"a missing key":       {Config{CertFile: trusted, KeyFile: empty}, "keyFile"},
		"no checks":           {Config{InsecureSkipVerify: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := tc.config.TLS()

			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if tc.config.InsecureSkipVerify != (loaded != nil && loaded.InsecureSkipVerify) {
				t.Error("the checks are not as asked for")
			}
			if trusts := loaded != nil && loaded.RootCAs != nil; err == nil && trusts != (tc.config.CAFile != "") {
				t.Error("the authority is not as asked for")
			}
		})
	}
}
