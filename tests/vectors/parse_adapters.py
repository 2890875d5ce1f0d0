"""Adapters of the kinds that read text and check names."""

import numpy as np
import orjson

from aggregators import FillPolicy
from tests.vectors.stores import column, filled, planned
from tsdbserver.errors import BadPoint
from tsdbserver.model.calendar import previous_interval
from tsdbserver.model.query import Downsample, FilterSpec, Query, Shown, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import Duration, TimeSpan, parse_duration, parse_time
from tsdbserver.model.zone import parse_zone
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.wire.points.rules import check_names
from tsdbserver.wire.points.telnet_tags import parse_tags
from tsdbserver.wire.query.json_query import parse_query
from tsdbserver.wire.query.legacy_filter import legacy_filter
from tsdbserver.wire.query.uri_query import parse_m, parse_metric, parse_tsuid
from tsdbserver.wire.results.query_result import render

NOON = 1356998400_000


def parse_time_(given):
    time = parse_time(given["text"], given["now"], given.get("tz", ""))
    return {"ms": -1 if time is None else time}


def parse_duration_(given):
    return {"ms": parse_duration(given["text"])}


def duration_units(given):
    duration = Duration.parse(given["text"])
    return {"unit": duration.unit, "count": duration.count}


def previous_interval_(given):
    step = Duration(given["count"], given["unit"])
    return {"ts": previous_interval(given["ts"], step, parse_zone(given["tz"]))}


def parse_downsample(given):
    downsample = Downsample.parse(given["spec"])
    planned(SubQuery("sum", "m", downsample), TimeSpan(NOON, NOON), filled("m", [{"tags": {}, "points": [[NOON, 1]]}]))
    return {
        "interval": str(downsample).split("-")[0].removesuffix("c"),
        "interval_ms": downsample.interval,
        "agg": downsample.function,
        "fill": downsample.fill.value,
        "calendar": downsample.calendar,
        "run_all": downsample.interval is None,
    }


def parse_m_(given):
    return _sub_query(parse_m(given["m"]))


def parse_tsuid_(given):
    return _sub_query(parse_tsuid(given["tsuid"]))


def _sub_query(sub):
    rate = sub.rate
    return {
        "aggregator": sub.aggregator,
        "metric": sub.metric,
        "tsuids": list(sub.tsuids),
        "downsample": str(sub.downsample) if sub.downsample else None,
        "rate": rate is not None,
        "rateOptions": rate and {
            "counter": rate.counter, "counterMax": rate.counter_max, "resetValue": rate.reset_value,
            "dropResets": rate.drop_resets,
        },
        "explicit_tags": sub.explicit_tags,
        "filters": [_filter(spec) for spec in sub.filters],
        "percentiles": list(sub.percentiles),
        "showHistogramBuckets": sub.show_histogram_buckets,
    }  # fmt: skip


def parse_metric_(given):
    metric, filters = parse_metric(given["text"])
    built_in_filters().build_all(filters)
    return {"metric": metric, "filters": [_filter(spec) for spec in filters]}


def _filter(spec):
    return {"tagk": spec.tag_key, "type": spec.shown_type, "filter": spec.expression, "group_by": spec.group_by}


def filter_parse(given):
    if "text" in given:
        spec = legacy_filter(given["tagk"], given["text"], group_by=True)
    else:
        spec = FilterSpec(given["type"], given["tagk"], given["filter"])
    built_in_filters().build(spec)
    return _filter(spec)


def filter_match(given):
    built = built_in_filters().build(FilterSpec(given["type"], given["tagk"], given["expr"]))
    value = given["tags"].get(built.tag_key)
    return {"match": built.absent if value is None else built.matches(value)}


def validate_query(given):
    query = parse_query(orjson.dumps(given["query"]), given["now"])
    for sub in query.sub_queries:
        tags = {spec.tag_key: spec.expression for spec in sub.filters}
        planned(sub, query.span, filled(sub.metric, [{"tags": tags, "points": [[NOON, 1]]}]))
    return {"ok": True, "start_ms": query.span.start, "end_ms": query.span.end}


def name_check(given):
    try:
        check_names(given["text"], {})
    except BadPoint:
        return {"ok": False}
    return {"ok": True}


def parse_tag(given):
    return {"tags": parse_tags(given["words"])}


def format_result(given):
    options = given["options"]
    asked = SubQuery("sum", "m", Downsample(1, "sum", FillPolicy(options.get("fill", "none"))))
    times = np.array([time for time, _ in given["points"]], np.int64)
    result = ResultSeries("m", {}, [], times, column(given["points"]), asked)
    shown = Shown(ms_resolution=options.get("msResolution", False), arrays=options.get("arrays", False))
    query = Query(TimeSpan(0, NOON), [asked], shown)
    return {"dps": orjson.loads(render([result], query))[0]["dps"]}


KINDS = {
    "filter_match": filter_match,
    "filter_parse": filter_parse,
    "format_result": format_result,
    "name_check": name_check,
    "parse_downsample": parse_downsample,
    "parse_duration": parse_duration_,
    "duration_units": duration_units,
    "parse_m": parse_m_,
    "parse_metric": parse_metric_,
    "parse_tag": parse_tag,
    "parse_time": parse_time_,
    "parse_tsuid": parse_tsuid_,
    "previous_interval": previous_interval_,
    "validate_query": validate_query,
}
