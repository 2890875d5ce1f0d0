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

func TestCaptureTellsWhatItLoses(t *testing.T) {
	for name, tc := range map[string]struct {
		text       string
		read, lost int
	}{
		"tags null":             {definition + strings.Replace(point, `{"a":"<b>"}`, "null", 1), 1, 0},
		"a byte order mark":     {"\ufeff" + definition + point, 1, 0},
		"two byte order marks":  {"\ufeff" + definition + point + "\n\ufeff" + definition + point, 2, 0},
		"Windows' line ends":    {strings.ReplaceAll(definition+point, "\n", "\r\n") + "\r\n\r\n", 1, 0},
		"a line that is cut":    {definition + point + "\n" + point[:40], 1, 1},
		"no time":               {definition + point + "\n" + strings.Replace(point, "time", "then", 1), 1, 1},
		"a number as a tag":     {definition + point + "\n" + strings.Replace(point, `"<b>"`, "1", 1), 1, 1},
		"another kind of line":  {definition + point + "\n" + strings.Replace(point, "Point", "Event", 1), 1, 1},
		"a type that is no one": {definition + point + "\n" + strings.Replace(definition, "trend", "odd", 1), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, read := newCapture(strings.NewReader(tc.text)), 0
			for {
				if _, err := c.next(); err != nil {
					break
				}
				read++
			}
			if read != tc.read || c.lost != tc.lost {
				t.Errorf("%d read and %d lost, want %d and %d", read, c.lost, tc.read, tc.lost)
			}
		})
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
