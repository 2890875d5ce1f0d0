// Package series says under which name and tags samples travel: what makes two samples members of one series.
package series

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// A Type is how samples of a metric become one value. The numbers are those of the wire.
type Type uint8

// The metric types of k6.
const (
	Counter Type = iota
	Gauge
	Rate
	Trend
)

// Types are the names k6 prints for each Type.
var Types = []string{Counter: "counter", Gauge: "gauge", Rate: "rate", Trend: "trend"}

func (t Type) String() string { return Types[t] }

// Contains is what a metric's values measure. The numbers are those of the wire.
type Contains uint8

// The contents of k6: plain numbers, milliseconds, bytes.
const (
	Default Contains = iota
	Time
	Data
)

// Contents are the names k6 prints for each Contains.
var Contents = []string{Default: "default", Time: "time", Data: "data"}

func (c Contains) String() string { return Contents[c] }

// A Metric names what is measured.
type Metric struct {
	Name     string
	Type     Type
	Contains Contains
}

// A Tag is one pair of a tag set.
type Tag struct {
	Key, Value string
}

// A Series is a metric with a tag set. It never changes.
type Series struct {
	Metric
	Tags   []Tag  // sorted by key
	TagKey string // names the tag set: equal for equal tag sets
}

// New returns the series of a metric with tags.
func New(metric Metric, tags map[string]string) *Series {
	metric.Name = validUTF8(metric.Name)
	sorted := make([]Tag, 0, len(tags))
	for key, value := range tags {
		sorted = append(sorted, Tag{validUTF8(key), validUTF8(value)})
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Key < sorted[j].Key })
	return &Series{Metric: metric, Tags: sorted, TagKey: tagKey(sorted)}
}

// Key names the series among all series.
func (s *Series) Key() string { return string(appendText(nil, s.Name)) + s.TagKey }

// Compare orders series by metric name, then tag set, then type.
func (s *Series) Compare(other *Series) int {
	if order := strings.Compare(s.Name, other.Name); order != 0 {
		return order
	}
	if order := slices.CompareFunc(s.Tags, other.Tags, compareTags); order != 0 {
		return order
	}
	return int(s.Type) - int(other.Type)
}

func compareTags(a, b Tag) int {
	if order := strings.Compare(a.Key, b.Key); order != 0 {
		return order
	}
	return strings.Compare(a.Value, b.Value)
}

func tagKey(tags []Tag) string {
	var key []byte
	for _, tag := range tags {
		key = appendText(appendText(key, tag.Key), tag.Value)
	}
	return string(key)
}

// appendText puts the length before a text: no byte could separate two, for each may be in a text.
func appendText(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

// validUTF8 keeps one broken string, which msgpack readers refuse, from costing a whole batch.
func validUTF8(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
