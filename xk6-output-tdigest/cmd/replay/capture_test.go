package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"xk6-output-tdigest/internal/series"
)

const (
	definition = `{"type":"Metric","data":{"name":"wait","type":"trend","contains":"time","thresholds":[]},"metric":"wait"}` + "\n"
	point      = `{"metric":"wait","type":"Point","data":{"time":"2026-11-22T01:01:56.3Z","value":1e-7,"tags":{"a":"<b>"}}}`
)

func TestCaptureReadsPointsOfDefinedMetrics(t *testing.T) {
	c := newCapture(strings.NewReader(definition + point))

	s, err := c.next()

	if err != nil || s.metric != (series.Metric{Name: "wait", Type: series.Trend, Contains: series.Time}) ||
		s.at != 1_795_309_316_300_000_000 || s.value != 1e-7 || s.tags["a"] != "<b>" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last sample: %v", err)
	}
}

func TestCaptureSkipsLinesOfOthers(t *testing.T) {
	infinite := strings.Replace(point, "1e-7", "+Inf", 1)
	c := newCapture(strings.NewReader("     execution: local\n\n" + definition + infinite + "\n" + point + "\n"))

	if s, err := c.next(); err != nil || s.value != 1e-7 || c.skipped != 3 {
		t.Errorf("%+v, %v, %d skipped", s, err, c.skipped)
	}
}

func TestCaptureRefusesAPointWithoutADefinition(t *testing.T) {
	_, err := newCapture(strings.NewReader(point)).next()

	if err == nil || !strings.Contains(fmt.Sprint(err), `"wait"`) {
		t.Errorf("%v", err)
	}
}

func TestReplayNeedsAFile(t *testing.T) {
	if err := replayAll(nil); err == nil {
		t.Error("nothing was replayed without a complaint")
	}
	if err := replayAll([]string{"nosuch.jsonl"}); err == nil {
		t.Error("a file that is not there was replayed")
	}
}
