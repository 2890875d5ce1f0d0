"""`/metrics` counts requests by few labels, and times them."""

import asyncio
import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.batches import COUNTER, GAUGE, T0, TREND, packed, trend

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}


async def samples(client):
    async with client.session.get("/metrics") as response:
        families = text_string_to_metric_families(await response.text())
        return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


async def requests(client):
    """(endpoint, method, status) → how many."""
    return {
        tuple(dict(key[1:])[name] for name in ("endpoint", "method", "status")): value
        for key, value in (await samples(client)).items()
        if key[0] == "tsdbserver_requests_total"
    }


async def test_requests_are_counted_by_endpoint_method_and_status(client):
    await client.post("/api/put", POINT)
    await client.post("/api/v1/put/", [POINT, {**POINT, "metric": "a b"}])
    await client.get("/api/suggest/whatever", type="metrics")
    await client.get("/api/nosuch/" + "x" * 50)

    assert await requests(client) == {
        ("/api/put", "POST", "204"): 1,
        ("/api/put", "POST", "400"): 1,
        ("/api/suggest", "GET", "200"): 1,
        ("none", "GET", "404"): 1,
    }


@pytest.mark.parametrize("method", ["PROPFIND", "PATCH", "HEAD"])
async def test_a_method_of_the_clients_own_is_no_label(client, method):
    async with client.session.request(method, "/api/put"):
        pass

    assert {key[1] for key in await requests(client)} == {"other"}


async def test_requests_are_timed(client):
    await client.post("/api/put", POINT)
    seen = await samples(client)

    assert seen["tsdbserver_request_seconds_count", ("endpoint", "/api/put")] == 1
    assert seen["tsdbserver_request_seconds_bucket", ("endpoint", "/api/put"), ("le", "+Inf")] == 1
    assert 0 < seen["tsdbserver_request_seconds_sum", ("endpoint", "/api/put")] < 60


async def test_the_process_is_there(client):
    seen = await samples(client)

    assert seen[("process_resident_memory_bytes",)] > 10e6
    assert ("process_cpu_seconds_total",) in seen
    assert seen[("process_open_fds",)] > 3


async def test_each_request_is_logged_at_level_debug_without_what_is_nobodys_business(client, caplog):
    caplog.set_level(logging.DEBUG)
    await client.post("/api/put?pass=word", POINT, Authorization="Bearer hunter2")

    (fields,) = [r.__dict__["fields"] for r in caplog.records if r.name == "tsdbserver.request"]
    assert fields | {"ms": 0} == {"method": "POST", "path": "/api/put", "status": "204", "ms": 0}
    assert "hunter2" not in caplog.text
    assert "word" not in caplog.text


GOOD = POINT
ODD = [
    {**POINT, "metric": "a b"}, {**POINT, "value": "x"}, {**POINT, "timestamp": 0}, {**POINT, "tags": {}}, None,
    {**POINT, "metric": ""}, {**POINT, "value": "NaN"}, {**POINT, "tags": {str(i): "x" for i in range(9)}},
]  # fmt: skip
HISTOGRAM = {"metric": "h", "timestamp": 1356998400, "tags": {"a": "b"}, "buckets": {"0,1": 2}}


async def lost(client):
    """(entrance, cause) → points, of those that are any."""
    seen = {key: value for key, value in (await samples(client)).items() if key[0] == "tsdbserver_points_lost_total"}
    return {(dict(key[1:])["entrance"], dict(key[1:])["cause"]): n for key, n in seen.items() if n}


@pytest.mark.parametrize("flag", ["summary", "details"])
async def test_points_that_are_not_stored_are_counted_by_entrance_and_cause(client, flag):
    status, answer = await client.post(f"/api/put?{flag}", [GOOD, *ODD, GOOD])

    assert (status, answer["success"], answer["failed"]) == (400, 2, 8)
    assert await lost(client) == {
        ("put", "name"): 2, ("put", "value"): 2, ("put", "timestamp"): 1, ("put", "tags"): 2, ("put", "other"): 1,
    }  # fmt: skip
    assert await client.metric("tsdbserver_points_total") == answer["success"]
    assert await client.metric("tsdbserver_points_invalid_total") == answer["failed"]
    stats = {row["metric"]: row["value"] for row in (await client.get("/api/stats"))[1]}
    assert (stats["tsd.datapoints.added"], stats["tsd.rpc.errors"]) == ("2", "8")


