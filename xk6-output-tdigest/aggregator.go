package tdigest

import (
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/metrics"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/config"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
)

const (
	drainEvery  = 100 * time.Millisecond
	forgetEvery = int64(time.Minute)
	forgetAfter = int64(5 * time.Minute) // without a sample
	worryDrift  = time.Second
)

// An aggregator folds the samples that k6 gives us into intervals, and hands the intervals on as they close. One goroutine
// owns the fold; all that others touch is the queue.
type aggregator struct {
	clock   clock
	fold    *interval.Fold
	streams *streams
	shipper *shipper
	account *account.Account
	logger  logrus.FieldLogger

	mu     sync.Mutex
	queued [][]metrics.SampleContainer
	ended  bool // nobody takes the queue any more

	forgotten int64 // when idle series were last forgotten
	warned    bool  // that the wall clock has drifted
	stopping  chan struct{}
	done      chan struct{}
}

func newAggregator(
	c config.Config, rules series.Rules, started clock, to *shipper, counts *account.Account, logger logrus.FieldLogger,
) *aggregator {
	return &aggregator{
		clock:     started,
		fold:      interval.NewFold(c.Interval, c.Grace, c.Compression, started.start, counts),
		streams:   newStreams(interval.NewTable(rules, c.MaxSeries, logger)),
		shipper:   to,
		account:   counts,
		logger:    logger,
		forgotten: started.start,
		stopping:  make(chan struct{}),
		done:      make(chan struct{}),
	}
}

func (a *aggregator) start() { go a.run() }

// stop folds and closes all that is there, and returns when it is handed on.
func (a *aggregator) stop() {
	close(a.stopping)
	<-a.done
}

func (a *aggregator) enqueue(samples []metrics.SampleContainer) {
	if len(samples) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		a.refuse(samples)
		return
	}
	a.queued = append(a.queued, samples)
}

// refuse counts samples that come after the end.
func (a *aggregator) refuse(containers []metrics.SampleContainer) {
	samples := uint64(0)
	for _, container := range containers {
		samples += a.countSamples(container)
	}
	a.account.Saw(samples)
	a.account.DropBecause(account.AfterStop, samples, "the output had been stopped")
}

// countSamples counts a container that cannot be read as one sample.
func (a *aggregator) countSamples(container metrics.SampleContainer) (samples uint64) {
	defer func() {
		if defect := recover(); defect != nil {
			a.logger.Errorf("a container that came after the end cannot be read: panic: %v", defect)
			samples = 1
		}
	}()
	return uint64(len(container.GetSamples()))
}

func (a *aggregator) run() {
	defer close(a.done)
	drain := time.NewTicker(drainEvery)
	defer drain.Stop()
	due := time.NewTimer(a.untilClose())
	defer due.Stop()
	for {
		select {
		case <-drain.C:
			a.drain()
		case <-due.C:
			a.closeDue()
			due.Reset(a.untilClose())
		case <-a.stopping:
			a.closeAll()
			return
		}
	}
}

// untilClose is computed afresh each time, so that a slow turn of the loop never shifts the phase.
func (a *aggregator) untilClose() time.Duration {
	now := a.clock.now()
	return time.Duration(a.fold.NextClose(now) - now)
}

func (a *aggregator) drain() { a.foldAll(a.takeQueue(false)) }

func (a *aggregator) takeQueue(last bool) [][]metrics.SampleContainer {
	a.mu.Lock()
	defer a.mu.Unlock()
	queued := a.queued
	a.queued, a.ended = nil, last
	return queued
}

func (a *aggregator) foldAll(queued [][]metrics.SampleContainer) {
	a.fold.Advance(a.clock.now())
	seen, leftOut := uint64(0), uint64(0)
	for _, containers := range queued {
		for _, container := range containers {
			more, others := a.add(container)
			seen += more
			leftOut += others
		}
	}
	a.account.Saw(seen)
	a.account.LeftOut(leftOut)
}

// add folds the samples of one container. A defect of ours costs the rest of the container, not the test.
func (a *aggregator) add(container metrics.SampleContainer) (seen, leftOut uint64) {
	var samples []metrics.Sample
	defer func() {
		if defect := recover(); defect != nil {
			lost := max(uint64(len(samples)), 1) // a container that cannot be read has one at least
			a.account.DropBecause(account.Failed, lost, fmt.Sprintf("panic: %v", defect))
			a.logger.Errorf("%d samples were lost: panic: %v", lost, defect)
			seen += lost
		}
	}()
	for samples = container.GetSamples(); len(samples) > 0; samples = samples[1:] {
		sample := &samples[0]
		stream := a.streams.of(sample.TimeSeries)
		if stream == nil {
			leftOut++
			continue
		}
		a.fold.Add(stream, a.clock.at(sample.Time), sample.Value)
		seen++
	}
	return seen, leftOut
}

func (a *aggregator) closeDue() {
	a.drain()
	now := a.clock.now()
	for _, closed := range a.fold.Close(now) {
		a.shipper.ship(closed, false)
	}
	a.forgetIdle(now)
	a.watchDrift()
}

// closeAll ships everything. The last batch tells the server that no other will follow, so there is always one.
func (a *aggregator) closeAll() {
	a.foldAll(a.takeQueue(true))
	now := a.clock.now()
	closed := a.fold.CloseAll(now)
	if len(closed) == 0 {
		closed = []*interval.Interval{a.fold.Empty(now)}
	}
	for i, span := range closed {
		a.shipper.ship(span, i == len(closed)-1)
	}
}

func (a *aggregator) forgetIdle(now int64) {
	if now-a.forgotten >= forgetEvery {
		a.streams.forget(now - forgetAfter)
		a.forgotten = now
	}
}

func (a *aggregator) watchDrift() {
	if drift := a.clock.drift(); drift.Abs() > worryDrift && !a.warned {
		a.warned = true
		a.logger.Warnf("the wall clock has moved by %v since the start; intervals keep the time of the start", drift)
	}
}
