package tdigest

import (
	"fmt"

	"github.com/sirupsen/logrus"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/delivery"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/wire"
)

// shipments is how many closed intervals may wait to be encoded; encoding one takes milliseconds.
const shipments = 16

// A shipper encodes closed intervals, apart from the aggregator, and gives them to the sender.
type shipper struct {
	encoder *wire.Encoder
	sender  *delivery.Sender
	account *account.Account
	logger  logrus.FieldLogger
	waiting chan shipment
	done    chan struct{}
}

type shipment struct {
	interval *interval.Interval
	last     bool
}

func newShipper(
	encoder *wire.Encoder, sender *delivery.Sender, counts *account.Account, logger logrus.FieldLogger,
) *shipper {
	return &shipper{
		encoder: encoder, sender: sender, account: counts, logger: logger,
		waiting: make(chan shipment, shipments), done: make(chan struct{}),
	}
}

func (s *shipper) start() {
	go func() {
		defer close(s.done)
		for next := range s.waiting {
			s.encode(next)
		}
	}()
}

// stop returns when all that was shipped is with the sender.
func (s *shipper) stop() {
	close(s.waiting)
	<-s.done
}

func (s *shipper) ship(closed *interval.Interval, last bool) { s.waiting <- shipment{closed, last} }

// encode survives a defect of ours: it costs the interval, not the test.
func (s *shipper) encode(next shipment) {
	left := next.interval.Samples() // not yet with the sender
	defer func() {
		if defect := recover(); defect != nil {
			s.giveUp(next, left, defect)
		}
	}()
	batches, err := s.encoder.Encode(next.interval, next.last)
	if err != nil {
		s.giveUp(next, left, err)
		return
	}
	for _, batch := range batches {
		s.sender.Enqueue(batch)
		left -= batch.Samples
	}
	s.logger.WithFields(logrus.Fields{
		"t": next.interval.Start, "series": len(next.interval.Cells), "batches": len(batches),
	}).Debug("interval closed")
}

func (s *shipper) giveUp(lost shipment, samples uint64, reason any) {
	s.account.DropBecause(account.Failed, samples, fmt.Sprint(reason))
	s.logger.Errorf("%d samples of the interval at %d were lost: %v", samples, lost.interval.Start, reason)
}
