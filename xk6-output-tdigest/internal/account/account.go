// Package account counts what becomes of every sample, so that a loss is never silent.
package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Cause says why samples were not stored.
type Cause string

// The causes, as they stand in batches and in the log.
const (
	NotFinite   Cause = "not_finite"  // NaN or an infinity
	TooOld      Cause = "too_old"     // more than an hour before now
	InFuture    Cause = "in_future"   // more than an interval after now
	QueueFull   Cause = "queue_full"  // the server was away for longer than the queue could hold
	Rejected    Cause = "rejected"    // the server cannot understand the batch
	Conflict    Cause = "conflict"    // the server has another batch under the same number
	TooLarge    Cause = "too_large"   // a single series is more than the server takes
	Refused     Cause = "refused"     // the server refuses single series of a batch
	SetAside    Cause = "set_aside"   // the server fails at the batch again and again
	Undelivered Cause = "undelivered" // the server was still away when time was up
	AfterStop   Cause = "after_stop"  // it came after the output had been stopped
	Failed      Cause = "failed"      // an error of our own
)

// Words are the cause as it is told in sentences.
func (c Cause) Words() string { return strings.ReplaceAll(string(c), "_", " ") }

// Totals are running sums since the start.
type Totals struct {
	Seen    uint64 // samples given to the output
	Sent    uint64 // samples the server has confirmed
	Late    uint64 // samples that came after their interval was closed, sent all the same
	LeftOut uint64 // samples of metrics that are not to be sent, not among those seen
	Dropped map[Cause]uint64
	Reasons map[Cause]string // why samples were dropped last, where there is more to say than the cause
	Batches uint64           // batches made
	Retries uint64           // requests repeated
	First   int64            // time of the earliest sample, Unix ms; 0 if there is none
	Last    int64            // time of the latest sample, Unix ms; 0 if there is none
}

// Lost is the number of samples dropped for any cause.
func (t Totals) Lost() uint64 {
	lost := uint64(0)
	for _, samples := range t.Dropped {
		lost += samples
	}
	return lost
}

// Unsettled is the number of samples seen that are neither sent nor dropped: none once the sender has stopped.
func (t Totals) Unsettled() int64 { return int64(t.Seen) - int64(t.Sent) - int64(t.Lost()) }

// Losses are the samples dropped by cause, in words: 979 undelivered (the server answered 401 Unauthorized), 2 not finite.
func (t Totals) Losses() string {
	losses := make([]string, 0, len(t.Dropped))
	for _, cause := range slices.Sorted(maps.Keys(t.Dropped)) {
		loss := fmt.Sprintf("%d %s", t.Dropped[cause], cause.Words())
		if reason := t.Reasons[cause]; reason != "" {
			loss += " (" + reason + ")"
		}
		losses = append(losses, loss)
	}
	return strings.Join(losses, ", ")
}

// An Account keeps Totals. Its methods may be called from any goroutine.
type Account struct {
	mu     sync.Mutex
	totals Totals
	warn   func(cause Cause, example string)
}

// New returns an empty account.
func New() *Account {
	return &Account{
		totals: Totals{Dropped: map[Cause]uint64{}, Reasons: map[Cause]string{}},
		warn:   func(Cause, string) {},
	}
}

// WarnOf sets who is told of the first sample that DropSample is given for each cause. Set it before the account is used.
func (a *Account) WarnOf(warn func(cause Cause, example string)) { a.warn = warn }

// DropSample counts one sample that will never be stored. Of the first one for a cause, example says which it is.
func (a *Account) DropSample(cause Cause, example func() string) {
	if a.dropOne(cause) {
		a.warn(cause, example())
	}
}

func (a *Account) dropOne(cause Cause) (first bool) {
	a.change(func(t *Totals) {
		first = t.Dropped[cause] == 0
		t.Dropped[cause]++
	})
	return first
}

// Saw counts samples given to the output.
func (a *Account) Saw(samples uint64) {
	a.change(func(t *Totals) { t.Seen += samples })
}

// LeftOut counts samples that the settings leave out.
func (a *Account) LeftOut(samples uint64) {
	a.change(func(t *Totals) { t.LeftOut += samples })
}

// Closed counts a batch-to-be: how many late samples it has, and the times of its earliest and latest.
func (a *Account) Closed(late uint64, first, last int64) {
	a.change(func(t *Totals) {
		t.Late += late
		if t.First == 0 || first < t.First {
			t.First = first
		}
		if t.Last == 0 || last > t.Last {
			t.Last = last
		}
	})
}

// Made counts batches.
func (a *Account) Made(batches int) {
	a.change(func(t *Totals) { t.Batches += uint64(batches) })
}

// Sent counts samples the server has confirmed.
func (a *Account) Sent(samples uint64) {
	a.change(func(t *Totals) { t.Sent += samples })
}

// Retried counts one repeated request.
func (a *Account) Retried() {
	a.change(func(t *Totals) { t.Retries++ })
}

// Drop counts samples that will never be stored.
func (a *Account) Drop(cause Cause, samples uint64) { a.DropBecause(cause, samples, "") }

// DropBecause counts samples that will never be stored, and keeps the reason for the end.
func (a *Account) DropBecause(cause Cause, samples uint64, reason string) {
	if samples == 0 {
		return
	}
	a.change(func(t *Totals) {
		t.Dropped[cause] += samples
		if reason != "" {
			t.Reasons[cause] = reason
		}
	})
}

// Totals is a copy of the present state.
func (a *Account) Totals() Totals {
	a.mu.Lock()
	defer a.mu.Unlock()
	totals := a.totals
	totals.Dropped = maps.Clone(totals.Dropped)
	totals.Reasons = maps.Clone(totals.Reasons)
	return totals
}

func (a *Account) change(apply func(*Totals)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	apply(&a.totals)
}
