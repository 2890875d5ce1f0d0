package delivery

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/wire"
)

// A Sender delivers batches in the order they were given, one at a time.
type Sender struct {
	client  *Client
	encoder *wire.Encoder
	account *account.Account
	logger  logrus.FieldLogger
	random  func() float64
	queue   *queue
	gzip    bool
	trouble atomic.Value // string: why the latest try failed, empty if it did not

	cancel   context.CancelFunc
	stopping chan struct{} // closed when no batch will follow
	deadline time.Time     // set before stopping is closed
	done     chan struct{}
	hurried  bool // the goroutine's own: whether it knows that the sender is stopping
}

// NewSender returns a sender whose queue holds up to queueBytes. Random draws from [0, 1) and spreads the retries.
func NewSender(
	client *Client, encoder *wire.Encoder, counts *account.Account, logger logrus.FieldLogger,
	queueBytes int, gzip bool, random func() float64,
) *Sender {
	return &Sender{
		client: client, encoder: encoder, account: counts, logger: logger,
		random: random, queue: newQueue(queueBytes), gzip: gzip,
		stopping: make(chan struct{}), done: make(chan struct{}),
	}
}

// Start begins to deliver.
func (s *Sender) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go s.run(ctx)
}

// Enqueue takes a batch over. It never waits for the server.
func (s *Sender) Enqueue(batch wire.Batch) {
	p, err := pack(batch, s.gzip)
	if err != nil {
		s.drop(account.Failed, batch.Key, batch.Samples, err.Error())
		return
	}
	for _, evicted := range s.queue.push(p) {
		s.drop(account.QueueFull, evicted.key, evicted.samples, s.why("the server is slow"))
	}
}

// Stop delivers what is queued, for as long as ctx allows, which must have a deadline. Nothing may be enqueued any more.
func (s *Sender) Stop(ctx context.Context) {
	s.deadline, _ = ctx.Deadline()
	close(s.stopping)
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	s.cancel()
	<-s.done
	for p, left := s.queue.pop(); left; p, left = s.queue.pop() {
		s.drop(account.Undelivered, p.key, p.samples, s.why("there was no time left to send it"))
	}
	s.client.Close()
}

func (s *Sender) run(ctx context.Context) {
	defer close(s.done)
	for {
		if p, found := s.queue.pop(); found {
			if !s.deliver(ctx, p) {
				s.queue.pushFront(p)
				return
			}
			continue
		}
		select {
		case <-s.queue.ready:
		case <-s.stopping:
			if s.queue.empty() {
				return
			}
		}
	}
}

// deliver tries until the parcel's fate is known. It gives up only when the sender is told to stop, and then says false.
func (s *Sender) deliver(ctx context.Context, p parcel) (settled bool) {
	defer s.recover(p, &settled)
	var failing failing
	for failures := 0; ; {
		answer := s.client.post(ctx, p)
		s.remember(ctx, answer)
		switch answer.verdict {
		case stored:
			s.confirm(p, answer.receipt, failures)
			return true
		case discard:
			s.drop(answer.cause, p.key, p.samples, answer.reason)
			return true
		case halve:
			s.halve(p)
			return true
		}
		if failing.tooLong(answer, time.Now()) {
			s.drop(account.SetAside, p.key, p.samples, answer.reason)
			return true
		}
		failures++
		if failures == 1 {
			s.logger.Warnf("the server did not take a batch, it will be sent again: %s", answer.reason)
		}
		if !s.wait(ctx, s.pause(answer, failures)) {
			return false
		}
		s.account.Retried()
	}
}

// failing is how often the server has failed at a parcel, and since when.
type failing struct {
	times int
	since time.Time
}

func (f *failing) tooLong(a answer, now time.Time) bool {
	if !a.failed {
		return false
	}
	if f.times == 0 {
		f.since = now
	}
	f.times++
	return f.times >= maxFailed && now.Sub(f.since) >= maxFailing
}

// remember keeps why batches wait, for the account. That we ended a try ourselves is told only if there is nothing else.
func (s *Sender) remember(ctx context.Context, a answer) {
	switch {
	case ctx.Err() == nil && (a.verdict == retry || a.verdict == hold):
		s.trouble.Store(a.reason)
	case ctx.Err() == nil:
		s.trouble.Store("")
	case s.why("") == "":
		s.trouble.Store("the server had not answered when the time was up")
	}
}

