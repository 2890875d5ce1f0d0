"""What the user reads when something is wrong."""

import json

import pytest

from tests.grafana.conftest import END, T
from tests.grafana.generations import GO

CPU = {"metric": "cpu", "aggregator": "sum", "downsample": "10s-sum"}
MISTAKES = {
    "malformed JSON": b'{"start":1',
    "unknown aggregator": {**CPU, "aggregator": "p98x"},
    "unknown function": {**CPU, "downsample": "10s-nosuch"},
    "unknown fill": {**CPU, "downsample": "10s-sum-linear"},
    "bad interval": {**CPU, "downsample": "tens-sum"},
    "literal $__interval": {**CPU, "downsample": "$__interval-avg"},
    "unknown filter": {**CPU, "filters": [{"type": "nosuch", "tagk": "host", "filter": "a"}]},
    "empty metric": {**CPU, "metric": ""},
    "empty aggregator": {**CPU, "aggregator": ""},
}


def body_of(mistake):
    return mistake if isinstance(mistake, bytes) else {"start": T, "end": END, "queries": [mistake]}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_mistakes(source, mount, mistake):
    """2.5 says: 400 for malformed JSON, unknown aggregator or fill, bad interval, empty metric or aggregator."""
    source.base = mount
    text = mistake if isinstance(mistake, bytes) else json.dumps(body_of(mistake)).encode()
    status, response, body = await source.exchange("POST", "/api/query", text)
    error = json.loads(body)["error"]

    assert (status, error["code"], response.content_type) == (400, 400, "application/json")
    assert error["message"]


NOWHERE = [
    "/api/nosuch",
    "/api/suggest?type=nosuch",
    "/api/search/lookup",
    "/api/query",
    "/api/suggest?max=x&type=tagk",
]


@pytest.mark.parametrize("path", NOWHERE)
async def test_no_pages(source, path):
    """6 check 7: errors are JSON with error.message, the right status, no HTML."""
    status, response, body = await source.exchange("GET", path)
    error = json.loads(body)["error"]

    assert 400 <= status < 500
    assert (error["code"], response.content_type, bool(error["message"])) == (status, "application/json", True)


async def test_the_reason_phrase(source):
    """2.5 MAY put a short text into the reason phrase, the only thing that a user of B is shown."""
    text = json.dumps(body_of({**CPU, "downsample": "$__interval-größe\n" + "x" * 300})).encode()
    _, response, _ = await source.exchange("POST", "/api/query", text, GO)

    assert "$__interval" in response.reason
    assert response.reason.isascii()
    assert response.reason.isprintable()
    assert len(response.reason) <= 120


UNKNOWN = {
    "metric": {**CPU, "metric": "nosuch"},
    "metric, and a function of distributions": {**CPU, "metric": "nosuch", "aggregator": "buckets"},
    "tag value": {**CPU, "tags": {"host": "nosuch"}},
    "tag key": {**CPU, "tags": {"nosuch": "*"}},
    "value of a filter": {
        **CPU,
        "filters": [{"type": "literal_or", "tagk": "host", "filter": "nosuch", "groupBy": True}],
    },
}


@pytest.mark.parametrize("sub", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_unknown_names(source, sub):
    """2.5 says: [] for an unknown metric or tag value in a query: an alert's state is NoData and not Error."""
    assert await source.ask(sub) == []
    assert (await source.faithful().post(body_of(sub)))[0] == 400


async def test_one_missing_metric(source):
    """3 says: one missing metric must not blank the whole panel."""
    queries = [CPU, {**CPU, "metric": "nosuch"}, {**CPU, "tags": {"host": "web01|nosuch"}}]
    status, answer = await source.post({"start": T, "end": END, "queries": queries, "showQuery": True})

    assert status == 200
    assert [result["query"]["index"] for result in answer] == [0, 2]


async def test_too_much_is_refused(source):
    """2.5 says: overload and limits are an error with JSON, never a cut-off 200."""
    status, answer = await source.post({"start": 0, "end": END, "queries": [{**CPU, "downsample": "1ms-sum"}]})

    assert (status, answer["error"]["code"]) == (400, 400)
    assert "setting" in answer["error"]["message"]


async def test_a_body_past_the_limit(source):
    """2.5 says: 413 for a body past the limit, with the JSON error."""
    status, _, body = await source.exchange("POST", "/api/query", b" " * 17_000_000)

    assert (status, json.loads(body)["error"]["code"]) == (413, 413)
