package delivery

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"xk6-output-tdigest/internal/account"
)

// A verdict is what an answer means for a parcel.
type verdict int

const (
	stored  verdict = iota
	retry           // later the same may succeed
	hold            // it will not succeed before somebody mends the server or the settings
	halve           // it is too large
	discard         // it can never succeed
)

// An answer is what came back for a parcel, or why nothing did.
type answer struct {
	verdict verdict
	cause   account.Cause // of a discard
	wait    time.Duration // asked for by the server, 0 if not
	receipt receipt       // of a stored parcel
	failed  bool          // the server failed at this very parcel, as far as one can tell
	reason  string        // for the log
}

// A receipt is the server's word on a batch that it has stored.
type receipt struct {
	OK        bool      `json:"ok"`
	Duplicate bool      `json:"dup"`
	Refused   []refusal `json:"refused"`
}

// A refusal names one series of a batch that was not stored: [index, reason].
type refusal struct {
	index  int
	reason string
}

func (r *refusal) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&r.index, &r.reason})
}

// indices are those of the refused series, each once.
func (r receipt) indices() []int {
	indices := make([]int, 0, len(r.Refused))
	for _, refused := range r.Refused {
		indices = append(indices, refused.index)
	}
	slices.Sort(indices)
	return slices.Compact(indices)
}

// judgeStatus is the protocol's table. What it does not name is retried if it is the server's fault, else dropped.
func judgeStatus(status int) (verdict, account.Cause) {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusUpgradeRequired:
		return hold, ""
	case http.StatusConflict:
		return discard, account.Conflict
	case http.StatusRequestEntityTooLarge:
		return halve, ""
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return retry, ""
	}
	switch {
	case status >= 500:
		return retry, ""
	case status >= 400:
		return discard, account.Rejected
	default:
		return hold, "" // a redirection or the like: not our server
	}
}

// judge reads an answer that came back whole.
func judge(status int, header http.Header, body []byte, now time.Time) answer {
	if status != http.StatusOK {
		judged := answer{wait: retryAfter(header, now), reason: describe(status, body)}
		judged.verdict, judged.cause = judgeStatus(status)
		judged.failed = status == http.StatusInternalServerError // what is in front of a server that is away says 502 to 504
		return judged
	}
	var r receipt
	if err := json.Unmarshal(body, &r); err != nil || !r.OK {
		// Something between us and the server may have answered in its place.
		return answer{verdict: retry, reason: fmt.Sprintf("the answer is no receipt: %.100q", body)}
	}
	return answer{verdict: stored, receipt: r}
}

func describe(status int, body []byte) string {
	said := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", status, http.StatusText(status)))
	if len(body) == 0 {
		return said
	}
	return fmt.Sprintf("%s: %.200q", said, body)
}
