"""What Grafana sends and OpenTSDB refuses, read as it was meant: the profile alone."""

import pytest

from tests.grafana.conftest import END, T
from tests.grafana.generations import Panel, model

CPU = {"metric": "cpu", "aggregator": "sum"}


def values(answer):
    return [list(result["dps"].values()) for result in answer]


@pytest.mark.parametrize("text", ["30s-", "30s--nan", "30s-undefined", "30s-undefined-null", " 30s -avg"])
async def test_a_function_that_nobody_chose(source, text):
    """1.7 SHOULD take 30s- as 30s-avg."""
    assert values(await source.ask({**CPU, "downsample": text})) == [[22, 55.5]]
    if text[0].isdigit():
        assert values((await source.get(f"/api/query?start={T}&end={END}&m=sum:{text}:cpu"))[1]) == [[22, 55.5]]


async def test_an_interval_below_a_millisecond(source):
    """1.7 says: a typed 0.0001s becomes 0ms-avg."""
    assert values(await source.ask({**CPU, "downsample": "0ms-sum"})) == [[11, 22, 33, 44, 55, 66]]


async def test_a_model_without_a_function(source):
    """1.7 says: a provisioned query without downsampleAggregator runs before the editor fills the default."""
    boxes = {**model("cpu"), "downsampleAggregator": "", "downsampleInterval": "30s"}
    (frame,) = await source.show("B", Panel([boxes], T, END))

    assert [value for _, value in frame.points] == [22, 55.5]


async def test_tags_and_filters_are_joined(source):
    """1.4 SHOULD combine tags and filters that are both non-empty (AND)."""
    filters = [{"type": "wildcard", "tagk": "host", "filter": "web*", "groupBy": True}]
    for order in (("tags", "filters"), ("filters", "tags")):
        both = {"tags": {"dc": "lax"}, "filters": filters}
        answer = await source.ask({**CPU, **{name: both[name] for name in order}})
        assert [result["tags"] for result in answer] == [{"host": "web02", "dc": "lax"}]


@pytest.mark.parametrize("value", ["$host", "${host}", "${host:pipe}", "[[host]]"])
async def test_a_variable_that_nobody_replaces(source, value):
    """1.4 says: beside filters a tag value that is a bare $name is best ignored."""
    filters = [{"type": "literal_or", "tagk": "dc", "filter": "lax", "groupBy": True}]

    assert values(await source.ask({**CPU, "downsample": "0all-sum", "tags": {"host": value}, "filters": filters})) == [
        [210]
    ]


RATE_OPTIONS = {
    "unknown": {"dropcounter": True},
    "zeros of an alert rule": {"counterMax": 0, "resetValue": 0},
    "null": {"counterMax": None, "resetValue": None},
    "a browser's": {"counterMax": 18446744073709552000, "dropResets": False},
    "a slip of the client": {"resetValue": 5, "dropResets": True},
}


@pytest.mark.parametrize("options", RATE_OPTIONS.values(), ids=RATE_OPTIONS.keys())
async def test_rate_options(source, options):
    """1.6 says: ignore unknown rate options, and counterMax and resetValue may be sent as 0."""
    sub = {**CPU, "tags": {"host": "web02"}, "rate": True, "rateOptions": {"counter": True, **options}}

    assert values(await source.ask(sub)) == [[1, 1, 1, 1, 1]]


async def test_a_counter_that_wraps_at_64_bits(source):
    """1.8 says: numbers may be floats or huge, and count for what they are."""
    sub = {**CPU, "metric": "wrap", "rate": True, "rateOptions": {"counter": True, "counterMax": 2**64 - 1}}
    status, _, _ = await source.exchange(
        "POST",
        "/api/put",
        b'[{"metric":"wrap","timestamp":%d,"value":1.8e19,"tags":{"h":"a"}},'
        b'{"metric":"wrap","timestamp":%d,"value":0,"tags":{"h":"a"}}]' % (T, T + 10),
    )
    assert status == 204

    assert values(await source.ask(sub)) == [[pytest.approx((2**64 - 1.8e19) / 10)]]


async def test_the_number_of_an_echo_is_json(source):
    """2.1 says: query is an object with an integer index, also beside a counterMax of 2^64 - 1."""
    sub = {**CPU, "rate": True, "rateOptions": {"counter": True, "counterMax": 18446744073709552000}}
    (answer,) = await source.ask(sub, showQuery=True)

    assert (answer["query"]["index"], answer["query"]["rateOptions"]["counterMax"]) == (0, float(2**64))


async def test_the_faithful_mount_says_what_opentsdb_says(source):
    """1.7 says: OpenTSDB answers 400 to 30s-; at the server's own URL so do we."""
    faithful = source.faithful()
    body = {"start": T, "end": END, "queries": [{**CPU, "downsample": "30s-"}]}

    assert (await faithful.post(body))[0] == 400
