"""How large a plan may be, with a grid and without one."""

import numpy as np
import pytest

import aggregators
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.uri_query import parse_m

HOUR = TimeSpan(0, 3_599_999)


def ask(m, cells):
    """The results over two series of five points, no two at the same time."""
    store = RingStore()
    for shift, host in enumerate("ab"):
        times = 1_000 * np.arange(5) + shift
        store.write_numbers("cpu", MetricKind.POINT, [tag_set({"host": host})] * 5, times, {"value": np.ones(5)})
    planner = Planner(store, store, aggregators.builtin(), built_in_filters(), PlanLimits(cells))
    return run(planner.plan(parse_m(m), HOUR), store)


@pytest.mark.parametrize(
    "m, cells",
    [("sum:cpu", 2 * 10), ("sum:60s-sum:cpu", 2 * 60), ("none:cpu", 2 * 10)],
)
def test_a_plan_of_just_so_many_cells_runs_and_one_less_is_too_few(m, cells):
    assert ask(m, cells)
    with pytest.raises(BadQuery, match=rf"{cells} cells, more than the {cells - 1} that a query may take"):
        ask(m, cells - 1)
