package series

import (
	"fmt"
	"testing"
)

var (
	counter = Metric{Name: "http_reqs", Type: Counter}
	gauge   = Metric{Name: "vus", Type: Gauge}
)

func set(pairs ...string) map[string]string {
	tags := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		tags[pairs[i]] = pairs[i+1]
	}
	return tags
}

func TestTagsOfASeries(t *testing.T) {
	for name, tc := range map[string]struct {
		rules  Rules
		metric Metric
		tags   map[string]string
		want   string
	}{
		"sorted by key":               {Rules{}, counter, set("b", "2", "a", "1", "c", "3"), "[{a 1} {b 2} {c 3}]"},
		"empty values go":             {Rules{}, counter, set("group", "", "a", "1"), "[{a 1}]"},
		"empty keys go":               {Rules{}, counter, set("", "x"), "[]"},
		"a url that repeats the name": {Rules{}, counter, set("url", "GET /", "name", "GET /"), "[{name GET /}]"},
		"a url that says more":        {Rules{}, counter, set("url", "/1", "name", "item"), "[{name item} {url /1}]"},
		"a url without a name":        {Rules{}, counter, set("url", "/1"), "[{url /1}]"},
		"dropped":                     {Rules{DropTags: []string{"url", "x"}}, counter, set("url", "/1", "a", "1"), "[{a 1}]"},
		"kept":                        {Rules{KeepTags: []string{"a"}}, counter, set("b", "2", "a", "1"), "[{a 1}]"},
		"dropped though kept":         {Rules{KeepTags: []string{"a"}, DropTags: []string{"a"}}, counter, set("a", "1"), "[]"},
		"url kept without the name":   {Rules{KeepTags: []string{"url"}}, counter, set("url", "/", "name", "/"), "[{url /}]"},
		"added":                       {Rules{Tags: set("team", "web")}, counter, set("a", "1"), "[{a 1} {team web}]"},
		"added, though not kept":      {Rules{Tags: set("t", "w"), KeepTags: []string{"a"}}, counter, set("b", "1"), "[{t w}]"},
		"a sample's own tag wins":     {Rules{Tags: set("team", "web")}, counter, set("team", "pay"), "[{team pay}]"},
		"gauges name the instance":    {Rules{Instance: "gen-a"}, gauge, set("a", "1"), "[{a 1} {instance gen-a}]"},
		"unless it is named":          {Rules{Instance: "gen-a"}, gauge, set("instance", "i"), "[{instance i}]"},
		"or by an added tag":          {Rules{Instance: "x", Tags: set("instance", "i")}, gauge, set(), "[{instance i}]"},
		"only gauges do":              {Rules{Instance: "gen-a"}, counter, set(), "[]"},
		"broken UTF-8":                {Rules{}, counter, set("a", "x\xff"), "[{a x\uFFFD}]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(tc.rules.Series(tc.metric, tc.tags).Tags); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestNamesCarryThePrefix(t *testing.T) {
	rules := Rules{Prefix: "k6."}

	if got := rules.Series(counter, set()).Name; got != "k6.http_reqs" {
		t.Errorf("got %s", got)
	}
	if got := rules.Overflow(gauge); got.Name != "k6.vus" || fmt.Sprint(got.Tags) != "[{instance } {overflow true}]" {
		t.Errorf("got %s %v", got.Name, got.Tags)
	}
}

func TestMetricsAreSelectedByPattern(t *testing.T) {
	for name, tc := range map[string]struct {
		patterns []string
		metric   string
		want     bool
	}{
		"all by default":          {nil, "vus", true},
		"named":                   {[]string{"vus"}, "vus", true},
		"not named":               {[]string{"vus"}, "checks", false},
		"by pattern":              {[]string{"http_*", "vus"}, "http_reqs", true},
		"excluded":                {[]string{"!http_*"}, "http_reqs", false},
		"not excluded":            {[]string{"!http_*"}, "vus", true},
		"excluded from a pattern": {[]string{"http_*", "!http_req_blocked"}, "http_req_blocked", false},
		"the rest of a pattern":   {[]string{"!http_req_blocked", "http_*"}, "http_reqs", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Rules{Metrics: tc.patterns}).Selects(tc.metric); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestNoTwoSeriesHaveTheSameKey(t *testing.T) {
	known := map[string]*Series{}
	for _, s := range []*Series{
		New(Metric{Name: "m"}, set()),
		New(Metric{Name: "m"}, set("a", "1")),
		New(Metric{Name: "m"}, set("a", "1", "b", "2")),
		New(Metric{Name: "m"}, set("a", "1\x00b\x002")),
		New(Metric{Name: "m"}, set("a\x001\x00b", "2")),
		New(Metric{Name: "m"}, set("a", "1\x01b\x012")),
		New(Metric{Name: "m\x00a\x001"}, set("b", "2")),
		New(Metric{Name: "m\x01a\x011"}, set("b", "2")),
		New(Metric{Name: "m"}, set("a", "")),
		New(Metric{Name: "m"}, set("", "a")),
	} {
		if other, found := known[s.Key()]; found {
			t.Errorf("%s %q and %s %q have the same key", s.Name, s.Tags, other.Name, other.Tags)
		}
		known[s.Key()] = s
	}
}

func TestSeriesAreOrderedByNameThenTagsThenType(t *testing.T) {
	ordered := []*Series{
		New(Metric{Name: "a", Type: Trend}, set()),
		New(Metric{Name: "a"}, set("k", "1")),
		New(Metric{Name: "a"}, set("k", "2")),
		New(Metric{Name: "a", Type: Trend}, set("k", "2")),
		New(Metric{Name: "a"}, set("k", "2", "l", "1")),
		New(Metric{Name: "a"}, set("k", "22")), // a longer value is not a later one
		New(Metric{Name: "a"}, set("k", "3")),
		New(Metric{Name: "b"}, set()),
	}
	for i := range ordered[1:] {
		if ordered[i].Compare(ordered[i+1]) >= 0 || ordered[i+1].Compare(ordered[i]) <= 0 {
			t.Errorf("%d is not before %d", i, i+1)
		}
	}
}
