"""SubQuery → the JSON of `showQuery`, by which clients match results to questions; it reads back as the same query."""

from tsdbserver.model.query import FilterSpec, Query, Rate, SubQuery


def echo(sub: SubQuery, query: Query) -> dict[str, object]:
    """The sub query as OpenTSDB repeats it; `index` is its place among those of `query`."""
    return {
        "aggregator": sub.aggregator,
        "metric": sub.metric or None,
        "tsuids": list(sub.tsuids) or None,
        "downsample": str(sub.downsample) if sub.downsample else None,
        "rate": sub.rate is not None,
        "rateOptions": _rate_options(sub.rate) if sub.rate else None,
        "filters": [_filter(spec) for spec in sub.filters],
        "explicitTags": sub.explicit_tags,
        "percentiles": list(sub.percentiles) or None,
        "showHistogramBuckets": sub.show_histogram_buckets,
        "index": query.sub_queries.index(sub),
    }


def _filter(spec: FilterSpec) -> dict[str, object]:
    return {"tagk": spec.tag_key, "filter": spec.expression, "group_by": spec.group_by, "type": spec.shown_type}


def _rate_options(rate: Rate) -> dict[str, object]:
    return {
        "counter": rate.counter,
        "counterMax": rate.counter_max,
        "resetValue": rate.reset_value,
        "dropResets": rate.drop_resets,
    }
