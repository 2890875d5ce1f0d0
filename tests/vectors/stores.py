"""Stores that hold the series of a vector, and what is asked of them."""

from datetime import UTC

import numpy as np

import aggregators
from tests.vectors.compare import SPELLED
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.annotations import AnnotationBook
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits

ENOUGH = RingLimits(retention=1 << 50, resolution=1 << 34)
"""Rings long enough for any vector, however old its points are."""


def points_of(series):
    """The [time, value] pairs of a series, which may be a generator."""
    if series.get("gen") != "linear":
        return series["points"]
    at, value = (series["start"], series["step"]), (series["first"], series["inc"])
    return [[at[0] + i * at[1], value[0] + i * value[1]] for i in range(series["count"])]


def column(points):
    """The values of some points, whatever way they are spelled."""
    return np.array([SPELLED.get(value, value) if isinstance(value, str) else value for _, value in points], np.float64)


def filled(metric, all_series):
    """A store that holds these series of a metric."""
    store = RingStore(ENOUGH)
    for series in all_series:
        add(store, metric, series)
    return store


def add(store, metric, series):
    """Write one series."""
    points = points_of(series)
    times = np.array([time for time, _ in points], np.int64)
    tags = [tag_set(series.get("tags", {}))] * len(points)
    refused = store.write_numbers(metric, MetricKind.POINT, tags, times, {"value": column(points)})
    assert not refused


def planned(sub_query, span, store, zone=UTC):
    """The plan of a sub query."""
    return Planner(store, store, aggregators.builtin(), built_in_filters()).plan(sub_query, span, zone)


def runner_of(store):
    """What answers queries from a store."""
    return QueryRunner(Planner(store, store, aggregators.builtin(), built_in_filters()), store, store, AnnotationBook())


def answered(sub_query, span, store, zone=UTC):
    """The results of a sub query as vectors show them."""
    return [shown(result) for result in run(planned(sub_query, span, store, zone), store)]


def shown(result):
    """A result in the fields of a vector."""
    return {
        "tags": result.tags,
        "aggregateTags": sorted(result.aggregate_tags),
        "points": [list(point) for point in zip(result.times.tolist(), result.values.tolist(), strict=True)],
    }
