"""`m` and `tsuid` parameters."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Downsample, FilterSpec, Rate, SubQuery
from tsdbserver.model.time import Duration
from tsdbserver.wire.query.uri_query import parse_m, parse_query, parse_tsuid

NOW = 1_700_000_000_000
MINUTE = Downsample(60_000, "avg", FillPolicy.NAN, Duration(1, "m"))

READ = {
    "sum:m": SubQuery("sum", "m"),
    "sum:1m-avg-nan:rate:m": SubQuery("sum", "m", MINUTE, rate=Rate()),
    "sum:rate:1m-avg-NaN:m": SubQuery("sum", "m", MINUTE, rate=Rate()),
    "sum:5s-sum:1m-avg-nan:m": SubQuery("sum", "m", MINUTE),
    "sum:explicit_tags:m": SubQuery("sum", "m", explicit_tags=True),
    "sum:nobody knows:m": SubQuery("sum", "m"),
    "sum:0all-max:m": SubQuery("sum", "m", Downsample(None, "max")),
    "sum:2wc-max:m": SubQuery("sum", "m", Downsample(14 * 86_400_000, "max", step=Duration(2, "w"), calendar=True)),
    "sum:percentiles [99.9,50]:m": SubQuery("sum", "m", percentiles=(50.0, 99.9)),
    "sum:show-histogram-buckets:m": SubQuery("sum", "m", show_histogram_buckets=True),
    "sum:RATE{counter,,9}:m": SubQuery("sum", "m", rate=Rate(counter=True, reset_value=9)),
    "sum:rate{dropcounter,5}:m": SubQuery("sum", "m", rate=Rate(counter=True, counter_max=5, drop_resets=True)),
    "sum:rate{gauge}:m": SubQuery("sum", "m", rate=Rate()),
    "sum:m{}{}": SubQuery("sum", "m"),
    "sum:m{a=*}{b=x|y}": SubQuery(
        "sum", "m", filters=(FilterSpec("literal_or", "b", "x|y"), FilterSpec("wildcard", "a", "*", group_by=True))
    ),
    "sum:m{a=Regexp((x|y)z)}": SubQuery("sum", "m", filters=(FilterSpec("regexp", "a", "(x|y)z", group_by=True),)),
    "sum:m{a=w*}": SubQuery("sum", "m", filters=(FilterSpec("iwildcard", "a", "w*", True, alias="wildcard"),)),
    "sum:m{a=not_key()}": SubQuery("sum", "m", filters=(FilterSpec("not_key", "a", "", group_by=True),)),
}


@pytest.mark.parametrize("m, sub_query", READ.items(), ids=READ.keys())
def test_m(m, sub_query):
    assert parse_m(m) == sub_query


def test_a_metric_without_an_opening_brace_is_a_name():
    assert parse_m("sum:m}").metric == "m}"


def test_a_rate_without_braces_is_plain():
    assert parse_m("sum:rates:m").rate == Rate()


def test_tsuids_are_asked_first():
    query = parse_query({"start": ["1"], "m": ["sum:m"], "tsuid": ["sum:000001"]}, now=2000)

    assert [sub.metric for sub in query.sub_queries] == ["", "m"]


def test_tsuid():
    assert parse_tsuid("sum:1m-avg-nan:010101,000001000002000003") == SubQuery(
        "sum", "", MINUTE, tsuids=("010101", "000001000002000003")
    )


MISTAKES = {
    "m": "Invalid parameter m=m (not enough :-separated parts)",
    "a:b:c:d:e:f": "Invalid parameter m=a:b:c:d:e:f (too many :-separated parts)",
    "sum::m": "Invalid parameter m=sum::m (an empty part)",
    "sum:1m:m": "Invalid downsampling specifier '1m': must provide at least interval and function",
    "sum:1m-a-b-c:m": "Invalid downsampling specifier '1m-a-b-c': "
    "must consist of interval, function, and optional fill policy",
    "sum:1m-none:m": "cannot use the NONE aggregator for downsampling",
    "sum:1m-avg-scalar:m": "Unrecognized fill policy: scalar",
    "sum:1x-avg:m": "Invalid duration (suffix): 1x",
    "sum:rate{:m": "Invalid rate options specification: rate{",
    "sum:rate{counter,x}:m": "Max value of counter was not a number, received 'x'",
    "sum:rate{counter,1,x}:m": "Reset value of counter was not a number, received 'x'",
    "sum:rate{counter,9223372036854775808}:m": "Max value of counter was not a number, received '9223372036854775808'",
    "sum:percentiles:m": "Malformated percentile query paramater: percentiles",
    "sum:percentiles[99,x]:m": "Invalid percentile 'x' in percentiles[99,x]",
    "sum:percentiles[101]:m": "Invalid percentile parameters: 101.0",
    "sum:percentiles[nan]:m": "Invalid percentile parameters: nan",
    "sum:pre-agg:m": "No pre-aggregates are stored: pre-agg",
    "": "The query string was empty",
    ":m": "Missing the aggregation function",
    "sum:{a=b}": "Missing the metric or tsuids, provide at least one",
    "sum:m{a=b}c": "Missing '}' at the end of: m{a=b}c",
    "sum:m{a=b": "Missing '}' at the end of: m{a=b",
    "sum:m{a}": "When parsing tag 'a': invalid tag: a",
    "sum:m{a=b=c}": "When parsing tag 'a=b=c': invalid tag: a=b=c",
    "sum:m{a=b,}": "When parsing tag '': invalid tag: ",
    "sum:m{a=f(x}": "When parsing tag 'a=f(x': Filter must end with a ')': f(x",
    "sum:m{a=(x)}": "When parsing tag 'a=(x)': The filter type cannot be null or empty",
}


@pytest.mark.parametrize("m, message", MISTAKES.items(), ids=MISTAKES.keys())
def test_mistakes_are_named(m, message):
    with pytest.raises(BadQuery) as error:
        parse_m(m)
    assert error.value.message == message


@pytest.mark.parametrize("text", ["zz", "0101", "01010101", "010101,", ""])
def test_a_tsuid_is_six_digits_and_twelve_for_each_tag(text):
    with pytest.raises(BadQuery):
        parse_tsuid(f"sum:{text}")


def asked(**parameters):
    return parse_query({"start": ["1h-ago"], "m": ["sum:m"], **parameters}, NOW)


def test_flags_count_when_present():
    flags = {name: ["false"] for name in ("ms", "arrays", "show_query", "use_calendar")}
    query = asked(m=["sum:1d-sum:m"], **flags)

    assert query.shown.ms_resolution
    assert query.shown.arrays
    assert query.shown.query
    assert query.sub_queries[0].downsample.calendar


@pytest.mark.parametrize("name", ["tz", "timezone"])
def test_the_zone_is_for_dates_and_calendars(name):
    query = asked(start=["2013/01/01"], **{name: ["Asia/Kabul"]})

    assert query.span.start == 1356982200_000
    assert str(query.timezone) == "Asia/Kabul"


def test_an_unknown_zone_that_would_matter_is_named():
    assert asked(tz=["nope"]).timezone
    with pytest.raises(BadQuery, match="The timezone specification could not be found"):
        asked(tz=["nope"], m=["sum:1m-sum:m"])


def test_identical_questions_are_asked_once():
    assert asked(m=["max:m", "sum:m", "max:m"]).sub_queries == (SubQuery("max", "m"), SubQuery("sum", "m"))


def test_the_span_lies_where_points_can_be():
    query = asked(start=["100y-ago"], end=["9999/12/31"])

    assert (query.span.start, query.span.end) == (0, 9_999_999_999_999)


words = st.sampled_from(
    ["sum", ":", "1m-avg", "rate", "{", "}", "counter", ",", "0all", "-", "m", "=", "*", "|", "(", ")", "[", "]", "9"]
)


@given(st.text() | st.lists(words).map("".join))
def test_any_text_is_a_question_or_a_client_error(text):
    for parse in (parse_m, parse_tsuid):
        with suppress(BadQuery):
            assert isinstance(parse(text), SubQuery)


@given(st.dictionaries(st.sampled_from(["start", "end", "m", "tsuid", "tz", "ms"]), st.lists(st.text(), min_size=1)))
def test_any_parameters_are_a_query_or_a_client_error(parameters):
    with suppress(BadQuery):
        parse_query(parameters, NOW)
