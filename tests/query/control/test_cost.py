"""Which queries are so small that they are answered at once, where everything else waits meanwhile."""

from dataclasses import replace

import numpy as np
import pytest

import aggregators
from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import FilterSpec, Query, Shown
from tsdbserver.model.series import tag_set
from tsdbserver.query.control.trace import Watch
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.annotations import AnnotationBook
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.uri_query import parse_query

NOTES = AnnotationBook()
NOTES.write([Annotation(second, EVERYTHING, 0, "", "", None) for second in range(1, 1_002)], whole=True)


def runner(series=10, points=10, annotations=None) -> QueryRunner:
    """Over a store of so many series of `cpu` with a point each second."""
    store = RingStore()
    tags = [tag_set({"host": f"web{i}"}) for i in range(series) for _ in range(points)]
    times = np.tile(1_000 * np.arange(1, points + 1), series)
    store.write_numbers("cpu", MetricKind.POINT, tags, times, {"value": np.ones(len(times))})
    planner = Planner(store, store, aggregators.builtin(), built_in_filters())
    return QueryRunner(planner, store, store, annotations or AnnotationBook()).watched(Watch())


def question(m="sum:1m-sum:cpu", times=1, filters=0, expression="web*", end=60) -> Query:
    query = parse_query({"start": ["1"], "end": [str(end)], "m": [m]}, 0)
    specs = (FilterSpec("wildcard", "host", expression, group_by=False),) * filters
    subs = [replace(query.sub_queries[0], filters=specs, percentiles=(float(i),)) for i in range(times)]
    return replace(query, sub_queries=tuple(subs) if times > 1 else (replace(subs[0], percentiles=()),))


def test_few_points_of_few_series_are_small():
    assert runner().is_small(question())
    assert runner().is_small(question(filters=3))


LARGE = {
    "many points": (runner(series=2, points=10_001), question()),
    "many slots": (runner(), question("sum:1s-sum:cpu")),
    "many series": (runner(series=20_001, points=1), question(filters=1, expression="web1")),
    "many tests of filters": (runner(series=1_000, points=1), question(filters=20, expression="web1")),
    "a long filter": (runner(), question(filters=1, expression="*" + "x" * 10_000)),
    "many patterns": (runner(series=100), question(filters=1, expression="|".join(["a*"] * 200))),
    "many choices": (runner(series=1), question(filters=1, expression="a|" * 1_000 + "*")),
    "many slots of a calendar": (runner(series=1), question("sum:1mc-sum:cpu", end=60_000_000)),
    "many sub queries": (runner(), question(times=11)),
    "an unknown metric": (runner(), question("sum:mem")),
    "many annotations": (runner(annotations=NOTES), question()),
}


@pytest.mark.parametrize("asked, query", LARGE.values(), ids=LARGE.keys())
def test_what_takes_long_to_plan_or_to_run_is_not_small(asked, query):
    assert not asked.is_small(query)


def test_annotations_that_are_not_wanted_cost_nothing():
    assert runner(annotations=NOTES).is_small(replace(question(), shown=Shown(annotations=False)))
