package series

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Rules turn k6's metrics and tags into the series that are sent.
type Rules struct {
	Prefix   string            // before every metric name
	Instance string            // the tag `instance` of gauges, whose values of several generators must stay apart
	Tags     map[string]string // added where a sample has no such tag itself
	DropTags []string
	KeepTags []string // if any, all other tags are dropped
	Metrics  []string // patterns of names to send; a leading ! excludes

	NameLength int // characters that the server takes in a name, 0 for DefaultNameLength
}

// Selects tells whether samples of a metric are sent: it matches no exclusion and, if any names are given, one of them.
func (r Rules) Selects(metric string) bool {
	selected, wanted := false, false
	for _, pattern := range r.Metrics {
		excluded, exclusion := strings.CutPrefix(pattern, "!")
		if exclusion && matches(excluded, metric) {
			return false
		}
		if !exclusion {
			wanted = true
			selected = selected || matches(pattern, metric)
		}
	}
	return selected || !wanted
}

// Series is where a sample of a metric with these tags belongs. It takes the tags for its own.
func (r Rules) Series(metric Metric, tags map[string]string) *Series {
	maps.DeleteFunc(tags, func(key, value string) bool { return key == "" || value == "" || !r.keeps(key) })
	if tags["url"] == tags["name"] {
		delete(tags, "url") // k6 sets it to the name of a request that has one
	}
	for key, value := range r.Tags {
		if _, given := tags[key]; !given {
			tags[key] = value
		}
	}
	return r.fit(metric, tags)
}

// Overflow is the one series that takes all samples of a metric once there are too many series.
func (r Rules) Overflow(metric Metric) *Series {
	return r.fit(metric, map[string]string{"overflow": "true"})
}

func (r Rules) fit(metric Metric, tags map[string]string) *Series {
	length := r.NameLength
	if length <= 0 {
		length = DefaultNameLength
	}
	return Fit(r.named(metric), r.withInstance(metric, tags), length)
}

func (r Rules) named(metric Metric) Metric {
	metric.Name = r.Prefix + metric.Name
	return metric
}

func (r Rules) withInstance(metric Metric, tags map[string]string) map[string]string {
	if _, given := tags[instanceTag]; metric.Type == Gauge && !given {
		tags[instanceTag] = r.Instance
	}
	return tags
}

func (r Rules) keeps(key string) bool {
	if slices.Contains(r.DropTags, key) {
		return false
	}
	return len(r.KeepTags) == 0 || slices.Contains(r.KeepTags, key)
}

func matches(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return matched && err == nil
}
