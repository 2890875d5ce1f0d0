"""Save & test, autocompletion, and what variables are filled from."""

import aiohttp
import pytest

from tests.batches import MSGPACK, TREND, packed, trend
from tests.grafana.conftest import T, point
from tests.grafana.generations import ESCAPINGS
from tsdbserver.app import start

GRAFANAS_OWN = "avg sum min max dev zimsum mimmin mimmax"
OPENTSDBS = (
    "sum min max avg none median mult dev diff count zimsum mimmin mimmax first last pfsum squareSum "
    "p50 p75 p90 p95 p99 p999 ep50r3 ep75r3 ep90r3 ep95r3 ep99r3 ep999r3 ep50r7 ep75r7 ep90r7 ep95r7 ep99r7 ep999r7"
)
FILTERS = "literal_or iliteral_or not_literal_or not_iliteral_or wildcard iwildcard regexp not_key"


async def tags_found(source, escaped, m, limit):
    status, answer = await source.get(f"/api/search/lookup?{escaped({'m': m, 'limit': str(limit)})}")
    assert status == 200, answer
    return [result["tags"] for result in answer["results"]]


@pytest.mark.parametrize("query", ["q=cpu&type=metrics", "type=metrics&q=cpu&max=1000", "q=cpu&type=metrics&x=1"])
@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_save_and_test(empty, mount, query):
    """1.2 says: Save & test wants a status of exactly 200; an empty array is fine."""
    empty.base = mount

    assert await empty.get(f"/api/suggest?{query}") == (200, [])


async def test_save_and_test_hangs_up(settings, source, caplog):
    """1.1 says: Save & test closes its connection with the body unread; that is no error to log loudly."""
    async with aiohttp.ClientSession(source._session._base_url, auto_decompress=False) as session:
        response = await session.get("/grafana/api/suggest?q=&type=metrics")
        response.close()
    assert (await source.get("/api/suggest?q=c&type=metrics"))[0] == 200

    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize(
    "query, names",
    [("type=metrics&q=cpu&max=1000", ["cpu"]), ("type=metrics&q=cpu", ["cpu"]), ("type=metrics&q=c&max=1", ["cpu"]),
     ("type=tagk&q=h&max=1000", ["host"]), ("type=tagv&q=web&max=1000", ["web01", "web02"]),
     ("q=web&max=1&type=tagv", ["web01"])],
)  # fmt: skip
async def test_suggest(source, query, names):
    """6 check 1: suggest with and without max, status 200, an array of strings."""
    assert await source.faithful().get(f"/api/suggest?{query}") == (200, names)
    assert (await source.get(f"/api/suggest?{query}"))[1][: len(names)] == names


@pytest.mark.parametrize("q", ["q=&", ""])
async def test_suggest_everything(source, q):
    """6 check 1: suggest with empty or absent q."""
    status, names = await source.get(f"/api/suggest?{q}type=metrics&max=1000")

    assert status == 200
    assert {"cpu", "rt", "rt.p99"} <= set(names)


async def test_what_begins_comes_first(source):
    """3 says: prefix matches first, then substring matches, up to max."""
    await source.put(*(point(name, T, 1, h="a") for name in ("sys.cpu.user", "CPU.old", "cpu.x")))

    assert (await source.get("/api/suggest?type=metrics&q=cpu&max=4"))[1] == ["cpu", "cpu.x", "CPU.old", "sys.cpu.user"]
    assert (await source.get("/api/suggest?type=metrics&q=cpu&max=3"))[1] == ["cpu", "cpu.x", "CPU.old"]
    assert (await source.faithful().get("/api/suggest?type=metrics&q=cpu&max=9"))[1] == ["cpu", "cpu.x"]


