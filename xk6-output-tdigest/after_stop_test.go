package tdigest

import (
	"testing"

	"go.k6.io/k6/v2/metrics"

	"xk6-output-tdigest/internal/account"
)

// unreadable is a container of a defective module.
type unreadable struct{}

func (unreadable) GetSamples() []metrics.Sample { panic("no samples here") }

func TestAContainerThatPanicsAfterTheStopIsCounted(t *testing.T) {
	bed := newBed("")
	a := aggregatorOf(bed, "")
	a.start()
	a.stop()
	good := batches(bed, 1, 1)
	samples := uint64(0)
	for _, container := range good {
		samples += uint64(len(container.GetSamples()))
	}
	before := a.account.Totals()

	a.enqueue(append([]metrics.SampleContainer{unreadable{}}, good...))

	after := a.account.Totals()
	if got, want := after.Seen-before.Seen, samples+1; got != want {
		t.Errorf("%d samples seen, want %d", got, want)
	}
	if got, want := after.Dropped[account.AfterStop]-before.Dropped[account.AfterStop], samples+1; got != want {
		t.Errorf("%d samples dropped because of %v, want %d", got, account.AfterStop, want)
	}
}
