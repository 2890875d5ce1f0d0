"""Joins, fills and nested expressions of exp against plain Python, a point at a time."""

import math

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.stores import ENOUGH, runner_of
from tsdbserver.errors import BadQuery, QueryStopped
from tsdbserver.model.expression import Join, Label
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.query.control.trace import Watch
from tsdbserver.query.expressions.exp.columns import Columns
from tsdbserver.query.expressions.exp.evaluate import tables
from tsdbserver.query.expressions.exp.join_keys import Identities
from tsdbserver.query.runner import QueryRunner
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.expressions.exp_body import parse_body
from tsdbserver.wire.expressions.exp_query import parse_query

T0 = 1_356_998_400_000
START, END = T0 + 600_000, T0 + 603_000
HOSTS = {"id": "f", "tags": [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]}


def stored(metrics, dc="lga"):
    """A store of {metric: {host: {second: value}}}, seconds from START; hosts get their ids in the order a, b, …"""
    store = RingStore(ENOUGH)
    for host in "zyx":
        write(store, "ids", {"host": host, "dc": dc}, {0: 0})
    for metric, hosts in metrics.items():
        for host, points in hosts.items():
            write(store, metric, {"host": host, "dc": dc}, points)
    return store


def write(store, metric, tags, points):
    times, values = START + 1000 * np.array(list(points), np.int64), np.array(list(points.values()), np.float64)
    assert not store.write_numbers(metric, MetricKind.POINT, [tag_set(tags)] * len(times), times, {"value": values})


def asked(store, *expressions, metrics=("a", "b"), outputs=(), now=END, **parts):
    message = {
        "time": {"start": START, "end": END, "aggregator": "sum"},
        "filters": [HOSTS],
        "metrics": [{"id": one, "metric": one, "filter": "f", **parts.get(one, {})} for one in metrics],
        "expressions": expressions,
        "outputs": [{"id": one} for one in outputs],
    }
    query = parse_query(parse_body(orjson.dumps(message)), now)
    return tables(query, runner_of(store), store)


