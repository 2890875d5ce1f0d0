"""`/metrics` counts requests by few labels, and times them."""

import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families

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
