"""Whatever is asked of stored series is answered or refused: nothing else is raised."""

import contextlib

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.stores import ENOUGH, runner_of
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.query.expressions.exp.evaluate import tables
from tsdbserver.query.expressions.gexp.evaluate import evaluate
from tsdbserver.query.expressions.gexp.functions import FUNCTIONS
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.expressions.exp_body import echo, parse_body
from tsdbserver.wire.expressions.exp_query import parse_query as parse_message
from tsdbserver.wire.expressions.gexp_query import parse_query
from tsdbserver.wire.results import exp_result, query_result

T0 = 1_356_998_400_000


@pytest.fixture(scope="module")
def store():
    """Two metrics of two hosts each, one value of them past what can be multiplied."""
    store = RingStore(ENOUGH)
    for metric, hosts in {"cpu": ("a", "b"), "mem": ("b", "c")}.items():
        for host in hosts:
            times, tags = T0 + 10_000 * np.arange(4), [tag_set({"host": host, "dc": "lga"})] * 4
            values = {"value": np.array([0.0, -1.5, 1e300, 3.0])}
            assert not store.write_numbers(metric, MetricKind.POINT, tags, times, values)
    return store


SERIES = st.builds(
    "{}:{}{}{}".format,
    st.sampled_from(["sum", "none", "p50", "count"]),
    st.sampled_from(["", "20s-avg:", "10s-sum-nan:", "10s-sum-zero:", "0all-max:", "rate:", "rate:20s-avg-null:"]),
    st.sampled_from(["cpu", "mem"]),
    st.sampled_from(["", "{host=*}", "{host=b}", "{host=a|c}{dc=lga}"]),
)
LITERALS = st.sampled_from(["1", "2", "0", "-1.5", "1" + "0" * 300, "@host", "'10sec'", "'1week'", "''", "'", "x", "."])
CALLS = st.recursive(
    SERIES,
    lambda inner: st.builds(
        lambda name, operands, literals: f"{name}({','.join([*operands, *literals])})",
        st.sampled_from(list(FUNCTIONS)), st.lists(inner, min_size=1, max_size=3), st.lists(LITERALS, max_size=2),
    ),
    max_leaves=5,
)  # fmt: skip


@given(st.lists(CALLS, min_size=1, max_size=2), st.integers(0, 40), st.integers(0, 40))
def test_calls(store, expressions, start, length):
    first = T0 // 1000 + start
    with contextlib.suppress(BadQuery):
        query, calls = parse_query({"start": [str(first)], "end": [str(first + length)], "exp": expressions}, T0)
        answer = orjson.loads(query_result.render(evaluate(calls, query, runner_of(store)), query))
        assert all(first <= int(time) <= first + length for result in answer for time in result["dps"])


NAMES = st.sampled_from(["a", "b", "e", "f"])
FORMULAS = st.recursive(
    NAMES | st.sampled_from(["0", "2.5", "1e300", "true"]),
    lambda inner: (
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "%", "<", ">=", "==", "!=", "&&", "||", "or"]),
            inner,
        )
        | st.builds("{}{}".format, st.sampled_from("-!"), inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=6,
)
FILLS = (
    st.none()
    | st.fixed_dictionaries({"policy": st.sampled_from(["nan", "zero", "null", "none"])})
    | st.just({"policy": "scalar", "value": 5})
)
JOINS = st.none() | st.fixed_dictionaries(
    {
        "operator": st.sampled_from(["union", "intersection"]), "useQueryTags": st.booleans(),
        "includeAggTags": st.booleans(),
    }
)  # fmt: skip
METRICS = st.fixed_dictionaries(
    {"metric": st.sampled_from(["cpu", "mem"]), "filter": st.sampled_from(["", "f1"]), "fillPolicy": FILLS},
    optional={"aggregator": st.sampled_from(["none", "max"]), "timeOffset": st.sampled_from(["10s-ago", "20y-ago"])},
)


@given(METRICS, METRICS, st.lists(st.tuples(FORMULAS, FILLS, JOINS), max_size=2), st.booleans(), st.integers(0, 40))
def test_messages(store, a, b, expressions, rate, length):
    message = {
        "time": {"start": T0, "end": T0 + 1000 * length, "aggregator": "sum", "rate": rate},
        "filters": [{"id": "f1", "tags": [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]}],
        "metrics": [{"id": "a", **a}, {"id": "b", **b}],
        "expressions": [
            {"id": name, "expr": formula, "fillPolicy": fill, "join": join}
            for name, (formula, fill, join) in zip("ef", expressions, strict=False)
        ],
        "outputs": [{"id": "a"}, {"id": "e"}, {"id": "f"}],
    }
    with contextlib.suppress(BadQuery):
        body = parse_body(orjson.dumps(message))
        answer = exp_result.render(tables(parse_message(body, T0), runner_of(store), store), echo(body))
        for output in orjson.loads(answer)["outputs"]:
            assert output["dpsMeta"]["setCount"] == len(output["dps"])
            assert {len(row) for row in output["dps"]} <= {1 + output["dpsMeta"]["series"]}
