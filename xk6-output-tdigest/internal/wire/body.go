package wire

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"xk6-output-tdigest/internal/digest"
	"xk6-output-tdigest/internal/interval"
	"xk6-output-tdigest/internal/series"
)

// The bodies of series, by the type of their metric. Each is an array of its fields in this order.
type (
	counterBody struct {
		_msgpack struct{} `msgpack:",as_array"`

		Sum   float64
		Count uint64
	}
	rateBody struct {
		_msgpack struct{} `msgpack:",as_array"`

		NonZero uint64
		Total   uint64
	}
	gaugeBody struct {
		_msgpack struct{} `msgpack:",as_array"`

		Last   float64
		LastMS int64
		Min    float64
		Max    float64
		Sum    float64
		Count  uint64
	}
	trendBody struct {
		_msgpack struct{} `msgpack:",as_array"`

		Count    uint64
		Sum      float64
		Min      float64
		Max      float64
		Encoding int
		Digest   []byte
	}
)

// bodyEncoder turns cells into bodies, in a space that it uses again for the next.
type bodyEncoder struct {
	encoded bytes.Buffer
	digest  []byte
	encoder *msgpack.Encoder
}

func newBodyEncoder() *bodyEncoder {
	b := &bodyEncoder{}
	b.encoder = newEncoder(&b.encoded)
	return b
}

// encode returns bytes that are valid until the next call.
func (b *bodyEncoder) encode(cell *interval.Cell) ([]byte, error) {
	b.encoded.Reset()
	if err := b.encoder.Encode(b.body(cell)); err != nil {
		return nil, fmt.Errorf("encode %s: %w", cell.Series.Name, err)
	}
	return b.encoded.Bytes(), nil
}

func (b *bodyEncoder) body(cell *interval.Cell) any {
	switch cell.Series.Type {
	case series.Counter:
		return &counterBody{Sum: cell.Sum, Count: cell.Count}
	case series.Rate:
		return &rateBody{NonZero: cell.NonZero, Total: cell.Count}
	case series.Gauge:
		return &gaugeBody{
			Last: cell.Last, LastMS: cell.LastMilliseconds(), Min: cell.Min, Max: cell.Max, Sum: cell.Sum, Count: cell.Count,
		}
	default:
		d := cell.Digest
		b.digest = d.Append(b.digest[:0])
		return &trendBody{
			Count: d.Count(), Sum: d.Sum(), Min: d.Min(), Max: d.Max(), Encoding: digest.Encoding, Digest: b.digest,
		}
	}
}

// bodySamples reads from a body how many samples it stands for.
func bodySamples(kind series.Type, body []byte) (uint64, error) {
	switch kind {
	case series.Counter:
		var counter counterBody
		err := msgpack.Unmarshal(body, &counter)
		return counter.Count, err
	case series.Rate:
		var rate rateBody
		err := msgpack.Unmarshal(body, &rate)
		return rate.Total, err
	case series.Gauge:
		var gauge gaugeBody
		err := msgpack.Unmarshal(body, &gauge)
		return gauge.Count, err
	default:
		var trend trendBody
		err := msgpack.Unmarshal(body, &trend)
		return trend.Count, err
	}
}
