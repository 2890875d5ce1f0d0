package wire

import (
	"fmt"
	"math"

	"github.com/vmihailenco/msgpack/v5"

	"xk6-output-tdigest/internal/series"
)

// Halve answers a server that finds a batch too large: it makes two of the batch under new numbers, and an empty one
// under the old number, so that no gap stays in the numbers. Of a single series only the empty one is left, and the
// samples of the series are lost; of an empty batch nothing is left, for it has no smaller form.
func (e *Encoder) Halve(whole Batch) (batches []Batch, lost uint64, err error) {
	m, err := decode(whole.Body)
	if err != nil {
		return nil, 0, err
	}
	if len(m.Series) == 0 {
		return nil, 0, nil
	}
	empty, err := e.seal(emptied(m))
	if err != nil {
		return nil, 0, err
	}
	if len(m.Series) < 2 {
		return []Batch{empty}, whole.Samples, nil
	}
	batches = []Batch{empty}
	middle := len(m.Series) / 2
	for i, entries := range [][]msgpack.RawMessage{m.Series[:middle], m.Series[middle:]} {
		half, err := m.part(entries)
		if err != nil {
			return nil, 0, err
		}
		half.Part = [2]int{2*m.Part[0] - 1 + i, 2 * m.Part[1]}
		if i == 0 {
			half.Flags &^= flagLast
		}
		batch, err := e.number(half)
		if err != nil {
			return nil, 0, err
		}
		batches = append(batches, batch)
	}
	e.account.Made(2)
	return batches, 0, nil
}

// SamplesOf reads how many samples some series of a batch stand for, by their indices.
func (b Batch) SamplesOf(indices []int) (uint64, error) {
	m, err := decode(b.Body)
	if err != nil {
		return 0, err
	}
	samples := uint64(0)
	for _, index := range indices {
		if index < 0 || index >= len(m.Series) {
			return 0, fmt.Errorf("batch %d has no series %d", m.Sequence, index)
		}
		_, _, count, err := m.read(m.Series[index])
		if err != nil {
			return 0, err
		}
		samples += count
	}
	return samples, nil
}

// emptied is the message without its series. It is the last of the instance only if nothing follows in its stead.
func emptied(m *message) *message {
	empty := *m
	tables := newBuilder().tables
	empty.Strings, empty.TagSets, empty.Metrics, empty.Series = tables.Strings, tables.TagSets, tables.Metrics, tables.Series
	empty.Samples = 0
	if len(m.Series) > 1 {
		empty.Flags &^= flagLast
	}
	return &empty
}

// part is the message with some of its entries, and with tables of what these use.
func (m *message) part(entries []msgpack.RawMessage) (*message, error) {
	tables := newBuilder()
	for _, raw := range entries {
		s, body, samples, err := m.read(raw)
		if err != nil {
			return nil, err
		}
		if err := tables.add(s, body, samples); err != nil {
			return nil, err
		}
	}
	part := tables.tables
	part.Start, part.Flags, part.Account = m.Start, m.Flags, m.Account
	return &part, nil
}

// read looks an entry up in the message's tables.
func (m *message) read(raw msgpack.RawMessage) (s *series.Series, body []byte, samples uint64, err error) {
	var e entry
	if err := msgpack.Unmarshal(raw, &e); err != nil {
		return nil, nil, 0, fmt.Errorf("decode series: %w", err)
	}
	row := m.Metrics[e.Metric]
	metric := series.Metric{Name: m.Strings[row[0]], Type: series.Type(row[1]), Contains: series.Contains(row[2])}
	tags := map[string]string{}
	set := m.TagSets[e.TagSet]
	for i := 0; i < len(set); i += 2 {
		tags[m.Strings[set[i]]] = m.Strings[set[i+1]]
	}
	if samples, err = bodySamples(metric.Type, e.Body); err != nil {
		return nil, nil, 0, fmt.Errorf("decode the body of %s: %w", metric.Name, err)
	}
	return series.Fit(metric, tags, math.MaxInt), e.Body, samples, nil
}
