package tdigest

import "time"

// A clock tells the time by how long it has run since it was set, so that steps of the wall clock during a test move no
// sample into another interval. Times are Unix nanoseconds.
type clock struct {
	set   time.Time
	start int64
}

func newClock(now time.Time) clock { return clock{set: now, start: now.UnixNano()} }

func (c clock) now() int64 { return c.at(time.Now()) }

// at is the clock's reading at a time. A time without a monotonic reading, as some extensions make, is taken as it is.
func (c clock) at(t time.Time) int64 { return c.start + int64(t.Sub(c.set)) }

// drift is how far the wall clock has gone ahead of the clock.
func (c clock) drift() time.Duration {
	now := time.Now()
	return time.Duration(now.UnixNano() - c.at(now))
}
