package delivery

import (
	"net/http"
	"strconv"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	holdTime     = time.Minute // between tries when only a person can mend it
)

// A parcel that the server fails at is set aside after so many failures over so long a time: the next ones may do better.
const (
	maxFailed  = 20
	maxFailing = 10 * time.Minute
)

// backoff is how long to wait after so many failures in a row, from 1: anything up to a bound that doubles each time, so
// that many generators do not come back at once. Random draws from [0, 1).
func backoff(failures int, random func() float64) time.Duration {
	bound := maxBackoff
	if doublings := failures - 1; doublings < 6 {
		bound = firstBackoff << doublings
	}
	return time.Duration(random() * float64(bound))
}

// retryAfter reads the header of that name, in seconds or as a date; 0 if there is none that can be read.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
