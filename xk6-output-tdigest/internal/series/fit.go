package series

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"unicode/utf8"
)

// The protocol's bounds of names. A server announces the length of names; the number of tags is fixed.
const (
	DefaultNameLength = 4096 // code points
	MinNameLength     = 16   // a server that announces less is taken to mean this
	MaxTags           = 64
)

const (
	hashDigits  = 8
	instanceTag = "instance"
)

// Shorten returns a valid text of at most limit characters: the text itself, or its beginning, an ellipsis and a hash of
// all of it. Characters are code points. The server's own sender has the same rule.
func Shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return prefix(text, limit-hashDigits-1) + "…" + hex.EncodeToString(sum[:])[:hashDigits]
}

// prefix is the first count characters of a longer text.
func prefix(text string, count int) string {
	for at := range text {
		if count == 0 {
			return text[:at]
		}
		count--
	}
	return text
}

// A fitter makes names and tags fit the server.
type fitter struct {
	limit     int
	shortened string // the first name that was shortened, in words
}

// shorten asks what the text is only for the first one that is too long: nearly none is.
func (f *fitter) shorten(text string, what func() string) string {
	short := Shorten(text, f.limit)
	if short != text && f.shortened == "" {
		f.shortened = fmt.Sprintf("%s, %d characters", what(), utf8.RuneCountInString(text))
	}
	return short
}

// tags shortens keys and values, and keeps the first MaxTags by key, the instance among them.
func (f *fitter) tags(metric string, tags map[string]string) (fitted []Tag, leftOut int) {
	pairs := make(map[string]string, len(tags))
	for _, raw := range slices.Sorted(maps.Keys(tags)) {
		key, value := validUTF8(raw), validUTF8(tags[raw])
		short := f.shorten(key, func() string { return "a tag key of " + start(metric) })
		pairs[short] = f.shorten(value, func() string {
			return fmt.Sprintf("the value of the tag %q of %s", start(key), start(metric))
		})
	}
	fitted = make([]Tag, 0, len(pairs))
	for key, value := range pairs {
		fitted = append(fitted, Tag{key, value})
	}
	sort.Slice(fitted, func(i, j int) bool { return fitted[i].Key < fitted[j].Key })
	return limitTags(fitted)
}

func limitTags(sorted []Tag) (kept []Tag, leftOut int) {
	if len(sorted) <= MaxTags {
		return sorted, 0
	}
	room := MaxTags
	if slices.ContainsFunc(sorted, isInstance) {
		room--
	}
	kept = make([]Tag, 0, MaxTags)
	for _, tag := range sorted {
		switch {
		case isInstance(tag):
			kept = append(kept, tag)
		case room > 0:
			kept = append(kept, tag)
			room--
		}
	}
	return kept, len(sorted) - MaxTags
}

func isInstance(tag Tag) bool { return tag.Key == instanceTag }

// start is the beginning of a name, for the log.
func start(name string) string { return prefix(name, 40) }
