// Package wiretest reads batches for tests, by the protocol's description alone: it shares no code with package wire.
package wiretest

import (
	"encoding/hex"
	"fmt"
	"reflect"

	"github.com/vmihailenco/msgpack/v5"
)

// A Batch is what a message means, in plain words. The JSON form stands beside the golden messages.
type Batch struct {
	Version  int64          `json:"v"`
	Instance string         `json:"iid"`
	Sequence int64          `json:"seq"`
	Run      string         `json:"run"`
	Source   map[string]any `json:"src,omitempty"`
	Start    int64          `json:"t0"`
	Width    int64          `json:"iv"`
	Flags    int64          `json:"fl"`
	Part     [2]int64       `json:"pt"`
	Samples  int64          `json:"n"`
	Account  map[string]any `json:"ac"`
	Series   []Series       `json:"series"`
}

// A Series is one series of a batch. Body holds the fields of its type.
type Series struct {
	Metric   string            `json:"metric"`
	Type     string            `json:"type"`
	Contains string            `json:"contains"`
	Tags     map[string]string `json:"tags"`
	Body     map[string]any    `json:"body"`
}

var (
	types    = []string{"counter", "gauge", "rate", "trend"}
	contents = []string{"default", "time", "data"}
	fields   = map[string][]string{
		"counter": {"sum", "n"},
		"gauge":   {"last", "last_ms", "min", "max", "sum", "n"},
		"rate":    {"nonzero", "total"},
		"trend":   {"n", "sum", "min", "max", "enc", "bytes"},
	}
)

// Read reads a message.
func Read(data []byte) (batch Batch, err error) {
	var decoded map[string]any
	if err := msgpack.Unmarshal(data, &decoded); err != nil {
		return batch, err
	}
	m := withOneInteger(decoded).(map[string]any)
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("not of the protocol's form: %v", defect)
		}
	}()
	part := m["pt"].([]any)
	batch = Batch{
		Version: m["v"].(int64), Instance: hex.EncodeToString(m["iid"].([]byte)), Sequence: m["seq"].(int64),
		Run: m["run"].(string), Start: m["t0"].(int64), Width: m["iv"].(int64), Flags: m["fl"].(int64),
		Part: [2]int64{part[0].(int64), part[1].(int64)}, Samples: m["n"].(int64), Account: m["ac"].(map[string]any),
		Series: []Series{},
	}
	batch.Source, _ = m["src"].(map[string]any)
	for _, entry := range m["se"].([]any) {
		series, err := readSeries(m, entry.([]any))
		if err != nil {
			return batch, err
		}
		batch.Series = append(batch.Series, series)
	}
	return batch, nil
}

func readSeries(m map[string]any, entry []any) (Series, error) {
	text := func(index any) string { return m["st"].([]any)[index.(int64)].(string) }
	metric := m["mt"].([]any)[entry[0].(int64)].([]any)
	set := m["tg"].([]any)[entry[1].(int64)].([]any)
	read := Series{
		Metric: text(metric[0]), Type: types[metric[1].(int64)], Contains: contents[metric[2].(int64)],
		Tags: map[string]string{}, Body: map[string]any{},
	}
	for i := 0; i < len(set); i += 2 {
		read.Tags[text(set[i])] = text(set[i+1])
	}
	names, values := fields[read.Type], entry[2].([]any)
	if len(values) != len(names) {
		return read, fmt.Errorf("%s: a %s has %d fields", read.Metric, read.Type, len(values))
	}
	for i, name := range names {
		read.Body[name] = values[i]
	}
	if read.Type == "trend" {
		return read, readDigest(read.Body)
	}
	return read, nil
}

// withOneInteger makes an int64 of all the widths of integers that msgpack tells apart.
func withOneInteger(value any) any {
	switch kind := value.(type) {
	case map[string]any:
		for key, inner := range kind {
			kind[key] = withOneInteger(inner)
		}
	case []any:
		for i, inner := range kind {
			kind[i] = withOneInteger(inner)
		}
	default:
		if of := reflect.ValueOf(value); of.CanInt() {
			return of.Int()
		} else if of.CanUint() {
			return int64(of.Uint())
		}
	}
	return value
}
