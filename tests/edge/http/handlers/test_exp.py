"""`/api/query/exp`."""

import pytest

T = 1_700_000_000 - 1_700_000_000 % 3600
TIME = {"start": T, "end": T + 10, "aggregator": "sum"}
A, B = {"id": "a", "metric": "cpu", "filter": "f"}, {"id": "b", "metric": "mem", "filter": "f"}
QUESTION = {
    "time": TIME,
    "filters": [{"id": "f", "tags": [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]}],
    "metrics": [A, B],
    "expressions": [{"id": "e", "expr": "a / b"}],
    "outputs": [{"id": "e", "alias": "share"}],
}


@pytest.fixture
async def loaded(client):
    values = {("cpu", "web01"): (1, 2), ("cpu", "web02"): (3, 4), ("mem", "web01"): (4, 0)}
    points = [
        {"metric": metric, "timestamp": T + 10 * i, "value": value, "tags": {"host": host}}
        for (metric, host), column in values.items()
        for i, value in enumerate(column)
    ]
    assert (await client.post("/api/put", points))[0] == 204
    return client


async def test_an_answer_has_a_row_for_each_time_and_tells_its_columns(loaded):
    status, answer = await loaded.post("/api/query/exp", QUESTION)

    assert status == 200
    assert answer["outputs"] == [
        {
            "id": "e",
            "alias": "share",
            "dps": [[T * 1000, 0.25, 0.0], [(T + 10) * 1000, 0.0, 0.0]],
            "dpsMeta": {
                "firstTimestamp": T * 1000,
                "lastTimestamp": (T + 10) * 1000,
                "setCount": 2,
                "series": 2,
            },
            "meta": [
                {"index": 0, "metrics": ["timestamp"]},
                {"index": 1, "metrics": ["cpu", "mem"], "commonTags": {"host": "web01"}, "aggregatedTags": []},
                {"index": 2, "metrics": ["cpu", "mem"], "commonTags": {"host": "web02"}, "aggregatedTags": []},
            ],
        }
    ]
    assert answer["query"]["time"]["start"] == str(T)


async def test_nan_is_a_text(loaded):
    metrics = [{**metric, "fillPolicy": {"policy": "nan"}} for metric in (A, B)]
    time = {**TIME, "start": T - 10}
    late = {"metric": "mem", "timestamp": T - 10, "value": 1, "tags": {"host": "web01"}}
    assert (await loaded.post("/api/put", late))[0] == 204
    status, answer = await loaded.post("/api/query/exp", {**QUESTION, "metrics": metrics, "time": time})

    assert (status, answer["outputs"][0]["dps"][0]) == (200, [(T - 10) * 1000, "NaN", 0.0])


FILLS = {
    "a downsampler's nan": ({"policy": "nan"}, None, ["NaN", "NaN", "NaN"]),
    "a downsampler's null": ({"policy": "null"}, None, ["NaN", "NaN", "NaN"]),
    "a downsampler's zero": ({"policy": "zero"}, None, [1, 0, 0]),
    "a downsampler's value": ({"value": 0}, None, [1, 0, 0]),
    "none": ({"policy": "none"}, None, [1, 0]),
    "without": (None, None, [1, 0]),
    "a metric's own": ({"policy": "nan"}, {"value": 7}, [1, 7]),
    "a metric's own zero": ({"policy": "nan"}, {"policy": "zero"}, [1, 0]),
}


@pytest.mark.parametrize("slots, own, values", FILLS.values(), ids=FILLS.keys())
async def test_what_fills_an_empty_slot(loaded, slots, own, values):
    """`first` has a point at 0 s only, `last` at 20 s only."""
    for metric, second in (("first", 0), ("last", 20)):
        point = {"metric": metric, "timestamp": T + second, "value": 1, "tags": {"host": "web01"}}
        assert (await loaded.post("/api/put", point))[0] == 204
    downsampler = {"interval": "10s", "aggregator": "sum", "fillPolicy": slots}
    body = {
        "time": {"start": T, "end": T + 20, "aggregator": "sum", "downsampler": downsampler},
        "metrics": [{"id": name, "metric": name, "fillPolicy": own} for name in ("first", "last")],
        "expressions": [{"id": "e", "expr": "first + 0 * last"}],
    }
    status, answer = await loaded.post("/api/query/exp", body)

    assert status == 200, answer
    assert [value for _, value in answer["outputs"][0]["dps"]] == values


async def test_a_downsampler_has_no_number_as_its_fill(loaded):
    fill = {"policy": "scalar", "value": 5}
    time = {**TIME, "downsampler": {"interval": "1m", "aggregator": "avg", "fillPolicy": fill}}
    status, answer = await loaded.post("/api/query/exp", {**QUESTION, "time": time})

    assert (status, answer["error"]["message"]) == (400, "Invalid time")
    assert answer["error"]["details"].startswith("The fill policy of a downsampler cannot be a number: 5.")


async def test_nothing_is_an_answer_without_columns(loaded):
    time = {**TIME, "start": T - 90_000, "end": T - 80_000}
    status, answer = await loaded.post("/api/query/exp", {**QUESTION, "time": time})

    assert status == 200
    assert answer["outputs"] == [
        {
            "id": "e",
            "alias": "share",
            "dps": [],
            "dpsMeta": {"firstTimestamp": 0, "lastTimestamp": 0, "setCount": 0, "series": 0},
        }
    ]


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"time": None}, "missing time"),
        (
            {"metrics": [{"id": "a", "metric": "no.such"}, {"id": "b", "metric": "mem"}]},
            "No such name for 'metrics': 'no.such'",
        ),
        ({"time": {**TIME, "aggregator": "p98"}}, "No such aggregation function: p98"),
        ({"expressions": [{"id": "e", "expr": "a * 1e308 * 1e308"}]}, "Got Infinity: a value of 'e' is past"),
    ],
)
async def test_a_mistake_is_named(loaded, changed, message):
    status, answer = await loaded.post("/api/query/exp", {**QUESTION, **changed})

    assert status == 400
    assert message in answer["error"]["message"]


async def test_a_get_says_nothing(client):
    status, answer = await client.get("/api/query/exp")

    assert (status, answer["error"]["message"]) == (400, "Incoming data was null or empty")
