package wire

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"xk6-output-tdigest/internal/series"
)

// The most that parts of a message take.
const (
	maxInteger = 9
	maxHeader  = 5                                         // of a string or an array
	maxSeries  = 3*maxHeader + 2*maxInteger + 3*maxInteger // an entry without its body, with a metric and a tag set of its own
)

// A builder collects the series of one message. Strings, tag sets and metrics are written once, in the order of first use.
type builder struct {
	strings map[string]int
	tagSets map[string]int // by series.TagKey
	metrics map[series.Metric]int

	tables message // Strings, TagSets, Metrics, Series and Samples are in use
	size   int     // an upper bound of what the tables and series take
}

func newBuilder() *builder {
	return &builder{
		strings: map[string]int{}, tagSets: map[string]int{}, metrics: map[series.Metric]int{},
		tables: message{
			Strings: []string{}, TagSets: [][]int{}, Metrics: [][3]int{}, Series: []msgpack.RawMessage{},
		},
	}
}

// takes tells whether a series surely fits. An empty message takes any.
func (b *builder) takes(s *series.Series, body []byte, limits Limits) bool {
	if len(b.tables.Series) == 0 {
		return true
	}
	grown := b.size + len(body) + maxSeries + maxHeader + len(s.Name)
	for _, tag := range s.Tags {
		grown += len(tag.Key) + len(tag.Value) + 2*(maxHeader+maxInteger)
	}
	return grown <= limits.Bytes && len(b.tables.Series) < limits.Series
}

func (b *builder) add(s *series.Series, body []byte, samples uint64) error {
	var encoded bytes.Buffer
	err := newEncoder(&encoded).Encode(&entry{Metric: b.metric(s.Metric), TagSet: b.tagSet(s), Body: body})
	if err != nil {
		return fmt.Errorf("encode %s: %w", s.Name, err)
	}
	b.tables.Series = append(b.tables.Series, encoded.Bytes())
	b.tables.Samples += samples
	b.size += encoded.Len()
	return nil
}

func (b *builder) metric(metric series.Metric) int {
	index, found := b.metrics[metric]
	if !found {
		index = len(b.tables.Metrics)
		b.metrics[metric] = index
		b.tables.Metrics = append(b.tables.Metrics, [3]int{b.string(metric.Name), int(metric.Type), int(metric.Contains)})
		b.size += maxHeader + 3*maxInteger
	}
	return index
}

func (b *builder) tagSet(s *series.Series) int {
	index, found := b.tagSets[s.TagKey]
	if !found {
		index = len(b.tables.TagSets)
		b.tagSets[s.TagKey] = index
		set := make([]int, 0, 2*len(s.Tags))
		for _, tag := range s.Tags {
			set = append(set, b.string(tag.Key), b.string(tag.Value))
		}
		b.tables.TagSets = append(b.tables.TagSets, set)
		b.size += maxHeader + len(set)*maxInteger
	}
	return index
}

func (b *builder) string(text string) int {
	index, found := b.strings[text]
	if !found {
		index = len(b.tables.Strings)
		b.strings[text] = index
		b.tables.Strings = append(b.tables.Strings, text)
		b.size += maxHeader + len(text)
	}
	return index
}
