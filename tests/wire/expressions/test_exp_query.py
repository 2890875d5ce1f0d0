"""The rules of a message to `/api/query/exp`."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import ExpressionQuery, FillKind, Join, Output
from tsdbserver.model.query import Downsample, FilterSpec, Rate
from tsdbserver.model.time import TimeSpan
from tsdbserver.wire.expressions.exp_body import echo, parse_body
from tsdbserver.wire.expressions.exp_query import MAX_PARTS, MAX_STEPS, parse_query

NOW = 1_700_000_000_000
TIME = {"start": "1h-ago", "aggregator": "sum"}
HOSTS = {"id": "f1", "tags": [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]}
A = {"id": "a", "metric": "cpu", "filter": "f1"}
B = {"id": "b", "metric": "mem"}
E = {"id": "e", "expr": "a + b"}
GOOD = {"time": TIME, "filters": [HOSTS], "metrics": [A, B], "expressions": [E]}


def read(message, now=NOW):
    return parse_query(parse_body(orjson.dumps(message)), now)


def test_what_is_left_out_has_its_default():
    asked = read(GOOD)

    assert asked.query.span == TimeSpan(NOW - 3_600_000, NOW)
    assert asked.metrics["a"].sub_query.filters == (FilterSpec("wildcard", "host", "*", group_by=True),)
    assert asked.metrics["b"].sub_query.aggregator == "sum"
    assert asked.metrics["b"].fill.kind is FillKind.ZERO
    assert asked.expressions["e"].fill.kind is FillKind.NAN
    assert asked.expressions["e"].join == Join(intersection=False, query_tags=False, aggregate_tags=True)
    assert asked.outputs == [Output("e")]


def test_everything_that_can_be_said():
    downsampler = {"interval": "1m", "aggregator": "avg", "fillPolicy": {"policy": "nan"}}
    asked = read(
        {
            "time": {"start": 1356998400, "end": "1356998460", "aggregator": "max", "rate": "true",
                     "downsampler": downsampler},
            "filters": [{**HOSTS, "explicitTags": True}],
            "metrics": [{**A, "aggregator": "min", "fillPolicy": {"value": "3.5"}, "timeOffset": "1d-ago"}],
            "expressions": [
                {"id": "e", "expr": "a", "fillPolicy": {"policy": "null"},
                 "join": {"operator": "Intersection", "useQueryTags": True, "includeAggTags": False}},
            ],
            "outputs": [{"id": "e", "alias": "ratio"}, {"id": "a"}],
        }
    )  # fmt: skip

    metric, expression = asked.metrics["a"], asked.expressions["e"]
    assert asked.query.span == TimeSpan(1356998400_000, 1356998460_000)
    assert metric.sub_query.downsample == Downsample.parse("1m-avg")
    assert (metric.sub_query.aggregator, metric.sub_query.rate) == ("min", Rate())
    assert metric.sub_query.explicit_tags
    assert (metric.fill.kind, metric.fill.value, metric.offset) == (FillKind.SCALAR, 3.5, 86_400_000)
    assert expression.join == Join(intersection=True, query_tags=True, aggregate_tags=False)
    assert math.isnan(expression.fill.value)
    assert asked.outputs == [Output("e", "ratio"), Output("a")]


def test_without_expressions_the_metrics_are_wanted():
    assert read({"time": TIME, "metrics": [B]}).outputs == [Output("b")]


def changed(**parts):
    return {**GOOD, **parts}


BROKEN = [
    (changed(time=None), "missing time", ""),
    (changed(time={"aggregator": "sum"}), "Invalid time", "missing or empty start"),
    (changed(time={"start": "1h-ago"}), "Invalid time", "Missing or empty aggregator"),
    (changed(time={**TIME, "start": "soon"}), "Invalid time", "Invalid time: soon"),
    (changed(time={**TIME, "downsampler": {"aggregator": "avg"}}), "Invalid time", "Missing or empty interval"),
    (changed(time={**TIME, "downsampler": {"interval": "1m"}}), "Invalid time", "Missing or empty aggregator"),
    (changed(time={**TIME, "end": "2h-ago"}), "End time", ""),
    (changed(metrics=[]), "missing or empty metrics", ""),
    (changed(metrics=[A, A]), "duplicated metric id: a", ""),
    (changed(filters=[HOSTS, HOSTS]), "duplicated filter id: f1", ""),
    (changed(expressions=[E, E]), "Duplicated variable or expression id: e", ""),
    (changed(expressions=[{**E, "id": "a"}]), "Duplicated variable or expression id: a", ""),
    (changed(metrics=[{"id": "a"}]), "Invalid metric at index 0", "missing or empty metric"),
    (changed(metrics=[B, {"metric": "cpu"}]), "Invalid metric at index 1", "missing or empty id"),
    (changed(metrics=[{"id": "a_1", "metric": "m"}]), "Invalid metric at index 0", 'Invalid id ("a_1"): illegal'),
    (changed(metrics=[{"id": "1", "metric": "m"}]), "Invalid metric at index 0", "The ID cannot be an integer"),
    (changed(metrics=[{**B, "timeOffset": "12345"}]), "Invalid metric at index 0", "Invalid time offset: 12345"),
    (changed(metrics=[{**B, "fillPolicy": {"policy": "zero", "value": 1}}]), "Invalid metric at index 0", "ZERO must"),
    (changed(metrics=[{**B, "fillPolicy": {"policy": "some"}}]), "Invalid metric", "Unrecognized fill policy: some"),
    (changed(metrics=[{**B, "fillPolicy": {"value": "x"}}]), "Invalid metric", "no number: x"),
    (changed(filters=[{**HOSTS, "id": "f 1"}]), "Invalid filter at index 0", "illegal character"),
    (changed(metrics=[{**A, "filter": "zz"}]), "unrecognized filter id zz in metric a", ""),
    (changed(expressions=[{"id": "e"}]), "Invalid expression at index 0", "missing or empty expr"),
    (changed(expressions=[{"id": "e", "expr": "1 + 2"}]), "Invalid expression at index 0", "any variables"),
    (changed(expressions=[{"id": "e", "expr": "a +"}]), "Invalid expression at index 0", "it ends too early"),
    (changed(expressions=[{**E, "join": {"operator": "left"}}]), "Invalid expression", "set operator: left"),
    (changed(expressions=[{**E, "expr": "a + zz"}]), "Expression [a + zz] was missing input zz", ""),
    (changed(expressions=[{**E, "expr": "a + e"}]), "Self referencing expression found: e", ""),
    (changed(expressions=[{**E, "expr": "a + d"}, {"id": "d", "expr": "c"}, {"id": "c", "expr": "a - e"}]),
     "Circular reference found: c", ""),
    (changed(outputs=[{"alias": "x"}]), "Invalid output", "missing or empty id"),
    (changed(metrics=[{"id": f"m{i}", "metric": "m"} for i in range(MAX_PARTS + 1)]), "101 metrics are more than", ""),
    (changed(expressions=[{"id": f"e{i}", "expr": "+".join("a" * 1000)} for i in range(MAX_STEPS // 1000)]),
     "3998 names, numbers and operators", ""),
]  # fmt: skip


@pytest.mark.parametrize("message, error, details", BROKEN)
def test_a_rule_that_is_broken_is_named(message, error, details):
    with pytest.raises(BadQuery) as refused:
        read(message)

    assert refused.value.message.startswith(error)
    assert details in refused.value.details


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "Incoming data was null or empty"),
        (b" \n", "Incoming data was null or empty"),
        (b"null", "Unable to parse the given JSON"),
        (b"[]", "Unable to parse the given JSON"),
        (b'{"metrics": 5}', "Unable to parse the given JSON"),
        (b"[" * 100_000, "Unable to parse the given JSON"),
        (b"\xff", "Unable to parse the given JSON"),
    ],
)
def test_a_body_that_is_no_message(body, message):
    with pytest.raises(BadQuery) as refused:
        parse_body(body)

    assert refused.value.message == message


def test_an_expression_may_use_one_that_comes_later():
    asked = read(changed(expressions=[{"id": "half", "expr": "all / 2"}, {"id": "all", "expr": "a + b"}]))

    assert asked.expressions["half"].formula.names == ("all",)


def test_the_answer_repeats_the_message_in_full():
    message = changed(
        time={**TIME, "start": 1356998400}, outputs=[{"id": "e"}], metrics=[{**B, "fillPolicy": {"value": "NaN"}}],
        expressions=[{"id": "e", "expr": "b"}],
    )  # fmt: skip

    assert echo(parse_body(orjson.dumps(message))) == {
        "name": None,
        "time": {
            "start": "1356998400", "end": None, "timezone": None, "downsampler": None, "aggregator": "sum",
            "rate": False,
        },
        "filters": [
            {
                "id": "f1", "explicitTags": False,
                "tags": [{"tagk": "host", "filter": "*", "group_by": True, "type": "wildcard"}],
            },
        ],
        "metrics": [
            {
                "metric": "mem", "id": "b", "filter": None, "aggregator": None, "timeOffset": None,
                "fillPolicy": {"policy": "nan", "value": "NaN"},
            },
        ],
        "expressions": [
            {
                "id": "e", "expr": "b", "fillPolicy": None,
                "join": {"operator": "union", "useQueryTags": False, "includeAggTags": True},
            },
        ],
        "outputs": [{"id": "e", "alias": None}],
    }  # fmt: skip


WORDS = st.sampled_from(["a", "b", "e", "1", "", "f1", "1h-ago", "sum", "a + b", "a - e", "union", "nan", "0", "host"])
VALUES = st.none() | st.booleans() | st.integers(-5, 5) | WORDS
KEYS = [
    "id", "metric", "filter", "aggregator", "fillPolicy", "timeOffset", "expr", "join", "operator", "policy", "value",
    "tags", "type", "tagk", "start", "interval", "downsampler", "alias",
]  # fmt: skip
JSON = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["time", "filters", "metrics", "expressions", "outputs"], JSON))
)
def test_any_message_is_read_or_refused(message):
    try:
        asked = read({**GOOD, **message})
    except BadQuery:
        return
    assert isinstance(asked, ExpressionQuery)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    try:
        read_back = parse_query(parse_body(body), NOW)
    except BadQuery:
        return
    assert isinstance(read_back, ExpressionQuery)
