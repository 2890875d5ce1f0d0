// Package interval folds samples into clock-aligned intervals, by the samples' own times.
//
// Times inside are Unix nanoseconds, so that a gauge's last value is the last; an Interval's start is in milliseconds,
// as it travels. Neither Fold nor Table may be used by two goroutines at once.
package interval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"xk6-output-tdigest/internal/account"
)

// maxAge is how old a sample may be. Older ones would touch intervals that the server may have forgotten how to merge.
const maxAge = int64(time.Hour)

// An Interval is a span of time with what was sampled in it.
type Interval struct {
	Start      int64 // Unix ms
	CutAtStart bool  // it began before the fold did
	CutAtEnd   bool  // the fold ended before it did
	Supplement bool  // its samples came after the interval had been closed
	Cells      []*Cell
}

// Samples is the number of samples in the interval.
func (i *Interval) Samples() uint64 {
	samples := uint64(0)
	for _, cell := range i.Cells {
		samples += cell.Count
	}
	return samples
}

// A Fold holds the intervals that are not yet closed.
type Fold struct {
	width       int64
	grace       int64
	compression int
	account     *account.Account

	began   int64
	now     int64
	closed  int64 // intervals that start before this are closed
	current int64 // start of the interval last folded into
	pending map[int64]*Interval
	span    span
}

// NewFold starts folding at a time: intervals over by then count as closed.
func NewFold(width, grace time.Duration, compression int, now int64, counts *account.Account) *Fold {
	f := &Fold{
		width: int64(width), grace: int64(grace), compression: compression,
		account: counts, began: now, now: now, pending: map[int64]*Interval{},
	}
	f.closed = f.edge(now)
	return f
}

// Advance tells the time, by which samples are judged too old or too far ahead.
func (f *Fold) Advance(now int64) { f.now = now }

// Add folds one sample into the interval its time lies in.
func (f *Fold) Add(s *Stream, at int64, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		f.account.DropSample(account.NotFinite, func() string { return describe(s, at, value) })
		return
	}
	if at < f.current || at >= f.current+f.width {
		f.current = f.Start(at)
	}
	cell := s.cell(f.current)
	if cell == nil {
		if cause := f.outOfBounds(f.current); cause != "" {
			f.account.DropSample(cause, func() string { return describe(s, at, value) })
			return
		}
		cell = f.open(s, f.current)
	}
	cell.add(at, value)
	f.span.include(at)
}

// Close takes out the intervals whose end and grace have passed by now, and all late samples, in order of time.
func (f *Fold) Close(now int64) []*Interval {
	f.Advance(now)
	f.closed = max(f.closed, f.edge(now))
	return f.take(func(start int64) bool { return start < f.closed })
}

// CloseAll takes out everything, for the run ends now.
func (f *Fold) CloseAll(now int64) []*Interval {
	f.Advance(now)
	for start, interval := range f.pending {
		interval.CutAtEnd = start+f.width > now
	}
	return f.take(func(int64) bool { return true })
}

// Empty is the interval of a time, with nothing in it. It is cut by the end of the run.
func (f *Fold) Empty(now int64) *Interval {
	start := f.Start(now)
	return &Interval{Start: milliseconds(start), CutAtStart: start < f.began, CutAtEnd: true}
}

// NextClose is when the next interval falls due.
func (f *Fold) NextClose(now int64) int64 { return f.edge(now) + f.width + f.grace }

// Start is the beginning of the interval that a time lies in.
func (f *Fold) Start(at int64) int64 { return floor(at, f.width) }

// edge is the start of the earliest interval that is still open.
func (f *Fold) edge(now int64) int64 { return f.Start(now - f.grace) }

// outOfBounds is why an interval takes no samples, empty if it does.
func (f *Fold) outOfBounds(start int64) account.Cause {
	switch {
	case start > f.Start(f.now)+f.width:
		return account.InFuture
	case start+f.width <= f.now-maxAge:
		return account.TooOld
	}
	return ""
}

// describe names a sample for the log.
func describe(s *Stream, at int64, value float64) string {
	return fmt.Sprintf("%s = %v at %s", s.series.Name, value, time.Unix(0, at).UTC().Format(time.RFC3339Nano))
}

// open begins a cell.
func (f *Fold) open(s *Stream, start int64) *Cell {
	interval, found := f.pending[start]
	if !found {
		interval = &Interval{
			Start:      milliseconds(start),
			CutAtStart: start < f.began,
			Supplement: start < f.closed,
		}
		f.pending[start] = interval
	}
	cell := newCell(s, start, f.compression)
	interval.Cells = append(interval.Cells, cell)
	s.open(cell, f.now)
	return cell
}

func (f *Fold) take(due func(start int64) bool) []*Interval {
	var taken []*Interval
	late := uint64(0)
	for start, interval := range f.pending {
		if !due(start) {
			continue
		}
		delete(f.pending, start)
		for _, cell := range interval.Cells {
			cell.stream.close(cell)
		}
		if interval.Supplement {
			late += interval.Samples()
		}
		taken = append(taken, interval)
	}
	if len(taken) > 0 {
		f.account.Closed(late, milliseconds(f.span.first), milliseconds(f.span.last))
	}
	slices.SortFunc(taken, func(a, b *Interval) int { return cmp.Compare(a.Start, b.Start) })
	return taken
}

// span is from the earliest sample to the latest.
type span struct {
	first, last int64
	begun       bool
}

func (s *span) include(at int64) {
	if !s.begun {
		*s = span{at, at, true}
	}
	s.first = min(s.first, at)
	s.last = max(s.last, at)
}

// floor is the largest multiple of width that is not above at, before 1970 too.
func floor(at, width int64) int64 {
	remainder := at % width
	if remainder < 0 {
		remainder += width
	}
	return at - remainder
}

func milliseconds(at int64) int64 {
	return floor(at, int64(time.Millisecond)) / int64(time.Millisecond)
}
