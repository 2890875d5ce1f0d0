"""The body of `POST /api/query`."""

from contextlib import suppress
from json import dumps

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import GRAFANA, PROFILES
from tsdbserver.model.query import COUNTER_MAX, Downsample, FilterSpec, Query, Rate, SubQuery
from tsdbserver.model.time import UNIT_MS, Duration, TimeSpan
from tsdbserver.wire.query.echo import echo
from tsdbserver.wire.query.json_query import parse_query

NOW = 1_700_000_000_000


def read(sub_query, **fields):
    return parse_query(orjson.dumps({"start": 1, "end": 2, "queries": [sub_query], **fields}), NOW)


def read_sub(**fields):
    return read({"aggregator": "sum", "metric": "m", **fields}).sub_queries[0]


def test_every_field_of_a_sub_query():
    sub = read_sub(
        downsample="1dc-avg-nan",
        rate=True,
        rateOptions={"counter": True, "counterMax": 65535, "resetValue": 100, "dropResets": True},
        filters=[{"type": "regexp", "tagk": "host", "filter": "^a", "groupBy": True}],
        explicitTags=True,
        percentiles=[99.9, 50],
        showHistogramBuckets=True,
        index=7,
    )

    assert sub == SubQuery(
        "sum", "m", Downsample(86_400_000, "avg", FillPolicy.NAN, Duration(1, "d"), calendar=True),
        (FilterSpec("regexp", "host", "^a", group_by=True),), True, Rate(True, 65535, 100, True), (), (50.0, 99.9),
        True,
    )  # fmt: skip


def test_texts_count_as_what_they_say():
    filters = [{"type": "wildcard", "tagk": "host", "filter": "*", "group_by": "true"}]
    sub = read_sub(explicitTags="true", rate="true", rateOptions={"counterMax": "5"}, filters=filters)

    assert sub == SubQuery(
        "sum", "m", None, (FilterSpec("wildcard", "host", "*", group_by=True),), explicit_tags=True,
        rate=Rate(counter_max=5),
    )  # fmt: skip


def test_numbers_and_booleans_count_as_texts():
    assert read_sub(metric=5).metric == "5"
    assert read_sub(tags={"host": True}).filters == (FilterSpec("literal_or", "host", "true", group_by=True),)
    with pytest.raises(BadQuery, match=r"Invalid time: true\. Invalid character 't' in true"):
        read({"aggregator": "sum", "metric": "m"}, start=True)


@pytest.mark.parametrize("rest", [b" ", b"}", b"\n{}", b" nonsense", b"\x00"])
def test_what_follows_the_query_is_not_read(rest):
    body = orjson.dumps({"start": 1, "end": 2, "queries": [{"aggregator": "sum", "metric": "gr\u00f6\u00dfe"}]})

    assert parse_query(b" " + body + rest, NOW) == parse_query(body, NOW)


def test_rate_options_without_a_rate_are_none():
    assert read_sub(rateOptions={"counter": True}).rate is None


def test_tags_are_filters_that_group():
    assert read_sub(tags={"host": "a|b"}).filters == (FilterSpec("literal_or", "host", "a|b", group_by=True),)


DC = {"type": "literal_or", "tagk": "dc", "filter": "lax"}


@pytest.mark.parametrize(
    "fields, key",
    [({"tags": {"host": "a"}, "filters": [DC]}, "dc"), ({"filters": [DC], "tags": {"host": "a"}}, "host"),
     ({"filters": [DC], "tags": {}}, "dc"), ({"tags": {"host": "a"}, "filters": []}, "host")],
)  # fmt: skip
def test_of_tags_and_filters_the_last_ones_hold(fields, key):
    assert [spec.tag_key for spec in read_sub(**fields).filters] == [key]


def test_use_calendar_is_for_every_downsample():
    sub = read({"aggregator": "sum", "metric": "m", "downsample": "1n-sum"}, useCalendar=True).sub_queries[0]

    assert sub.downsample == Downsample(UNIT_MS["n"], "sum", step=Duration(1, "n"), calendar=True)


