"""What fills Grafana's menus: suggest, lookup, aggregators, filters."""

import pytest

from tests.batches import COUNTER, TREND, packed, trend


@pytest.fixture
async def named(client):
    await client.send(
        packed(
            ("k6.rt", {"scenario": "buy", "name": "GET /a?b=<c>"}, TREND, trend(1, 2)),
            ("k6.rt", {"scenario": "browse"}, TREND, trend(1)),
            ("k6.reqs", {"scenario": "buy"}, COUNTER, [1.0, 1]),
        )
    )
    return client


async def test_metrics_are_suggested_with_their_companions(named):
    _, metrics = await named.get("/api/suggest", type="metrics", q="k6.r", max="1000")

    assert metrics == sorted(
        ["k6.reqs", "k6.reqs.rate", "k6.reqs.count", "k6.rt"]
        + [f"k6.rt.{name}" for name in ("p50", "p90", "p95", "p99", "min", "max", "avg", "sum", "count", "rate")]
    )


async def test_tag_keys_and_values_are_suggested_by_prefix(named):
    assert await named.get("/api/suggest", type="tagk") == (200, ["name", "scenario"])
    assert await named.get("/api/suggest", type="tagv", q="b") == (200, ["browse", "buy"])
    assert await named.get("/api/suggest", type="tagv", q="b", max="1") == (200, ["browse"])


@pytest.mark.parametrize(
    "params, message",
    [({}, "Missing parameter <code>type</code>"), ({"type": "x"}, "Invalid 'type' parameter:x"),
     ({"type": "tagk", "max": "many"}, "Unable to parse 'max' as a number")],
)  # fmt: skip
async def test_a_bad_suggest_is_named(client, params, message):
    status, answer = await client.get("/api/suggest", **params)

    assert (status, answer["error"]["message"]) == (400, message)


LOOKUPS = {
    "k6.rt": [{"scenario": "buy", "name": "GET /a?b=<c>"}, {"scenario": "browse"}],
    "k6.rt{scenario=*}": [{"scenario": "buy", "name": "GET /a?b=<c>"}, {"scenario": "browse"}],
    "k6.rt{scenario=buy,name=*}": [{"scenario": "buy", "name": "GET /a?b=<c>"}],
    "k6.rt{scenario=buy,scenario=browse}": [{"scenario": "buy", "name": "GET /a?b=<c>"}, {"scenario": "browse"}],
    "k6.rt{*=browse}": [{"scenario": "browse"}],
    "k6.rt.p99{scenario=browse}": [{"scenario": "browse"}],
    "*{name=*}": [{"scenario": "buy", "name": "GET /a?b=<c>"}],
}


@pytest.mark.parametrize("m, tags", LOOKUPS.items(), ids=LOOKUPS.keys())
async def test_lookup(named, m, tags):
    status, answer = await named.get("/api/search/lookup", m=m, limit="0")

    assert status == 200
    assert [result["tags"] for result in answer["results"]] == tags
    assert answer["totalResults"] == len(tags)


async def test_lookup_by_post_and_limit(named):
    body = {"metric": "k6.rt", "tags": [{"key": "scenario", "value": "*"}], "limit": 1}
    _, answer = await named.post("/api/search/lookup", body)

    assert [result["tags"] for result in answer["results"]] == [{"scenario": "buy", "name": "GET /a?b=<c>"}]


@pytest.mark.parametrize(
    "m, name", [("nosuch", "'metrics': 'nosuch'"), ("k6.rt{x=*}", "'tagk': 'x'"), ("k6.rt{scenario=x}", "'tagv': 'x'")]
)
async def test_lookup_of_a_name_that_never_was(named, m, name):
    status, answer = await named.get("/api/search/lookup", m=m)

    assert status == 404
    assert answer["error"]["message"] == "Unable to resolve one or more UIDs"
    assert answer["error"]["details"] == f"No such name for {name}"


async def test_menus_come_from_the_registries(client):
    _, aggregators = await client.get("/api/aggregators")
    _, filters = await client.get("/api/config/filters")

    assert {"sum", "avg", "min", "max", "count", "p50", "p75", "p90", "p95", "p99", "p999"} <= set(aggregators)
    assert {"literal_or", "wildcard"} <= filters.keys()
    assert all(kind["description"] and kind["examples"] for kind in filters.values())


async def test_version(client):
    status, answer = await client.get("/api/version")

    assert status == 200
    assert all(isinstance(value, str) for value in answer.values())
