// Package tdigest is a k6 output that ships one t-digest per series and interval.
package tdigest

import "go.k6.io/k6/v2/output"

func init() {
	output.RegisterExtension("tdigest", New)
}
