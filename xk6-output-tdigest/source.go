package tdigest

import (
	"maps"
	"os"
	"path"
	"runtime/debug"

	"go.k6.io/k6/v2/lib"

	"xk6-output-tdigest/internal/wire"
)

// source says once where the samples come from.
func (o *Output) source(started clock) wire.Source {
	planned, _ := lib.GetEndOffset(o.params.ExecutionPlan)
	return wire.Source{
		Host:       hostname(),
		PID:        os.Getpid(),
		K6:         k6Version(),
		Extension:  version,
		Script:     o.scriptName(),
		Segment:    o.params.ScriptOptions.ExecutionSegment.String(),
		DurationMS: planned.Milliseconds(),
		IntervalMS: o.config.Interval.Milliseconds(),
		StartedMS:  started.set.UnixMilli(),
		Tags:       o.addedTags(),
		Thresholds: o.thresholdSources(),
	}
}

func (o *Output) scriptName() string {
	if o.params.ScriptPath == nil {
		return ""
	}
	return path.Base(o.params.ScriptPath.Path)
}

// addedTags are those that all series of this instance have unless they say otherwise.
func (o *Output) addedTags() map[string]string {
	tags := maps.Clone(o.config.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, o.params.ScriptOptions.RunTags)
	return tags
}

func (o *Output) thresholdSources() map[string]any {
	sources := make(map[string]any, len(o.thresholds))
	for metric, thresholds := range o.thresholds {
		expressions := make([]string, 0, len(thresholds.Thresholds))
		for _, threshold := range thresholds.Thresholds {
			expressions = append(expressions, threshold.Source)
		}
		sources[metric] = expressions
	}
	return sources
}

func userAgent() string { return "xk6-output-tdigest/" + version + " k6/" + k6Version() }

// k6Version is the version of k6 that this binary was built with; k6 does not export it.
func k6Version() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "go.k6.io/k6/v2" {
				return module.Version
			}
		}
	}
	return "unknown"
}