// why is the latest trouble with the server, else another reason.
func (s *Sender) why(otherwise string) string {
	if reason, _ := s.trouble.Load().(string); reason != "" {
		return reason
	}
	return otherwise
}

func (s *Sender) pause(a answer, failures int) time.Duration {
	switch {
	case a.verdict == hold:
		return holdTime
	case a.failed && a.wait > maxBackoff:
		return maxBackoff // others wait behind the parcel
	case a.wait > 0:
		return a.wait
	case s.hurried:
		return backoff(1, s.random) // there is little time left
	default:
		return backoff(failures, s.random)
	}
}

// wait says false if there is no time left for another try. The order to stop ends a wait early, once.
func (s *Sender) wait(ctx context.Context, pause time.Duration) bool {
	if s.hurried && time.Now().Add(pause).After(s.deadline) {
		return false
	}
	var stopping chan struct{}
	if !s.hurried {
		stopping = s.stopping
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stopping:
		s.hurried = true
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Sender) confirm(p parcel, r receipt, failures int) {
	refused := s.refused(p, r)
	s.account.Sent(p.samples - refused)
	if refused > 0 {
		s.account.DropBecause(account.Refused, refused, r.Refused[0].reason)
	}
	entry := s.logger.WithFields(logrus.Fields{"batch": p.key.String(), "samples": p.samples, "bytes": len(p.body)})
	if failures > 0 {
		entry.Infof("the server takes batches again, after %d retries", failures)
		return
	}
	entry.Debug("batch stored")
}

// refused counts the samples of the series that the server did not store.
func (s *Sender) refused(p parcel, r receipt) uint64 {
	if len(r.Refused) == 0 {
		return 0
	}
	s.logger.Warnf("the server refuses %d series of batch %s, the first because: %s", len(r.Refused), p.key, r.Refused[0].reason)
	batch, err := p.unpack()
	if err != nil {
		return s.refusedWhole(p, err)
	}
	samples, err := batch.SamplesOf(r.indices())
	if err != nil {
		return s.refusedWhole(p, err)
	}
	return samples
}

// refusedWhole is for a refusal of which it cannot be told what it means: none of the samples counts as sent.
func (s *Sender) refusedWhole(p parcel, reason error) uint64 {
	s.logger.WithError(reason).Errorf("the refused samples of batch %s cannot be told from the others", p.key)
	return p.samples
}

// halve puts two smaller batches in the place of one.
func (s *Sender) halve(p parcel) {
	whole, err := p.unpack()
	if err != nil {
		s.drop(account.Failed, p.key, p.samples, err.Error())
		return
	}
	batches, lost, err := s.encoder.Halve(whole)
	if err != nil {
		s.drop(account.Failed, p.key, p.samples, err.Error())
		return
	}
	s.logger.Warnf("the server finds batch %s too large (%d bytes), it is halved", p.key, len(whole.Body))
	if lost > 0 {
		s.drop(account.TooLarge, p.key, lost, "a single series is too large for the server")
	}
	parcels := make([]parcel, 0, len(batches))
	for _, batch := range batches {
		smaller, err := pack(batch, s.gzip)
		if err != nil {
			s.drop(account.Failed, batch.Key, batch.Samples, err.Error())
			continue
		}
		parcels = append(parcels, smaller)
	}
	s.queue.pushFront(parcels...)
}

func (s *Sender) drop(cause account.Cause, batch wire.Key, samples uint64, reason string) {
	s.account.DropBecause(cause, samples, reason)
	s.logger.WithFields(logrus.Fields{"cause": cause, "samples": samples}).Errorf("samples lost: batch %s: %s", batch, reason)
}

// recover keeps a defect of ours from ending the test: the parcel is given up, and counted.
func (s *Sender) recover(p parcel, settled *bool) {
	if defect := recover(); defect != nil {
		s.drop(account.Failed, p.key, p.samples, fmt.Sprintf("panic: %v", defect))
		*settled = true
	}
}