async def test_no_hidden_cap(source):
    """3 says: honour max and limit fully, no hidden cap of 25 when given."""
    await source.put(*(point("wide", T, 1, host=f"h{i:04}") for i in range(1500)))

    assert len((await source.get("/api/suggest?type=tagv&q=h&max=1000"))[1]) == 1000
    assert len((await source.get("/api/search/lookup?m=wide%7Bhost%3D*%7D&limit=3000"))[1]["results"]) == 1500


async def test_aggregators(source):
    """6 check 2: aggregators is an array of strings with the percentiles.

    6 breaks: an aggregator list with non-strings.
    """
    status, names = await source.get("/api/aggregators")

    assert status == 200
    assert all(isinstance(name, str) for name in names)
    assert set(f"{GRAFANAS_OWN} {OPENTSDBS}".split()) <= set(names)


async def test_names_of_aggregators(source):
    """4.1 says: own names hold letters, digits, _ and . only: a - splits the downsample text."""
    _, names = await source.get("/api/aggregators")

    assert [name for name in names if not name.replace("_", "").replace(".", "").isalnum()] == []


async def test_every_aggregator_can_be_asked_for(source):
    """4.1 says: only names of the list can be picked; each of them has an answer on one kind of metric or the other."""
    _, names = await source.get("/api/aggregators")
    for name in names:
        answers = []
        for metric in ("cpu", "rt"):
            body = {"start": T, "queries": [{"metric": metric, "aggregator": name, "downsample": "1m-avg"}]}
            answers.append((await source.post(body))[0])
        assert 200 in answers, name


async def test_filters(source):
    """6 check 2: config/filters is an object of descriptions and examples."""
    status, filters = await source.get("/api/config/filters")

    assert status == 200
    assert set(FILTERS.split()) <= filters.keys()
    assert all(isinstance(kind["description"], str) and isinstance(kind["examples"], str) for kind in filters.values())


@pytest.mark.parametrize("escaped", ESCAPINGS.values(), ids=ESCAPINGS.keys())
@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_both_escapings(source, escaped, mount):
    """1.3 MUST decode both styles of escaping and accept any order of parameters.

    6 check 3: search/lookup with m and limit, including limit=0, both escaping styles, {k=*,a=b}.
    """
    source.base = mount
    await source.put(point("cpu", T, 1, host="web03", dc="lga"))
    found = await tags_found(source, escaped, "cpu{host=*,dc=lga}", 1000)

    assert sorted(tags["host"] for tags in found) == ["web01", "web03"]
    assert await source.get(f"/api/suggest?{escaped({'q': 'GET /x', 'type': 'tagv'})}") == (200, ["GET /x?a=1,b=<2>&c"])


@pytest.mark.parametrize("escaped", ESCAPINGS.values(), ids=ESCAPINGS.keys())
@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_no_limit(source, escaped, mount):
    """1.3 MUST treat limit=0 as no limit, never as no rows.

    6 breaks: limit=0 read as zero rows.
    """
    source.base = mount
    await source.put(*(point("wide", T, 1, host=f"h{i:04}") for i in range(50)))

    assert len(await tags_found(source, escaped, "wide{host=*}", 0)) == 50


@pytest.mark.parametrize("mount", ["/grafana", ""])
async def test_the_same_key_twice(source, mount):
    """1.3 SHOULD read repeats of one key as any of these."""
    source.base = mount
    found = await tags_found(source, ESCAPINGS["Go"], "cpu{host=*,dc=lga,dc=lax}", 0)

    assert sorted(tags["host"] for tags in found) == ["web01", "web02"]


@pytest.mark.parametrize("m", ["cpu{host=*,dc=lga|lax}", "cpu{host=*,dc=*}", "cpu{host=*,dc=nosuch,dc=lax,dc=lga}"])
async def test_alternatives_and_stars(source, m):
    """1.3 MAY accept k=a|b, and k=* is a real filter value."""
    assert sorted(tags["host"] for tags in await tags_found(source, ESCAPINGS["Go"], m, 0)) == ["web01", "web02"]


