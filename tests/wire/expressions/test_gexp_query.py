"""The grammar of gexp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import Call
from tsdbserver.model.query import SubQuery
from tsdbserver.wire.expressions.gexp_query import MAX_DEPTH, MAX_SERIES, parse_call, parse_query
from tsdbserver.wire.query.uri_query import parse_m

READ = {
    "scale(sum:cpu,10)": Call("scale", (0,), ("10",)),
    " scale ( sum:cpu , 10 ) ": Call("scale", (0,), ("10",)),
    "absolute(scale(sum:cpu,-1.5))": Call("absolute", (Call("scale", (0,), ("-1.5",)),)),
    "sum(sum:cpu,absolute(sum:mem),sum:disk)": Call("sum", (0, Call("absolute", (1,)), 2)),
    "alias(sum:cpu{host=*,dc=lga},cpu_of_@host,@dc)": Call("alias", (0,), ("cpu_of_@host", "@dc")),
    "movingAverage(sum:rate{counter,,1000}:cpu,'5min')": Call("movingAverage", (0,), ("'5min'",)),
    "scale(sum:cpu{host=literal_or(a|b)}{dc=regexp(x(y)z)},2)": Call("scale", (0,), ("2",)),
    "scale(2)": Call("scale", (), ("2",)),
}


@pytest.mark.parametrize("text, call", READ.items())
def test_an_expression_is_a_tree_of_functions(text, call):
    assert parse_call(text, []) == call


@pytest.mark.parametrize(
    "text, series",
    [
        ("sum(sum:1m-avg:cpu{a=b,c=*},avg:mem)", ["sum:1m-avg:cpu{a=b,c=*}", "avg:mem"]),
        ("scale(sum:rate{counter,,1000}:cpu,2)", ["sum:rate{counter,,1000}:cpu"]),
        ("scale(p99:percentiles[98,99]:rt{path=literal_or(a|b)}{c=d},2)",
         ["p99:percentiles[98,99]:rt{path=literal_or(a|b)}{c=d}"]),
    ],
)  # fmt: skip
def test_series_are_what_m_parameters_hold(text, series):
    subs: list[SubQuery] = []
    parse_call(text, subs)

    assert subs == [parse_m(one) for one in series]


BROKEN = {
    "": "an expression is a function",
    "sum:cpu": "an expression is a function",
    "scale": "an expression is a function",
    "scale(sum:cpu,2": "do not end",
    "scale(sum:cpu,2))": "follows its end",
    "scale(sum:cpu,2)3": "follows a closing parenthesis",
    "scale(absolute(sum:cpu)2)": "follows a closing parenthesis",
    "scale()": "an argument is empty",
    "scale(sum:cpu,)": "an argument is empty",
    "(sum:cpu)": "a function should be named",
    "alias(sum:cpu,cpu of @host)": "has a blank",
    "scale(sum:cpu{},2)": "are empty",
    "scale(sum:cpu{host},2)": "invalid tag: host",
    "scale(sum:cpu{host=x,2)": "do not end",
    "scale(sum:a:b:c:d:cpu,2)": "too many :-separated parts",
}


@pytest.mark.parametrize("text, reason", BROKEN.items())
def test_what_is_no_expression_is_refused_with_its_text_and_the_reason(text, reason):
    with pytest.raises(BadQuery) as refused:
        parse_call(text, [])

    assert refused.value.message == f"Failed to parse {text}"
    assert reason in refused.value.details


def test_functions_nest_up_to_a_limit():
    def nested(depth):
        return "absolute(" * depth + "sum:cpu" + ")" * depth

    parse_call(nested(MAX_DEPTH), [])
    with pytest.raises(BadQuery):
        parse_call(nested(MAX_DEPTH + 1), [])


def test_a_request_has_so_many_series_and_no_more():
    def of(count):
        return {"start": ["1"], "exp": [f"absolute(sum:cpu{i})" for i in range(count)]}

    query, calls = parse_query(of(MAX_SERIES), 2000)
    assert len(query.sub_queries) == len(calls) == MAX_SERIES
    with pytest.raises(BadQuery, match="Failed to parse"):
        parse_query(of(MAX_SERIES + 1), 2000)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"exp": ["absolute(sum:cpu)"]}, "Missing parameter <code>start</code>"),
        ({"start": ["1"]}, "Missing sub queries"),
        ({"start": ["1"], "m": ["sum:cpu"]}, "Missing sub queries"),
        ({"start": ["1"], "exp": ["scale(2)"]}, "Missing sub queries"),
        ({"start": ["1"], "exp": ["sum(sum:a,sum:a)"]}, "Index 1 out of bounds for length 1"),
        ({"start": ["1"], "exp": ["scale(sum:a,2)", "sum(sum:b,sum:a)"]}, "Index 2 out of bounds for length 2"),
    ],
)
def test_what_a_request_lacks(parameters, message):
    with pytest.raises(BadQuery) as refused:
        parse_query(parameters, 1)

    assert refused.value.message == message


@given(st.text(alphabet="abz:(){}[],='*@ 1.|\t\\é"))
def test_any_text_is_read_or_refused(text):
    try:
        call = parse_call(text, [])
    except BadQuery:
        return
    assert isinstance(call, Call)


def written(call, subs):
    """The text of a tree."""
    operands = [written(one, subs) if isinstance(one, Call) else subs[one] for one in call.operands]
    return f"{call.function}({','.join([*operands, *call.literals])})"


NAMES = st.text(alphabet="abcXYZ_", min_size=1, max_size=5)
TREES = st.recursive(
    st.just(0),
    lambda inner: st.builds(
        Call, NAMES, st.lists(inner, min_size=1, max_size=3).map(tuple), st.lists(NAMES, max_size=2).map(tuple)
    ),
    max_leaves=8,
).filter(lambda tree: isinstance(tree, Call))


@given(TREES)
def test_what_is_written_reads_back(tree):
    read = parse_call(written(tree, ["sum:m{a=b,c=d}"]), [])

    def without_places(call):
        return Call(
            call.function,
            tuple(without_places(one) if isinstance(one, Call) else 0 for one in call.operands),
            call.literals,
        )

    assert without_places(read) == tree
