package tdigest

import (
	"go.k6.io/k6/v2/metrics"

	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
)

// streams remembers where the samples of each of k6's time series go, so that names and tags are looked at only once.
type streams struct {
	table *interval.Table
	known map[metrics.TimeSeries]*interval.Stream // nil for those that are not sent
}

func newStreams(table *interval.Table) *streams {
	return &streams{table: table, known: map[metrics.TimeSeries]*interval.Stream{}}
}

// of is nil if samples of the time series are not sent.
func (s *streams) of(id metrics.TimeSeries) *interval.Stream {
	stream, found := s.known[id]
	if !found {
		stream = s.table.Stream(metricOf(id.Metric), id.Tags.Map())
		s.known[id] = stream
	}
	return stream
}

// forget drops what has been idle since a time. Of the series that are not sent, or are beyond the limit, nothing is kept:
// there is no end to them, and each is soon looked up again.
func (s *streams) forget(since int64) {
	for id, stream := range s.known {
		if stream == nil || stream.Overflow() || stream.Idle(since) {
			delete(s.known, id)
		}
	}
	s.table.Forget(since)
}

func metricOf(metric *metrics.Metric) series.Metric {
	return series.Metric{
		Name:     metric.Name,
		Type:     typeOf[metric.Type],
		Contains: containsOf[metric.Contains],
	}
}

var (
	typeOf = map[metrics.MetricType]series.Type{
		metrics.Counter: series.Counter, metrics.Gauge: series.Gauge, metrics.Trend: series.Trend, metrics.Rate: series.Rate,
	}
	containsOf = map[metrics.ValueType]series.Contains{
		metrics.Default: series.Default, metrics.Time: series.Time, metrics.Data: series.Data,
	}
)
