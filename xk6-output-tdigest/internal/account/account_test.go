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
	a.LeftOut(4)
	a.DropBecause(QueueFull, 1, "away")
	a.DropBecause(QueueFull, 2, "busy")
	a.Drop(TooOld, 0)

	want := Totals{
		Seen: 10, Sent: 5, Late: 3, Batches: 3, Retries: 1, First: 100, Last: 900,
		LeftOut: 4, Dropped: map[Cause]uint64{NotFinite: 2, QueueFull: 3}, Reasons: map[Cause]string{QueueFull: "busy"},
	}
	if got := a.Totals(); !reflect.DeepEqual(got, want) || got.Lost() != 5 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLossesAreToldInWords(t *testing.T) {
	a := New()
	a.Drop(NotFinite, 2)
	a.DropBecause(Undelivered, 979, "the server answered 401 Unauthorized")

	want := "2 not finite, 979 undelivered (the server answered 401 Unauthorized)"
	if got := a.Totals().Losses(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTotalsAreACopy(t *testing.T) {
	a := New()
	before := a.Totals()
	a.DropBecause(Failed, 1, "a defect")

	if before.Lost() != 0 || len(before.Reasons) != 0 {
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