async def test_values_with_marks(source):
    """1.3 says: variables are put into the lookup as they are; a value may hold commas and equals signs."""
    batch = packed(("rt", {"host": "c", "name": "GET /y?ids=1,2,3&x"}, TREND, trend(1)), seq=2)
    await source.exchange("POST", "/api/tdigest/v1/batch", batch, {"Content-Type": MSGPACK})
    found = await tags_found(source, ESCAPINGS["browser"], "rt{host=*,name=GET /y?ids=1,2,3&x}", 0)

    assert [tags["host"] for tags in found] == ["c"]


async def test_distinct_values(source):
    """2.6 MAY return one result per distinct value of the key, within the limit."""
    await source.put(*(point("wide", T, 1, host=f"h{i % 3}", disk=f"sd{i}") for i in range(300)))
    found = await tags_found(source, ESCAPINGS["Go"], "wide{host=*}", 10)

    assert sorted(tags["host"] for tags in found) == ["h0", "h1", "h2"]
    assert len(await tags_found(source.faithful(), ESCAPINGS["Go"], "wide{host=*}", 10)) == 10


async def test_names_of_keys(source):
    """2.6 MAY return few rows that together contain every key, for a bare metric."""
    await source.put(
        *(point("wide", T, 1, host=f"h{i}") for i in range(2000)), point("wide", T, 1, rack="r1", host="z")
    )
    found = await tags_found(source, ESCAPINGS["Go"], "wide", 1000)

    assert {key for tags in found for key in tags} == {"host", "rack"}
    assert len(found) <= 2


@pytest.mark.parametrize("m", ["nosuch", "nosuch{host=*}", "cpu{nosuch=*}", "cpu{host=*,dc=nosuch}"])
async def test_unknown_names(source, m):
    """2.5 says: an unknown metric in a lookup is 200 with results: []."""
    assert await tags_found(source, ESCAPINGS["Go"], m, 0) == []
    assert (await source.faithful().get(f"/api/search/lookup?{ESCAPINGS['Go']({'m': m})}"))[0] == 404


async def test_the_shape_of_a_lookup(source):
    """2.6 says: results is an array of objects whose tags are strings, beside OpenTSDB's other fields."""
    _, answer = await source.get("/api/search/lookup?limit=25&m=cpu%7Bhost%3D%2A%7D")

    assert answer.keys() == {"type", "metric", "tags", "limit", "time", "results", "startIndex", "totalResults"}
    assert answer["tags"] == [{"key": "host", "value": "*"}]
    assert all(isinstance(value, str) for result in answer["results"] for value in result["tags"].values())


async def test_headers(source):
    """2.6 says: response headers are copied to the browser, so no surprising Set-Cookie or Location."""
    for path in ("/api/suggest?type=metrics", "/api/aggregators", "/api/config/filters", "/api/search/lookup?m=cpu"):
        _, response, _ = await source.exchange("GET", path)
        assert {"Set-Cookie", "Location"}.isdisjoint(response.headers)
        assert response.content_type == "application/json"


async def test_long_lines(source):
    """1.1 says: a long lookup GET needs lines of at least 64 KiB."""
    pairs = ",".join(f"dc=data-center-{i:05}" for i in range(1800))
    found = await tags_found(source, ESCAPINGS["Go"], f"cpu{{host=*,dc=lga,{pairs}}}", 0)

    assert [tags["host"] for tags in found] == ["web01"]


async def test_idle_connections(settings):
    """1.1 SHOULD: the keep-alive timeout is longer than 90 s, the time for which Go keeps idle connections."""
    runner, url = await start(settings)
    async with aiohttp.ClientSession(url) as session, session.get("/grafana/api/aggregators") as response:
        await response.read()
        waits = [connection._keepalive_timeout for connection in runner.server.connections]  # type: ignore[union-attr]
    await runner.cleanup()

    assert [wait > 90 for wait in waits] == [True]