async def test_histograms_and_rollups_are_counted_as_well(client):
    bad = [{**HISTOGRAM, "buckets": {"0;1": 2}}, {**HISTOGRAM, "tags": {}}, {**HISTOGRAM, "buckets": None}]
    _, histograms = await client.post("/api/histogram?summary", [HISTOGRAM, *bad])
    rollup = {**POINT, "interval": "1m", "aggregator": "SUM"}
    _, rollups = await client.post("/api/rollup?summary", [rollup, {**rollup, "value": ""}])
    await client.post("/api/put", {**POINT, "metric": "h"})

    assert (histograms, rollups) == ({"success": 1, "failed": 3}, {"success": 0, "failed": 2})
    assert await lost(client) == {
        ("histogram", "histogram"): 2, ("histogram", "tags"): 1, ("rollup", "rollup"): 1, ("rollup", "value"): 1,
        ("put", "kind"): 1,
    }  # fmt: skip


async def test_lines_are_counted_by_cause(client):
    url = client.session._base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    lines = [
        "put cpu 1356998400 1 host=a", "put cpu x 1 host=a", "put cpu 1356998400 x host=a", "put cpu 1356998400 1 host",
        "put cpu", "put c;pu 1356998400 1 host=a", "put cpu 1356998400 1 " + "x" * 5_000, "version " + "x" * 5_000,
        "histogram h 1356998400 u=1 a=b", "rollup 1m-sum cpu 1356998400 1 host=a",
    ]  # fmt: skip
    writer.write("".join(f"{line}\n" for line in lines).encode())
    writer.write_eof()
    await reader.read()
    writer.close()

    counted = await lost(client)
    assert {entrance for entrance, _ in counted} == {"telnet"}
    assert counted["telnet", "line_too_long"] == 2
    assert counted["telnet", "tags"] == counted["telnet", "name"] == counted["telnet", "rollup"] == 1
    assert counted["telnet", "timestamp"] == counted["telnet", "value"] == 1
    assert sum(counted.values()) == await client.metric("tsdbserver_points_invalid_total")
    assert sum(counted.values()) == len(lines) - 2
    assert await client.metric("tsdbserver_points_total") == 2  # the first and the histogram


async def test_samples_of_batches_are_stored_or_counted_by_cause(client):
    body = packed(
        ("a", {"x": "1"}, TREND, trend(1, 2, 3)), ("a", {"x": "y" * 5000}, TREND, trend(1, 2)),
        ("a", {"x": "2"}, COUNTER, [1.0, 4]), ("b", {str(i): "x" for i in range(65)}, GAUGE, [1.0, T0, 1, 1, 1.0, 6]),
    )  # fmt: skip
    _, answer = await client.send(body)
    _, again = await client.send(body)

    assert [position for position, _ in answer["refused"]] == [0, 1, 3]  # counters come first
    assert (again["dup"], again["refused"]) == (True, answer["refused"])
    seen = await samples(client)
    assert seen[("tsdbserver_samples_total",)] + seen["tsdbserver_samples_refused_total", ("cause", "kind")] == 4 + 3
    assert seen["tsdbserver_samples_refused_total", ("cause", "name")] == 2
    assert seen["tsdbserver_samples_refused_total", ("cause", "tags")] == 6


async def test_no_client_makes_a_label(client):
    before = set(await samples(client))
    await client.post("/api/put", [{**POINT, "metric": f"x {i}", "tags": {f"y {i}": "z"}} for i in range(50)])

    new = {key for key in await samples(client) if key not in before}
    assert {key[0].removesuffix("_bucket") for key in new} <= {
        "tsdbserver_requests_total", "tsdbserver_requests_created", "tsdbserver_request_seconds",
        "tsdbserver_request_seconds_sum", "tsdbserver_request_seconds_count", "tsdbserver_request_seconds_created",
    }  # fmt: skip
