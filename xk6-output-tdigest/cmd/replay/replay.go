package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/config"
	"xk6-output-tdigest/internal/delivery"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wire"
)

// stopTimeout is generous: a replay has no test to end.
const stopTimeout = time.Minute

// A replay sends captures the way the output sends a live test.
type replay struct {
	server *url.URL
	width  time.Duration
	prefix string
	logger logrus.FieldLogger
}

// file replays one capture as one instance.
func (r replay) file(name string) error {
	samples, file, err := openCapture(name)
	if err != nil {
		return err
	}
	defer file.Close()
	counts := account.New()
	run, err := r.start(filepath.Base(name), samples, counts)
	if err != nil {
		return err
	}
	err = run.play()
	run.stop()
	totals := counts.Totals()
	r.logger.Infof("%s: %d of %d samples delivered in %d batches, %d late, %d lines skipped",
		name, totals.Sent, totals.Seen, totals.Batches, totals.Late, samples.skipped)
	if samples.lost > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines cannot be read", samples.lost))
	}
	if totals.Lost() > 0 {
		err = errors.Join(err, fmt.Errorf("%d samples were lost: %s", totals.Lost(), totals.Losses()))
	}
	return err
}

// A run is one capture on its way.
type run struct {
	samples *capture
	first   sample
	account *account.Account
	fold    *interval.Fold
	table   *interval.Table
	encoder *wire.Encoder
	sender  *delivery.Sender
}

// start reads the first sample, for the run begins with it.
func (r replay) start(script string, samples *capture, counts *account.Account) (*run, error) {
	first, err := samples.next()
	if err != nil {
		return nil, fmt.Errorf("read the first sample: %w", err)
	}
	var instance wire.Instance
	if _, err := rand.Read(instance[:]); err != nil {
		return nil, fmt.Errorf("make an instance id: %w", err)
	}
	host, _ := os.Hostname()
	source := wire.Source{
		Host: host, PID: os.Getpid(), Extension: "replay", Script: script,
		IntervalMS: r.width.Milliseconds(), StartedMS: first.at / int64(time.Millisecond),
		Tags: map[string]string{}, Thresholds: map[string]any{},
	}
	encoder, err := wire.NewEncoder(instance, "", source, r.width, counts)
	if err != nil {
		return nil, err
	}
	defaults := config.Default()
	client := delivery.NewClient(delivery.Options{URL: r.server, Timeout: defaults.Timeout, UserAgent: "tdigest-replay"})
	sender := delivery.NewSender(client, encoder, counts, r.logger, defaults.QueueBytes, true, mathrand.Float64)
	sender.Start()
	rules := series.Rules{Prefix: r.prefix, Instance: fmt.Sprintf("%s-%s", host, instance.String()[:8])}
	return &run{
		samples: samples, first: first, account: counts,
		fold:    interval.NewFold(r.width, defaults.Grace, defaults.Compression, first.at, counts),
		table:   interval.NewTable(rules, defaults.MaxSeries, r.logger),
		encoder: encoder, sender: sender,
	}, nil
}

// play closes intervals as the time of the data passes, so that what is late in the capture is late here. What a broken
// capture holds up to the break is sent too.
func (r *run) play() error {
	now := r.first.at
	due := r.fold.NextClose(now)
	next, err := r.first, error(nil)
	for ; err == nil; next, err = r.samples.next() {
		if now = max(now, next.at); now >= due {
			if err := r.ship(r.fold.Close(now), false); err != nil {
				return err
			}
			due = r.fold.NextClose(now)
		}
		r.add(next, now)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, r.ship(r.fold.CloseAll(now), true))
}

func (r *run) add(s sample, now int64) {
	r.account.Saw(1)
	r.fold.Advance(now)
	if stream := r.table.Stream(s.metric, s.tags); stream != nil {
		r.fold.Add(stream, s.at, s.value)
	}
}

// ship encodes closed intervals; the last of the run ends with the last batch.
func (r *run) ship(closed []*interval.Interval, ending bool) error {
	for i, span := range closed {
		batches, err := r.encoder.Encode(span, ending && i == len(closed)-1)
		if err != nil {
			return err
		}
		for _, batch := range batches {
			r.sender.Enqueue(batch)
		}
	}
	return nil
}

func (r *run) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	r.sender.Stop(ctx)
}
