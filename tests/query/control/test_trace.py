"""What a watch tells of a query: the stages' own times, the points read, and that a stop is obeyed between stages."""

import numpy as np
import pytest

import aggregators
from tsdbserver.errors import QueryStopped
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Query
from tsdbserver.model.series import tag_set
from tsdbserver.query.control.trace import Watch
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.annotations import AnnotationBook
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.uri_query import parse_query

LATER = 4 * 3_600_000


def filled(series, points) -> QueryRunner:
    """Over a store of so many series of `cpu` with a point each second from second 1 on, and one LATER."""
    store = RingStore()
    for i in range(series):
        times = np.append(1_000 * np.arange(1, points + 1), LATER)
        tags = [tag_set({"host": f"web{i}"})] * len(times)
        store.write_numbers("cpu", MetricKind.POINT, tags, times, {"value": np.ones(len(times))})
    return QueryRunner(Planner(store, store, aggregators.builtin(), built_in_filters()), store, store, AnnotationBook())


def question(m, end) -> Query:
    return parse_query({"start": ["1"], "end": [str(end)], "m": [m]}, 0)


def ticking():
    """A clock that is a second later whenever it is looked at."""
    return iter(range(100)).__next__


def test_a_stage_within_a_stage_is_counted_as_its_own():
    watch = Watch(ticking())
    with watch.stage("aggregate"):
        with watch.stage("read"):
            pass
        with watch.stage("read"):
            pass

    assert watch.seconds() == {"read": 2, "aggregate": 3}


def test_after_a_stop_no_stage_begins():
    watch = Watch()
    with watch.stage("plan"):
        watch.stop()

    with pytest.raises(QueryStopped), watch.stage("read"):
        pytest.fail("this stage was not to begin")


ASKED = {
    "each point, one function": "sum:cpu",
    "slots that the store makes": "sum:10s-avg:cpu",
    "slots of a function of its own": "sum:10s-median:cpu",
}


@pytest.mark.parametrize("m", ASKED.values(), ids=ASKED.keys())
def test_the_points_that_are_read_are_counted(m):
    watch = Watch()
    runner = filled(series=3, points=40)
    results = runner.watched(watch).run(question(m, end=30))

    assert watch.points == 3 * 40
    assert set(watch.seconds()) == {"plan", "read", "aggregate", "describe"}
    assert [plan.sub_query.metric for plan in watch.plans] == ["cpu"]
    for result, plain in zip(results, runner.run(question(m, end=30)), strict=True):
        np.testing.assert_array_equal(result.values, plain.values)
