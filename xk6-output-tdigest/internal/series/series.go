// Package series says under which name and tags samples travel: what makes two samples members of one series.
package series

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
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

	Shortened   string // the first of its names that was too long for the server, in words; empty if none was
	TagsLeftOut int    // tags beyond MaxTags
}

// New returns the series of a metric with tags, names of at most DefaultNameLength characters.
func New(metric Metric, tags map[string]string) *Series { return Fit(metric, tags, DefaultNameLength) }

// Fit returns the series of a metric with tags as it fits a server that takes names of so many characters.
func Fit(metric Metric, tags map[string]string, nameLength int) *Series {
	f := fitter{limit: max(nameLength, MinNameLength)}
	name := validUTF8(metric.Name)
	fitted, leftOut := f.tags(name, tags)
	metric.Name = f.shorten(name, func() string { return "a metric name" })
	return &Series{
		Metric: metric, Tags: fitted, TagKey: tagKey(fitted), Shortened: f.shortened, TagsLeftOut: leftOut,
	}
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

// validUTF8 keeps one broken string, which msgpack readers refuse, from costing a whole batch. Each byte that is not
// UTF-8 becomes U+FFFD, as in what k6 writes as JSON.
func validUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