def rows(table):
    """{second from START: [values]}"""
    return dict(zip(((table.times - START) // 1000).tolist(), table.values.T.tolist(), strict=True))


def hosts(table):
    return [label.tags.get("host") for label in table.labels]


POINTS = st.dictionaries(st.integers(-2, 5), st.integers(-3, 3).map(float), min_size=1, max_size=5)
METRIC = st.dictionaries(st.sampled_from("xyz"), POINTS, min_size=1, max_size=3)


@given(METRIC, METRIC, st.booleans(), st.sampled_from([0.0, 2.5, math.nan]), st.sampled_from([0.0, -1.0, math.nan]))
def test_joins_and_fills(a, b, intersection, fill_a, fill_b):
    both = [host for host in "zyx" if (host in a and host in b if intersection else host in a or host in b)]
    operands = ((a, fill_a), (b, fill_b))

    def at(second, host):
        """The sum at one time: of a host without a series 0, of a series without a point the fill."""
        return sum(
            (metric[host].get(second, fill) if host in metric else 0.0) for metric, fill in operands
        )  # fmt: skip

    store = stored({"a": a, "b": b})
    fills = {"a": {"fillPolicy": {"value": _text(fill_a)}}, "b": {"fillPolicy": {"value": _text(fill_b)}}}
    expression = {"id": "e", "expr": "a + b", "join": {"operator": "intersection" if intersection else "union"}}
    if not both:
        with pytest.raises(BadQuery, match="No intersections found"):
            asked(store, expression, **fills)
        return
    (table,) = asked(store, expression, **fills)

    seconds = sorted({second for metric, _ in operands for host in both for second in metric.get(host, ())})
    shown = [second for second in seconds if 0 <= second <= 3]
    assert hosts(table) == both
    assert rows(table) == {second: pytest.approx([at(second, host) for host in both], nan_ok=True) for second in shown}


def _text(number):
    return "NaN" if math.isnan(number) else number


A = {"x": {0: 1, 1: 2}, "y": {0: 10}}


def test_an_expression_of_expressions_is_evaluated_in_whatever_order_they_stand():
    store = stored({"a": A, "b": A})
    double, total = {"id": "double", "expr": "total * 2"}, {"id": "total", "expr": "a + b"}
    first, second = asked(store, double, total)

    assert rows(first) == {0: [40, 4], 1: [0, 8]}
    assert rows(second) == {0: [20, 2], 1: [0, 4]}


def test_the_fill_of_an_expression_is_for_those_that_use_it():
    store = stored({"a": A})
    never = {"id": "n", "expr": "a", "fillPolicy": {"value": 7}}
    user = {"id": "u", "expr": "n + 0"}
    (table,) = asked(store, never, user, metrics=["a"], outputs=["u"], a={"fillPolicy": {"policy": "nan"}})

    assert rows(table) == {0: [10, 1], 1: [7, 2]}


def test_a_metric_shows_all_that_was_read_and_an_expression_the_span():
    store = stored({"a": {"x": {-5: 1, 0: 2, 9: 3}}})
    metric, expression = asked(store, {"id": "e", "expr": "a"}, metrics=["a"], outputs=["a", "e"])

    assert rows(metric) == {-5: [1], 0: [2], 9: [3]}
    assert rows(expression) == {0: [2]}


def test_columns_stand_in_the_order_of_ids():
    (table,) = asked(stored({"a": {"x": {0: 1}, "y": {0: 2}, "z": {0: 3}}}), metrics=["a"])

    assert (hosts(table), rows(table)) == (["z", "y", "x"], {0: [3, 2, 1]})


def test_a_series_that_an_operand_lacks_keeps_the_tags_of_the_other():
    (table,) = asked(stored({"a": {"x": {0: 1}}, "b": {"y": {0: 2}}}), {"id": "e", "expr": "a - b"})

    assert (hosts(table), rows(table), table.metrics) == (["y", "x"], {0: [-2, 1]}, ["a", "b"])


def test_query_tags_join_series_that_differ_in_others():
    store = stored({"a": {"x": {0: 1}}})
    write(store, "b", {"host": "x", "dc": "sjc"}, {0: 2})

    def columns(**how):
        (table,) = asked(store, {"id": "e", "expr": "a + b", "join": how})
        return rows(table)[0]

    assert columns(useQueryTags=False) == [1, 2]
    assert columns(useQueryTags=True) == [3]


def test_aggregated_tags_tell_series_apart_unless_they_are_left_out():
    store = stored({"a": {"x": {0: 1}}})
    for dc, value in (("lga", 2), ("sjc", 3)):
        write(store, "b", {"host": "x", "dc": dc}, {0: value})
    write(store, "c", {"host": "x"}, {0: 10})

    def columns(**how):
        (table,) = asked(store, {"id": "e", "expr": "b + c", "join": how}, metrics=["b", "c"])
        return rows(table)[0], [list(label.aggregate_tags) for label in table.labels]

    assert columns() == ([10, 5], [[], ["dc"]])
    assert columns(includeAggTags=False) == ([15], [["dc"]])


def test_an_offset_moves_the_past_to_now():
    store = stored({"a": {"x": {0: 5, -3600: 1}}})
    (table,) = asked(
        store, {"id": "e", "expr": "a - b"}, a={"metric": "a"}, b={"metric": "a", "timeOffset": "1h-ago"}
    )  # fmt: skip

    assert rows(table) == {0: [4]}


def test_nothing_found_is_an_empty_table():
    store = stored({"a": {"x": {-90_000: 1}}, "b": {"x": {-90_000: 1}}})
    for join in ("union", "intersection"):
        (table,) = asked(store, {"id": "e", "expr": "a + b", "join": {"operator": join}})

        assert (table.labels, table.times.tolist(), table.values.size) == ([], [], 0)


def test_an_id_that_nothing_has_is_passed_over():
    assert asked(stored({"a": A}), metrics=["a"], outputs=["nothing"]) == []


def test_all_that_is_kept_has_a_bound(monkeypatch):
    store = stored({"a": A, "b": A})
    chain = [{"id": f"e{i}", "expr": "a" if i == 0 else f"e{i - 1} + a"} for i in range(5)]

    assert len(asked(store, *chain)) == 5
    monkeypatch.setattr(QueryRunner, "most_cells", 12)
    with pytest.raises(BadQuery, match="more than the 12 that a query may take"):
        asked(store, *chain)


@pytest.mark.parametrize("block", [1, 2, 3, 5])
def test_blocks_in_which_a_formula_is_evaluated_do_not_show(monkeypatch, block):
    store = stored({"a": {"x": {0: 1, 1: 2, 2: 3}, "y": {0: 7}}, "b": {"x": {0: 4, 3: 5}, "z": {2: 6}}})
    formula = {"id": "e", "expr": "a > 2 ? a * b : a - b"}
    (whole,) = asked(store, formula)
    monkeypatch.setattr("tsdbserver.query.expressions.exp.evaluate._BLOCK", block)
    (blocked,) = asked(store, formula)

    assert rows(blocked) == rows(whole)


def test_what_nobody_waits_for_is_not_evaluated():
    store, watch = stored({"a": A}), Watch()
    runner = runner_of(store).watched(watch)
    columns = runner.read

    def read_and_stop(*arguments):
        results = columns(*arguments)
        watch.stop()
        return results

    runner.read = read_and_stop
    message = {
        "time": {"start": START, "end": END, "aggregator": "sum"},
        "metrics": [{"id": "a", "metric": "a"}],
        "expressions": [{"id": "e", "expr": "a * 2"}],
    }

    with pytest.raises(QueryStopped):
        tables(parse_query(parse_body(orjson.dumps(message)), END), runner, store)


def test_columns_are_told_apart_once_for_all_expressions():
    store = stored({"a": A})
    identities = Identities(store)
    columns = Columns(
        [Label({"host": "x"}, [])], np.empty(0, np.int64), np.empty((1, 0)), None, frozenset(), frozenset()
    )

    assert identities.of(columns, Join()) is identities.of(columns, Join())
    assert identities.of(columns, Join()) != identities.of(columns, Join(query_tags=True))


def test_an_intersection_without_series_is_refused_in_opentsdb_s_words():
    with pytest.raises(BadQuery) as refused:
        asked(
            stored({"a": {"x": {0: 1}}, "b": {"y": {0: 1}}}),
            {"id": "e", "expr": "a+b", "join": {"operator": "intersection"}},
        )

    assert refused.value.message == (
        "No intersections found: IntersectionIterator(id=e, useQueryTags=false, includeAggTags=true, index=0, "
        "queries={a=TimeSyncedIterator(id=a, index=0, dpsSize=1), b=TimeSyncedIterator(id=b, index=1, dpsSize=1)}"
    )
    assert refused.value.details == "no series of a, b have the same tags"
