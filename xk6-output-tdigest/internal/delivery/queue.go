package delivery

import "sync"

// A queue holds parcels, oldest first, up to a number of bytes.
type queue struct {
	limit int
	ready chan struct{} // holds a token when parcels may have come

	mu      sync.Mutex
	parcels []parcel
	bytes   int
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, ready: make(chan struct{}, 1)}
}

// push appends a parcel. To make room the oldest parcels go, and are returned; the newest stays, whatever its size.
func (q *queue) push(p parcel) (evicted []parcel) {
	q.mu.Lock()
	q.parcels = append(q.parcels, p)
	q.bytes += len(p.body)
	for q.bytes > q.limit && len(q.parcels) > 1 {
		evicted = append(evicted, q.removeFirst())
	}
	q.mu.Unlock()
	q.signal()
	return evicted
}

// pushFront puts parcels before all others: they are the oldest, and have been let in already.
func (q *queue) pushFront(parcels ...parcel) {
	q.mu.Lock()
	q.parcels = append(parcels, q.parcels...)
	for _, p := range parcels {
		q.bytes += len(p.body)
	}
	q.mu.Unlock()
	q.signal()
}

// pop takes out the oldest parcel.
func (q *queue) pop() (parcel, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.parcels) == 0 {
		return parcel{}, false
	}
	return q.removeFirst(), true
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.parcels) == 0
}

func (q *queue) removeFirst() parcel {
	first := q.parcels[0]
	q.parcels[0] = parcel{} // let its body go
	q.parcels = q.parcels[1:]
	q.bytes -= len(first.body)
	return first
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
