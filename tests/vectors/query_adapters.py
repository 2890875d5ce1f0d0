"""Adapters of the kinds that compute: aggregators by themselves, and queries through planner and engine."""

from dataclasses import replace

import numpy as np
import orjson

import aggregators
from aggregators import FillPolicy
from tests.vectors.stores import ENOUGH, add, answered, column, filled, planned, points_of
from tsdbserver.errors import TsdbError
from tsdbserver.model.calendar import previous_interval
from tsdbserver.model.query import COUNTER_MAX, Downsample, Rate, SubQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS, Duration, TimeSpan, floor_to
from tsdbserver.model.uid import NameKind
from tsdbserver.model.zone import parse_zone
from tsdbserver.query.select.derived_metrics import Companions
from tsdbserver.query.select.lookup import look_up
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.metadata.lookup import parse_lookup_json, parse_lookup_uri
from tsdbserver.wire.query.json_query import parse_query

NOW = 1_700_000_000_000


def aggregator_values(given):
    values = given["values"]
    points = points_of(values) if isinstance(values, dict) else [[0, value] for value in values]
    # A run of an aggregator over series: what has no value is NaN, as under the fill policy nan.
    slot = aggregators.builtin()[given["agg"]].under(FillPolicy.NAN).make_list(1)
    slot.add_many(np.zeros(len(points), np.intp), column(points))
    return {"value": float(slot.to_array()[0])}


def aggregate(given):
    series = [{**one, "tags": {"series": str(position)}} for position, one in enumerate(given["series"])]
    sub = SubQuery(given["agg"], "m", rate=Rate() if given["rate"] else None)
    if "downsample" in given:
        width, function = given["downsample"]["interval_ms"], given["downsample"]["agg"]
        sub = replace(sub, downsample=Downsample(width, function, step=Duration(width, "ms")))
    return {"points": _points(answered(sub, TimeSpan(given["start"], given["end"]), filled("m", series)))}


def rate(given):
    options = given["options"]
    asked = Rate(
        options.get("counter", False), options.get("counterMax", COUNTER_MAX), options.get("resetValue", 0),
        options.get("dropResets", False),
    )  # fmt: skip
    times = [time for time, _ in given["points"]]
    span = TimeSpan(min(times), max(times))
    return {"points": _points(answered(SubQuery("sum", "m", rate=asked), span, filled("m", [given])))}


def downsample(given):
    asked = Downsample.parse(given["spec"])
    if given.get("calendar"):
        asked = replace(asked, calendar=True)
    zone = parse_zone(given.get("tz", ""))
    series = {"points": points_of(given["series"])}
    span = _span(given, asked, zone, [time for time, _ in series["points"]] or [0])
    return {"points": _points(answered(SubQuery("sum", "m", asked), span, filled("m", [series]), zone))}


def _span(given, asked, zone, times):
    """The query's span that shows the buckets which the vector is about."""
    if asked.interval is None:
        return TimeSpan(
            given.get("query_start", times[0]), min(given.get("query_end", times[-1] + 1), MAX_TIMESTAMP_MS)
        )
    if "end" in given:
        return TimeSpan(_aligned(given["start"], asked, zone), _aligned(given["end"], asked, zone) - 1)
    return TimeSpan(given.get("start", _aligned(times[0], asked, zone)), times[-1])


def _aligned(time, asked, zone):
    return previous_interval(time, asked.step, zone) if asked.calendar else floor_to(time, asked.interval)


def _points(results):
    return results[0]["points"] if results else []


def query(given):
    asked = {"metric": given["metric"], **given["query"]}
    span = {end: asked.pop(end) for end in ("start", "end")}
    read = parse_query(orjson.dumps({**span, "queries": [asked]}), NOW)
    return {"results": answered(read.sub_queries[0], read.span, filled(given["metric"], given["series"]))}


def scan_window(given):
    width = given["interval_s"] * 1000
    span = TimeSpan(given["start_s"] * 1000, given["end_s"] * 1000)
    sub = SubQuery("sum", "m", Downsample(width, "sum", step=Duration(width, "ms")))
    scan = planned(sub, span, filled("m", [{"points": [[span.start, 1]]}])).scan
    return {"scan_start_s": scan.start // 1000, "scan_end_s": (scan.end + 1) // 1000}


def lookup(given):
    store = RingStore(ENOUGH)
    for series in given["series"]:
        add(store, series["metric"], {"tags": series["tags"], "points": [[NOW, 1]]})
    for name in given["metrics_without_series"]:
        store.mint(NameKind.METRIC, name)
    try:
        found = look_up(_lookup(given), store, store, Companions(aggregators.builtin()))
    except TsdbError as error:
        return {"status": error.status_hint}
    known = [(series["metric"], series["tags"]) for series in given["series"]]
    places = [known.index((series.metric, series.tags)) for series in found]
    return {"status": 200, "series_index": places, "totalResults": len(found)}


def _lookup(given):
    if "m" in given:
        return parse_lookup_uri(given["m"], str(given["limit"]) if "limit" in given else None)
    limit = {"limit": given["limit"]} if "limit" in given else {}
    return parse_lookup_json(orjson.dumps({**limit, **given["post"]}))


KINDS = {
    "aggregate": aggregate,
    "aggregator_values": aggregator_values,
    "downsample": downsample,
    "lookup": lookup,
    "percentile": aggregator_values,
    "query": query,
    "rate": rate,
    "scan_window": scan_window,
}
