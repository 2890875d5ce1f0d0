package delivery

import (
	"fmt"
	"testing"

	"xk6-output-tdigest/internal/wire"
)

func numbered(sequence uint64, size int) parcel {
	return parcel{key: wire.Key{Sequence: sequence}, body: make([]byte, size)}
}

func numbers(parcels []parcel) string {
	var shown []uint64
	for _, p := range parcels {
		shown = append(shown, p.key.Sequence)
	}
	return fmt.Sprint(shown)
}

func TestTheOldestParcelsMakeRoom(t *testing.T) {
	q := newQueue(100)
	for _, step := range []struct {
		number, size  int
		evicted, left string
	}{
		{1, 40, "[]", "[1]"},
		{2, 30, "[]", "[1 2]"},
		{3, 30, "[]", "[1 2 3]"}, // full to the byte
		{4, 1, "[1]", "[2 3 4]"},
		{5, 90, "[2 3]", "[4 5]"},
		{6, 500, "[4 5]", "[6]"},
		{7, 1, "[6]", "[7]"},
	} {
		evicted := q.push(numbered(uint64(step.number), step.size))

		if numbers(evicted) != step.evicted || numbers(q.parcels) != step.left {
			t.Errorf("for %d %s went and %s stayed, want %s and %s",
				step.number, numbers(evicted), numbers(q.parcels), step.evicted, step.left)
		}
	}
}

func TestParcelsThatComeBackCountAndGoFirst(t *testing.T) {
	q := newQueue(100)
	q.push(numbered(3, 50))
	q.pushFront(numbered(1, 20), numbered(2, 30))

	if q.bytes != 100 || numbers(q.parcels) != "[1 2 3]" {
		t.Errorf("%d bytes, %s", q.bytes, numbers(q.parcels))
	}
	if evicted := numbers(q.push(numbered(4, 1))); evicted != "[1]" {
		t.Errorf("%s went", evicted)
	}
	for range 3 {
		q.pop()
	}
	if q.bytes != 0 || !q.empty() {
		t.Errorf("%d bytes are left of nothing", q.bytes)
	}
}