def test_tsuids_stand_for_the_metric():
    assert read({"aggregator": "sum", "tsuids": ["010101"]}).sub_queries[0] == SubQuery("sum", "", tsuids=("010101",))


NOT_UNDERSTOOD = {
    "rate option": {"rateOptions": {"nosuch": 1}},
    "tags null": {"tags": None},
    "tag empty": {"tags": {"host": ""}},
    "tag null": {"tags": {"host": None}},
    "filter without a type": {"filters": [{"tagk": "host", "filter": "*"}]},
    "percentile": {"percentiles": ["x"]},
    "flag": {"explicitTags": "perhaps"},
}


@pytest.mark.parametrize("fields", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_what_has_the_wrong_shape_is_not_understood(fields):
    with pytest.raises(BadQuery) as error:
        read_sub(**fields)
    assert error.value.message == "Unable to parse the given JSON"
    assert error.value.details


MISTAKES = {
    "counter max": ({"rate": True, "rateOptions": {"counterMax": 1e300}}, "Max value of counter was not a number"),
    "percentile": ({"percentiles": [-1]}, "Invalid percentile parameters: -1.0"),
    "tsuid": ({"tsuids": ["x"]}, "Invalid TSUID: 'x'"),
}


@pytest.mark.parametrize("fields, message", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_named(fields, message):
    with pytest.raises(BadQuery, match=message):
        read_sub(**fields)


texts = st.text("ab*|(){}:,= é", min_size=1)
words = st.text("abc_", min_size=1)
filters = st.builds(FilterSpec, words, texts, st.text(), st.booleans())
downsamples = st.builds(
    lambda step, function, fill, calendar: Downsample(step.ms, function, fill, step, calendar),
    st.builds(Duration, st.integers(1, 10**6), st.sampled_from(list(UNIT_MS))),
    words.filter(lambda name: name != "none"),
    st.sampled_from(FillPolicy),
    st.booleans(),
)
int64 = st.integers(-COUNTER_MAX, COUNTER_MAX)
sub_queries = st.builds(
    SubQuery,
    texts,
    texts,
    st.none() | downsamples,
    st.lists(filters).map(tuple),
    st.booleans(),
    st.none() | st.builds(Rate, st.booleans(), int64, int64, st.booleans()),
    percentiles=st.lists(st.floats(0, 100)).map(sorted).map(tuple),
    show_histogram_buckets=st.booleans(),
)


@given(sub_queries)
def test_an_echo_asks_the_same(sub_query):
    query = Query(TimeSpan(1000, 2000), [sub_query])

    assert read(echo(sub_query, query)).sub_queries == (sub_query,)


json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-(1 << 63), 1 << 63) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
known = st.sampled_from(
    ["aggregator", "metric", "tsuids", "downsample", "rate", "rateOptions", "tags", "filters", "percentiles"]
)
bodies = st.builds(
    lambda subs, fields: orjson.dumps({"start": 1, **fields, "queries": subs}),
    st.lists(st.dictionaries(known, json | st.sampled_from(["sum", "1m-avg", "m"]))),
    st.dictionaries(st.sampled_from(["start", "end", "timezone", "useCalendar", "delete"]), json),
)


@given(st.binary() | bodies, st.sampled_from(PROFILES))
def test_any_body_is_a_query_or_a_client_error(body, profile):
    with suppress(BadQuery):
        assert isinstance(parse_query(body, NOW, profile=profile), Query)


@pytest.mark.parametrize("number", ["9" * 5000, "1" + "0" * 400, "-" + "9" * 5000, "1e400", "1e99"])
@pytest.mark.parametrize("field", ["start", "counterMax"])
def test_numbers_past_all_bounds_are_a_client_error(number, field):
    sub = '{"aggregator":"sum","metric":"m","rate":true,"rateOptions":{"counterMax":%s}}'
    body = '{"start":%s,"queries":[%s]}'
    body = body % (number, sub % 1) if field == "start" else body % (1, sub % number)

    with pytest.raises(BadQuery):
        parse_query(body.encode(), NOW)
    with suppress(BadQuery):
        assert isinstance(parse_query(body.encode(), NOW, profile=GRAFANA), Query)


def meant(**fields):
    """The sub query as the Grafana profile reads it."""
    body = {"start": 1, "end": 2, "queries": [{"aggregator": "sum", "metric": "m", **fields}]}
    return parse_query(dumps(body).encode(), NOW, profile=GRAFANA).sub_queries[0]


DOWNSAMPLES = {
    "30s-": "30s-avg", "30s--nan": "30s-avg-nan", "30s-undefined": "30s-avg", "30s-undefined-null": "30s-avg-null",
    " 1m -avg": "1m-avg", "0ms-avg": "1ms-avg", "1m-avg-": "1m-avg", "0all-max": "0all-max",
    "1dc-p99-nan": "1dc-p99-nan",
}  # fmt: skip


@pytest.mark.parametrize("sent, read", DOWNSAMPLES.items())
def test_a_half_edited_downsample_is_mended_for_grafana(sent, read):
    assert str(meant(downsample=sent).downsample) == read


@pytest.mark.parametrize("sent", ["$__interval-avg", "30s", "m-avg", "1m-avg-linear", "1m-avg-nan-nan"])
def test_a_downsample_that_means_nothing_is_refused_there_too(sent):
    with pytest.raises(BadQuery):
        meant(downsample=sent)


RATES = {
    "unknown": ({"counter": True, "dropcounter": True}, Rate(counter=True)),
    "zeros": ({"counter": True, "counterMax": 0, "resetValue": 0}, Rate(counter=True)),
    "nulls": ({"counter": True, "counterMax": None, "resetValue": None, "dropResets": None}, Rate(counter=True)),
    "no numbers": ({"counterMax": "", "resetValue": [], "dropResets": False}, Rate()),
    "texts": ({"counterMax": "255", "resetValue": "1.5"}, Rate(counter_max=255, reset_value=1.5)),
    "64 bits": ({"counterMax": 18446744073709552000}, Rate(counter_max=18446744073709551616.0)),
    "huge": ({"counterMax": 1e21, "resetValue": 1e300}, Rate(counter_max=1e21, reset_value=1e300)),
    "infinite": ({"counterMax": "Infinity"}, Rate()),
}


@pytest.mark.parametrize("sent, read", RATES.values(), ids=RATES.keys())
def test_rate_options_of_any_shape_are_read_for_grafana(sent, read):
    assert meant(rate=True, rateOptions=sent).rate == read


WEB_SPEC = FilterSpec("wildcard", "host", "web*", group_by=True)
DC_SPEC = FilterSpec("literal_or", "dc", "lax", group_by=True)
JOINED = {
    "both": ({"dc": "lax"}, [WEB_SPEC, DC_SPEC]),
    "variable": ({"dc": "$dc"}, [WEB_SPEC]),
    "braced variable": ({"dc": "${dc:pipe}", "rack": "[[rack]]"}, [WEB_SPEC]),
    "no tags": ({}, [WEB_SPEC]),
    "array": ([], [WEB_SPEC]),
    "null": (None, [WEB_SPEC]),
}


@pytest.mark.parametrize("tags, read", JOINED.values(), ids=JOINED.keys())
@pytest.mark.parametrize("tags_first", [True, False])
def test_tags_and_filters_are_joined_for_grafana(tags, read, tags_first):
    filters = [{"type": "wildcard", "tagk": "host", "filter": "web*", "groupBy": True}]
    fields = [("filters", filters), ("tags", tags)]

    assert list(meant(**dict(reversed(fields) if tags_first else fields)).filters) == read


@given(st.text("$0159.smhdaullc -", max_size=12))
def test_whatever_stands_in_the_box_is_read_or_refused(text):
    with suppress(BadQuery):
        meant(downsample=text)
