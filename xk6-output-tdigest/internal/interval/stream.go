package interval

import (
	"slices"

	"xk6-output-tdigest/internal/series"
)

// A Stream is where the samples of one series are folded. It outlives the intervals.
type Stream struct {
	series   *series.Series
	overflow bool    // it stands for all series beyond the limit
	cells    []*Cell // of the intervals not yet closed
	lastUsed int64   // when a cell was last opened
}

// Idle tells whether the stream has seen no new interval since a time, and keeps nothing.
func (s *Stream) Idle(since int64) bool { return len(s.cells) == 0 && s.lastUsed < since }

// Overflow tells whether the stream stands for all series beyond the limit.
func (s *Stream) Overflow() bool { return s.overflow }

// cell finds the stream's cell of an interval that is not yet closed. There are rarely more than two.
func (s *Stream) cell(start int64) *Cell {
	for _, cell := range s.cells {
		if cell.start == start {
			return cell
		}
	}
	return nil
}

func (s *Stream) open(cell *Cell, now int64) {
	s.cells = append(s.cells, cell)
	s.lastUsed = now
}

func (s *Stream) close(cell *Cell) {
	s.cells = slices.DeleteFunc(s.cells, func(c *Cell) bool { return c == cell })
}
