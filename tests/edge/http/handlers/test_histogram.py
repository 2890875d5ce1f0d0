"""Histograms through their doors, and what is asked of them."""

from base64 import b64encode

import pytest

from aggregators.histogram.histogram import Histogram
from tsdbserver.wire.points.histogram_bytes import encode

RT = {
    "metric": "rt",
    "timestamp": 1356998400,
    "tags": {"host": "web01"},
    "buckets": {"0,1.75": 12, "1.75,3.5": 16},
    "underflow": 1,
    "overflow": 2,
}
START, END = 1356998400, 1356999000


async def asked(client, m):
    """{metric: dps} of the results of one sub query."""
    status, answer = await client.get("/api/query", m=m, start=str(START), end=str(END))
    assert status == 200, answer
    return {result["metric"]: result["dps"] for result in answer}


async def test_one_histogram_or_a_list(client):
    assert await client.post("/api/histogram", RT) == (204, None)
    assert await client.post("/api/histogram?details", [{**RT, "timestamp": 1356998410000}]) == (
        200,
        {"success": 1, "failed": 0, "errors": []},
    )

    assert await asked(client, "sum:percentiles[50]:show-histogram-buckets:rt") == {
        "rt_pct_50.0": {"1356998400": 2.625, "1356998410": 2.625},
        "rt_UNDERFLOW": {"1356998400": 1, "1356998410": 1},
        "rt_0.0_1.75": {"1356998400": 12, "1356998410": 12},
        "rt_1.75_3.5": {"1356998400": 16, "1356998410": 16},
        "rt_OVERFLOW": {"1356998400": 2, "1356998410": 2},
    }


async def test_bytes_are_the_same_histogram(client):
    value = b64encode(encode(Histogram.of({(0.0, 1.75): 12, (1.75, 3.5): 16}, 1, 2))).decode()
    sent = {**RT, "id": 42, "value": value, "buckets": None}
    assert await client.post("/api/histogram", {**sent, "metric": "other"}) == (204, None)
    await client.post("/api/histogram", RT)

    shown = [await asked(client, f"sum:show-histogram-buckets:{metric}") for metric in ("rt", "other")]
    assert list(shown[0].values()) == list(shown[1].values())


async def test_good_histograms_are_stored_and_bad_ones_named(client):
    bad = {**RT, "buckets": {"a,b": 1}}
    status, answer = await client.post("/api/histogram?details", [bad, RT])

    assert (status, answer["success"], answer["failed"]) == (400, 1, 1)
    assert answer["errors"] == [{"datapoint": {**bad, "id": 0}, "error": "Unable to parse value to a number"}]
    assert "rt_pct_50.0" in await asked(client, "sum:percentiles[50]:rt")


async def test_a_metric_holds_one_kind(client):
    await client.post("/api/histogram", RT)
    number = {"metric": "rt", "timestamp": START, "value": 1, "tags": {"host": "web01"}}
    status, answer = await client.post("/api/put?details", number)

    assert status == 400
    assert answer["errors"][0]["error"] == "metric 'rt' holds histogram series, not point"
    await client.post("/api/put", {**number, "metric": "load"})
    status, answer = await client.post("/api/histogram?details", {**RT, "metric": "load"})
    assert answer["errors"][0]["error"] == "metric 'load' holds point series, not histogram"


async def test_only_posts(client):
    status, answer = await client.get("/api/histogram")

    assert (status, answer["error"]["message"]) == (405, "Method not allowed")


async def test_percentiles_in_a_body(client):
    await client.post("/api/histogram", RT)
    sub = {"metric": "rt", "aggregator": "sum", "percentiles": [99.9, 50], "showHistogramBuckets": True}
    status, answer = await client.post("/api/query", {"start": START, "end": END, "queries": [sub], "showQuery": True})

    assert status == 200
    assert [result["metric"] for result in answer][:3] == ["rt_pct_50.0", "rt_pct_99.9", "rt_UNDERFLOW"]
    assert answer[0]["query"]["percentiles"] == [50.0, 99.9]
    assert answer[0]["tags"] == {"host": "web01"}


@pytest.mark.parametrize("name, value", {"count": 31, "p99": 3.5, "p50": 2.625, "max": 3.5, "min": 0.0}.items())
async def test_dashboards_ask_aggregators_and_companions(client, name, value):
    await client.post("/api/histogram", RT)

    assert await asked(client, f"{name}:rt") == {"rt": {"1356998400": value}}
    assert await asked(client, f"sum:rt.{name}") == {f"rt.{name}": {"1356998400": value}}


async def test_histograms_are_counted(client):
    await client.post("/api/histogram", [RT, {**RT, "tags": {"host": "web02"}}])

    assert await client.metric("tsdbserver_series") == 2
    assert await client.metric("tsdbserver_store_bytes") > 0
