package interval

import (
	"github.com/sirupsen/logrus"

	"xk6-output-tdigest/internal/series"
)

// A Table finds the stream of a metric and its tags, and bounds how many there are.
type Table struct {
	rules    series.Rules
	limit    int
	logger   logrus.FieldLogger
	streams  map[string]*Stream
	overflow map[string]*Stream // by metric name

	warnedOfNames, warnedOfTags bool
}

// NewTable returns an empty table of at most limit series, and one more for each metric that has too many.
func NewTable(rules series.Rules, limit int, logger logrus.FieldLogger) *Table {
	return &Table{
		rules: rules, limit: limit, logger: logger,
		streams: map[string]*Stream{}, overflow: map[string]*Stream{},
	}
}

// Stream is where samples of a metric with these tags are folded, nil if they are not wanted. It takes the tags for its own.
func (t *Table) Stream(metric series.Metric, tags map[string]string) *Stream {
	if !t.rules.Selects(metric.Name) {
		return nil
	}
	s := t.rules.Series(metric, tags)
	t.warnOfChanges(s)
	if stream, found := t.streams[s.Key()]; found {
		return stream
	}
	if len(t.streams) >= t.limit {
		return t.overflowing(metric)
	}
	stream := &Stream{series: s}
	t.streams[s.Key()] = stream
	return stream
}

// warnOfChanges tells, once of each kind, that names are not sent as they are.
func (t *Table) warnOfChanges(s *series.Series) {
	if s.Shortened != "" && !t.warnedOfNames {
		t.warnedOfNames = true
		t.logger.Warnf("names longer than the server takes are shortened, the first: %s", s.Shortened)
	}
	if s.TagsLeftOut > 0 && !t.warnedOfTags {
		t.warnedOfTags = true
		t.logger.Warnf("series keep %d tags, further ones are left out; the first such series is of %s, with %d tags",
			series.MaxTags, s.Name, series.MaxTags+s.TagsLeftOut)
	}
}

// Forget drops the streams that have been idle since a time.
func (t *Table) Forget(since int64) {
	for key, stream := range t.streams {
		if stream.Idle(since) {
			delete(t.streams, key)
		}
	}
}

// Len is the number of series, those that stand for many not counted.
func (t *Table) Len() int { return len(t.streams) }

func (t *Table) overflowing(metric series.Metric) *Stream {
	if len(t.overflow) == 0 {
		key, values := t.worstTag()
		t.logger.WithFields(logrus.Fields{"maxSeries": t.limit, "tag": key, "values": values}).Warnf(
			"more than %d series: samples of further ones are folded into one series per metric, tagged overflow=true; "+
				"the tag with the most values is %q (%d): drop it with dropTags, or group its values", t.limit, key, values)
	}
	stream, found := t.overflow[metric.Name]
	if !found {
		stream = &Stream{series: t.rules.Overflow(metric), overflow: true}
		t.overflow[metric.Name] = stream
	}
	return stream
}

// worstTag is the tag key with the most values, the first by name if there are several.
func (t *Table) worstTag() (worst string, most int) {
	values := map[string]map[string]bool{}
	for _, stream := range t.streams {
		for _, tag := range stream.series.Tags {
			if values[tag.Key] == nil {
				values[tag.Key] = map[string]bool{}
			}
			values[tag.Key][tag.Value] = true
		}
	}
	for key, distinct := range values {
		if len(distinct) > most || (len(distinct) == most && key < worst) {
			worst, most = key, len(distinct)
		}
	}
	return worst, most
}
