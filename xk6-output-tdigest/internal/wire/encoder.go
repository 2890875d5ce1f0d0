package wire

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/interval"
)

// headerRoom is what a message takes besides its source, its tables and its series, with space to spare.
const headerRoom = 2048

// A Batch is an encoded message, ready to be sent any number of times.
type Batch struct {
	Key     Key
	Samples uint64
	Body    []byte
}

// Limits bound one batch.
type Limits struct {
	Bytes  int // of the body, uncompressed
	Series int
}

// DefaultLimits are what every server takes.
var DefaultLimits = Limits{Bytes: 1 << 20, Series: 5000}

// An Encoder numbers and writes the batches of one instance.
type Encoder struct {
	instance   Instance
	run        string
	source     Source
	sourceSize int
	width      time.Duration
	account    *account.Account

	mu       sync.Mutex
	limits   Limits
	sequence uint64
}

// NewEncoder returns the encoder of an instance whose intervals are width long.
func NewEncoder(instance Instance, run string, source Source, width time.Duration, counts *account.Account) (*Encoder, error) {
	var encoded bytes.Buffer
	if err := newEncoder(&encoded).Encode(&source); err != nil {
		return nil, fmt.Errorf("encode the source: %w", err)
	}
	return &Encoder{
		instance: instance, run: run, source: source, sourceSize: encoded.Len(),
		width: width, account: counts, limits: DefaultLimits,
	}, nil
}

// Limit lowers the limits to what a server says it takes.
func (e *Encoder) Limit(server Limits) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.limits.Bytes = min(e.limits.Bytes, server.Bytes)
	e.limits.Series = min(e.limits.Series, server.Series)
}

// Encode writes an interval as one batch, or as several if it is large. The last one of the instance may be empty.
func (e *Encoder) Encode(span *interval.Interval, last bool) ([]Batch, error) {
	slices.SortFunc(span.Cells, func(a, b *interval.Cell) int { return a.Series.Compare(b.Series) })
	parts, err := e.split(span.Cells)
	if err != nil {
		return nil, err
	}
	e.account.Made(len(parts))
	counts := totalsOf(e.account.Totals())
	batches := make([]Batch, 0, len(parts))
	for i, part := range parts {
		m := part.tables
		m.Start = span.Start
		m.Part = [2]int{i + 1, len(parts)}
		m.Flags = flags(span, last && i == len(parts)-1)
		m.Account = counts
		batch, err := e.number(&m)
		if err != nil {
			return nil, err
		}
		batches = append(batches, batch)
	}
	return batches, nil
}

// split puts the series into as many messages as the limits ask for, and into one at least.
func (e *Encoder) split(cells []*interval.Cell) ([]*builder, error) {
	limits := e.room()
	bodies := newBodyEncoder()
	parts := []*builder{newBuilder()}
	for _, cell := range cells {
		body, err := bodies.encode(cell)
		if err != nil {
			return nil, err
		}
		part := parts[len(parts)-1]
		if !part.takes(cell.Series, body, limits) {
			part = newBuilder()
			parts = append(parts, part)
		}
		if err := part.add(cell.Series, body, cell.Count); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (e *Encoder) room() Limits {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Limits{Bytes: e.limits.Bytes - headerRoom - e.sourceSize - len(e.run), Series: e.limits.Series}
}

// number gives a message the next number and writes it.
func (e *Encoder) number(m *message) (Batch, error) {
	e.mu.Lock()
	e.sequence++
	m.Sequence = e.sequence
	e.mu.Unlock()
	m.Version = Version
	m.Instance = e.instance[:]
	m.Run = e.run
	m.Width = e.width.Milliseconds()
	if m.Sequence == 1 {
		m.Source = &e.source
	}
	return e.seal(m)
}

func (e *Encoder) seal(m *message) (Batch, error) {
	body, err := m.encode()
	if err != nil {
		return Batch{}, err
	}
	return Batch{Key: Key{e.instance, m.Sequence}, Samples: m.Samples, Body: body}, nil
}

func flags(span *interval.Interval, last bool) uint {
	return flagIf(span.CutAtStart, flagCutAtStart) | flagIf(span.CutAtEnd, flagCutAtEnd) |
		flagIf(span.Supplement, flagSupplement) | flagIf(last, flagLast)
}

func flagIf(set bool, bit uint) uint {
	if set {
		return bit
	}
	return 0
}
