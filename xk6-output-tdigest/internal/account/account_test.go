package account

import (
	"reflect"
	"sync"
	"testing"
)

func TestTotalsAddUp(t *testing.T) {
	a := New()
	a.Saw(10)
	a.Closed(2, 500, 900)
	a.Closed(1, 100, 800)
	a.Made(3)
	a.Sent(5)
	a.Retried()
	a.Drop(NotFinite, 2)
	a.Drop(QueueFull, 1)
	a.Drop(QueueFull, 2)
	a.Drop(TooOld, 0)

	want := Totals{
		Seen: 10, Sent: 5, Late: 3, Batches: 3, Retries: 1, First: 100, Last: 900,
		Dropped: map[Cause]uint64{NotFinite: 2, QueueFull: 3},
	}
	if got := a.Totals(); !reflect.DeepEqual(got, want) || got.Lost() != 5 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTotalsAreACopy(t *testing.T) {
	a := New()
	before := a.Totals()
	a.Drop(Failed, 1)

	if before.Lost() != 0 {
		t.Error("the copy has changed")
	}
}

func TestAllGoroutinesMayCount(t *testing.T) {
	a := New()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				a.Saw(1)
				a.Drop(Failed, 1)
			}
		})
	}
	group.Wait()

	if got := a.Totals(); got.Seen != 800 || got.Lost() != 800 {
		t.Errorf("%+v", got)
	}
}
