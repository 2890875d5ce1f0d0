"""SubQuery → the JSON of `showQuery`, by which clients match results to questions; it reads back as the same query."""

from base64 import b64encode
from collections.abc import Sequence

from tsdbserver.model.query import FilterSpec, Query, Rate, SubQuery

_UID_BYTES = 3
_NOT_HERE = {
    "rollupTable": "raw",
    "rollupUsage": None,
    "preAggregate": False,
    "useFuzzyFilter": True,
    "useMultiGets": True,
}
"""What says how OpenTSDB reads its tables: its defaults, for there are no roll-ups here, and no tables."""


def echo(sub: SubQuery, query: Query, filter_keys: Sequence[int] = ()) -> dict[str, object]:
    """The sub query as OpenTSDB repeats it; `index` is its place among those of `query`, `filter_keys` are the ids of
    its filters' keys.
    """
    return {
        "aggregator": sub.aggregator,
        "metric": sub.metric or None,
        "tsuids": list(sub.tsuids) or None,
        "downsample": str(sub.downsample) if sub.downsample else None,
        "rate": sub.rate is not None,
        "rateOptions": _rate_options(sub.rate) if sub.rate else None,
        # Before the filters: where both are read, the later ones count, and these say less.
        "tags": {spec.tag_key: f"{spec.shown_type}({spec.expression})" for spec in sub.filters if spec.group_by},
        "filters": [_filter(spec) for spec in sub.filters],
        "filterTagKs": [b64encode(key.to_bytes(_UID_BYTES)).decode() for key in filter_keys] or None,
        "explicitTags": sub.explicit_tags,
        "percentiles": list(sub.percentiles) or None,
        "showHistogramBuckets": sub.show_histogram_buckets,
        "histogramQuery": bool(sub.percentiles or sub.show_histogram_buckets),
        "index": query.index(sub),
        **_NOT_HERE,
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
