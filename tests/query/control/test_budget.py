"""What the sub queries of one query may take together, each of them small enough by itself."""

import numpy as np
import pytest

import aggregators
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.query.control import budget
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.annotations import AnnotationBook
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.uri_query import parse_query


def ask(*subs, cells=1_000):
    """The results over two series of five points, all at the same times."""
    store = RingStore()
    for host in "ab":
        tags, times = [tag_set({"host": host})] * 5, 1_000 * np.arange(1, 6)
        store.write_numbers("cpu", MetricKind.POINT, tags, times, {"value": np.ones(5)})
    planner = Planner(store, store, aggregators.builtin(), built_in_filters(), PlanLimits(cells))
    runner = QueryRunner(planner, store, store, AnnotationBook())
    return runner.run(parse_query({"start": ["1"], "end": ["9"], "m": subs}, 0))


def test_sub_queries_share_the_cells_of_a_query():
    assert len(ask("sum:cpu", "max:cpu", "min:cpu", cells=15)) == 3
    with pytest.raises(BadQuery, match="together take 15 cells, more than the 14 that a query may take"):
        ask("sum:cpu", "max:cpu", "min:cpu", cells=14)


def test_sub_queries_share_the_results_of_a_query(monkeypatch):
    monkeypatch.setattr(budget, "MAX_RESULTS", 3)

    assert len(ask("none:cpu", "sum:cpu")) == 3
    with pytest.raises(BadQuery, match="Too many results: 4 maximum allowed: 3"):
        ask("none:cpu", "max:cpu{host=*}")
