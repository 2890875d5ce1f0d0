"""Adapters of scotty's kinds. scotty's slots are centred on their stamps and its rates stand at the earlier of two
slots: points and stamps are shifted here, so that what is compared are the rules.
"""

import math
from dataclasses import replace

import numpy as np
import orjson

from aggregators import FillPolicy
from tests.vectors.stores import ENOUGH, add, answered, column, filled
from tsdbserver.model.query import COUNTER_MAX, Downsample, FilterSpec, Query, Rate, Shown, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import Duration, TimeSpan
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.query.select.lookup import suggest
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.common import parse_span
from tsdbserver.wire.query.json_query import parse_query
from tsdbserver.wire.results.query_result import render

LATER_S = 1_000_000_000
"""Vectors begin before 1970; a multiple of every interval brings them here."""


def scotty_aggregate(given):
    series = [
        {"metric": "m", "points_s": points, "tags": {"series": str(i)}} for i, points in enumerate(given["series_s"])
    ]
    results = _ask({**given, "series": series, "metric": "m"}, [])
    return {"points_s": results[0]["points_s"] if results else []}


def scotty_query(given):
    filters = [FilterSpec("wildcard", key, "*", group_by=True) for key in given["group_by"]]
    return {"results": _ask(given, filters)}


def _ask(given, filters):
    width = given["interval_s"]
    first = math.ceil(given["start_s"] / width + 0.5)
    last = math.floor(given["end_s"] / width - 0.5)
    store = RingStore(ENOUGH)
    for one in given["series"]:
        add(store, one["metric"], {**one, "points": _shifted(one["points_s"], width)})
    if last < first:
        return []
    span = TimeSpan(_ms(first * width), _ms(last * width))
    sub = _sub_query(given, filters)
    results = [_back(result, width if sub.rate else 0) for result in answered(sub, span, store)]
    return [result for result in results if result["points_s"]]


def _sub_query(given, filters):
    step = Duration(round(given["interval_s"] * 1000), "ms")
    downsample = Downsample(step.ms, given["downsample"], FillPolicy(given["fill"]), step)
    sub = SubQuery(given["aggregator"], given["metric"], downsample, tuple(filters))
    if "rate" not in given:
        return sub
    options = given["rate"]
    counter_max, reset = options.get("counterMax", COUNTER_MAX), options.get("resetValue", 0)
    return replace(sub, rate=Rate(options.get("counter", False), int(counter_max), int(reset)))


def _shifted(points, width):
    """The points half a slot later: scotty's slot k is then ours."""
    return [[_ms(time + width / 2), value] for time, value in points]


def _ms(seconds):
    return round((seconds + LATER_S) * 1000)


def _back(result, earlier_s):
    points = [[time / 1000 - LATER_S - earlier_s, v] for time, v in result["points"] if not math.isnan(v)]
    return {"tags": result["tags"], "points_s": points}


def scotty_filter(given):
    return {
        "match": built_in_filters().build(FilterSpec(given["type"], "tag", given["filter"])).matches(given["value"])
    }


def scotty_parse(given):
    sub = _asked(**{name: given[name] for name in ("metric", "aggregator", "downsample")})
    return {"metric": sub.metric, "aggregator": sub.aggregator}


def _asked(**query):
    return parse_query(orjson.dumps({"start": 1, "end": 2, "queries": [query]}), 0).sub_queries[0]


def scotty_suggest(given):
    names = given.get("added") or given.get("fixed_order")
    return {"result": suggest(names, given["q"], given["max"])}


def scotty_trim(given):
    """The start of a query: ours is not moved, a plan that is too large is refused."""
    span = parse_span(str(given["start_s"]), str(given["end_s"]), now=0)
    return {"start_s": span.start // 1000}


def scotty_json(given):
    return _dps(given["points_s"]) if "points_s" in given else _tagged(given)


def _dps(points):
    times = np.array([time * 1000 for time, _ in points], np.int64)
    result = ResultSeries("m", {}, [], times, column(points), SubQuery("sum", "m"))
    return {"json": orjson.loads(render([result], Query(TimeSpan(0, 0), [], Shown())))[0]["dps"]}


def _tagged(given):
    """Tags of results: scotty has two keys, and a result has those that it is grouped by; the others have several
    values.
    """
    grouped = {"HostName": given["grouped_by_host"], "appname": given["grouped_by_app"]}
    free = [key for key in grouped if not grouped[key]]
    series = [{"tags": {**tags, **dict.fromkeys(free, value)}, "points": [[1000, 1]]}
              for tags in given["series"] for value in ("one", "two")]  # fmt: skip
    filters = tuple(FilterSpec("wildcard", key, "*", group_by=True) for key in grouped if grouped[key])
    sub = SubQuery("sum", given["name"], filters=filters)
    results = answered(sub, TimeSpan(1000, 1000), filled(given["name"], series))
    (aggregated,) = {tuple(result["aggregateTags"]) for result in results}
    return {"tags": [result["tags"] for result in results], "aggregateTags": aggregated}


def scotty_truncate(given):
    """Points before a query's start are not in its answer."""
    points = [[time * 1000, value] for time, value in given["points_s"]]
    span = TimeSpan(given["earliest_s"] * 1000, points[-1][0])
    results = answered(SubQuery("sum", "m"), span, filled("m", [{"points": points}]))
    return {"points_s": [[time // 1000, value] for result in results for time, value in result["points"]]}


def scotty_escape(given):
    """What a stored name is called when it is suggested, and what name is asked for when it is called so."""
    if "text" in given:
        return {"escaped": suggest([given["text"]], "", 0)[0]}
    return {"text": _asked(metric=given["escaped"], aggregator="sum").metric}


KINDS = {
    "scotty_aggregate": scotty_aggregate,
    "scotty_escape": scotty_escape,
    "scotty_filter": scotty_filter,
    "scotty_json": scotty_json,
    "scotty_parse": scotty_parse,
    "scotty_query": scotty_query,
    "scotty_suggest": scotty_suggest,
    "scotty_trim": scotty_trim,
    "scotty_truncate": scotty_truncate,
}
