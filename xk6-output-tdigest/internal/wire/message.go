// Package wire writes batches: version 1 of the protocol, in msgpack, equal bytes for equal content.
package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"xk6-output-tdigest/internal/account"
)

// Version is the protocol's version.
const Version = 1

// An Instance names one run of the output, for as long as it lasts.
type Instance [16]byte

func (i Instance) String() string { return hex.EncodeToString(i[:]) }

// A Key names a batch. The server stores one batch a key, however often it is sent.
type Key struct {
	Instance Instance
	Sequence uint64
}

func (k Key) String() string { return fmt.Sprintf("%s-%d", k.Instance, k.Sequence) }

// The flags of a batch.
const (
	flagCutAtStart = 1 << iota // the interval began before the output did
	flagCutAtEnd               // the interval was cut by the end of the run
	flagSupplement             // late samples for an interval sent before
	flagLast                   // no further batch of this instance, but for parts of one that was too large
)

// A Source says once, in the first batch, where an instance's samples come from.
type Source struct {
	Host       string            `msgpack:"host"`
	PID        int               `msgpack:"pid"`
	K6         string            `msgpack:"k6"`
	Extension  string            `msgpack:"extension"`
	Script     string            `msgpack:"script"`
	Segment    string            `msgpack:"segment"`
	DurationMS int64             `msgpack:"duration_ms"` // planned
	IntervalMS int64             `msgpack:"interval_ms"`
	StartedMS  int64             `msgpack:"started_ms"`
	Tags       map[string]string `msgpack:"tags"`
	Thresholds map[string]any    `msgpack:"thresholds"` // metric: list of expressions
}

// message is a batch as it travels. The order of the fields is that of the keys.
type message struct {
	Version  int                  `msgpack:"v"`
	Instance []byte               `msgpack:"iid"`
	Sequence uint64               `msgpack:"seq"`
	Run      string               `msgpack:"run"`
	Source   *Source              `msgpack:"src,omitempty"`
	Start    int64                `msgpack:"t0"` // Unix ms
	Width    int64                `msgpack:"iv"` // ms
	Flags    uint                 `msgpack:"fl"`
	Part     [2]int               `msgpack:"pt"` // this one, counted from 1, and how many there are
	Strings  []string             `msgpack:"st"`
	TagSets  [][]int              `msgpack:"tg"` // key and value indices in Strings, by turns
	Metrics  [][3]int             `msgpack:"mt"` // name index in Strings, type, contents
	Series   []msgpack.RawMessage `msgpack:"se"` // entries
	Samples  uint64               `msgpack:"n"`
	Account  totals               `msgpack:"ac"`
}

// entry is one series of a message.
type entry struct {
	_msgpack struct{} `msgpack:",as_array"`

	Metric int
	TagSet int
	Body   msgpack.RawMessage
}

// totals are the instance's account at the time the batch was made.
type totals struct {
	Seen    uint64         `msgpack:"seen"`
	Sent    uint64         `msgpack:"sent"`
	Late    uint64         `msgpack:"late"`
	Dropped map[string]any `msgpack:"dropped"` // cause: samples
	Batches uint64         `msgpack:"batches"`
	Retries uint64         `msgpack:"retries"`
	FirstMS int64          `msgpack:"first_ms"`
	LastMS  int64          `msgpack:"last_ms"`
}

func totalsOf(t account.Totals) totals {
	dropped := make(map[string]any, len(t.Dropped))
	for cause, samples := range t.Dropped {
		dropped[string(cause)] = samples
	}
	return totals{
		Seen: t.Seen, Sent: t.Sent, Late: t.Late, Dropped: dropped,
		Batches: t.Batches, Retries: t.Retries, FirstMS: t.First, LastMS: t.Last,
	}
}

func (m *message) encode() ([]byte, error) {
	var body bytes.Buffer
	if err := newEncoder(&body).Encode(m); err != nil {
		return nil, fmt.Errorf("encode batch %d: %w", m.Sequence, err)
	}
	return body.Bytes(), nil
}

func decode(body []byte) (*message, error) {
	var m message
	if err := msgpack.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("decode batch: %w", err)
	}
	return &m, nil
}

// newEncoder makes the choices that decide the bytes: the shortest integers, float64 always, maps by key.
func newEncoder(to *bytes.Buffer) *msgpack.Encoder {
	encoder := msgpack.NewEncoder(to)
	encoder.UseCompactInts(true)
	encoder.SetSortMapKeys(true)
	return encoder
}
