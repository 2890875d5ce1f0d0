package interval

import (
	"xk6-output-tdigest/internal/digest"
	"xk6-output-tdigest/internal/series"
)

// A Cell is what the samples of one series in one interval come to. Which fields mean something depends on the type of the
// metric.
type Cell struct {
	Series *series.Series

	Count   uint64
	Sum     float64        // counter, gauge
	Min     float64        // gauge
	Max     float64        // gauge
	Last    float64        // gauge: the value of the latest sample, by its time and then by arrival
	LastAt  int64          // gauge: the time of Last, Unix ns
	NonZero uint64         // rate
	Digest  *digest.Digest // trend

	start  int64 // of the interval, Unix ns
	stream *Stream
}

// LastMilliseconds is the time of a gauge's last value in Unix ms.
func (c *Cell) LastMilliseconds() int64 { return milliseconds(c.LastAt) }

func newCell(s *Stream, start int64, compression int) *Cell {
	cell := &Cell{Series: s.series, start: start, stream: s}
	if s.series.Type == series.Trend {
		cell.Digest = digest.New(compression)
	}
	return cell
}

func (c *Cell) add(at int64, value float64) {
	c.Count++
	switch c.Series.Type {
	case series.Counter:
		c.Sum += value
	case series.Gauge:
		c.addGauge(at, value)
	case series.Trend:
		c.Digest.Add(value)
	case series.Rate:
		if value != 0 {
			c.NonZero++
		}
	}
}

func (c *Cell) addGauge(at int64, value float64) {
	c.Sum += value
	if c.Count == 1 || value < c.Min {
		c.Min = value
	}
	if c.Count == 1 || value > c.Max {
		c.Max = value
	}
	if c.Count == 1 || at >= c.LastAt {
		c.Last, c.LastAt = value, at
	}
}
