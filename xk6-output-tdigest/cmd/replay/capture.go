package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"xk6-output-tdigest/internal/series"
)

// A sample is one point of a capture.
type sample struct {
	metric series.Metric
	tags   map[string]string
	at     int64 // Unix ns
	value  float64
}

// A capture reads what k6's json output wrote: a definition of each metric before its first point, one a line.
type capture struct {
	lines   *bufio.Reader
	metrics map[string]series.Metric
	skipped int // lines that give no sample: k6 prints its summary to the same place, and k6 1.x writes an infinity bare
	lost    int // those of them that are not empty: each may have been a sample
}

var byteOrderMark = []byte("\ufeff")

func newCapture(from io.Reader) *capture {
	return &capture{lines: bufio.NewReaderSize(from, 1<<16), metrics: map[string]series.Metric{}}
}

// openCapture opens a file, unpacked or not.
func openCapture(name string) (*capture, io.Closer, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(name, ".gz") {
		return newCapture(file), file, nil
	}
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return newCapture(unpacked), file, nil
}

// next returns io.EOF after the last sample.
func (c *capture) next() (sample, error) {
	for {
		data, err := c.lines.ReadBytes('\n')
		if len(data) == 0 && err != nil {
			return sample{}, err
		}
		var read line
		data = bytes.TrimSpace(bytes.TrimPrefix(data, byteOrderMark))
		if json.Unmarshal(data, &read) != nil || !read.whole() {
			c.skip(data)
			continue
		}
		if read.Type == "Metric" {
			c.metrics[read.Metric] = read.metric()
			continue
		}
		metric, defined := c.metrics[read.Metric]
		if !defined {
			return sample{}, fmt.Errorf("metric %q has a point before its definition", read.Metric)
		}
		return sample{metric: metric, tags: read.Data.Tags, at: read.Data.Time.UnixNano(), value: read.Data.Value}, nil
	}
}

func (c *capture) skip(line []byte) {
	c.skipped++
	if len(line) > 0 {
		c.lost++
	}
}

// line is both kinds of lines: a definition has a type and contents, a point has a time, a value and tags.
type line struct {
	Type   string `json:"type"`
	Metric string `json:"metric"`
	Data   struct {
		Type     string            `json:"type"`
		Contains string            `json:"contains"`
		Time     time.Time         `json:"time"`
		Value    float64           `json:"value"`
		Tags     map[string]string `json:"tags"`
	} `json:"data"`
}

// whole tells whether a line is a definition of a known type, or a point with a time.
func (l line) whole() bool {
	if l.Type == "Metric" {
		return slices.Contains(series.Types, l.Data.Type)
	}
	return l.Type == "Point" && !l.Data.Time.IsZero()
}

func (l line) metric() series.Metric {
	return series.Metric{
		Name:     l.Metric,
		Type:     series.Type(max(0, slices.Index(series.Types, l.Data.Type))),
		Contains: series.Contains(max(0, slices.Index(series.Contents, l.Data.Contains))),
	}
}
