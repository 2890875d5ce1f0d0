"""What no client should send: every door answers that it is the client's mistake, never that it is the server's."""

import json
from base64 import b64encode

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from tests.batches import COUNTER, GAUGE, IV, MSGPACK, RATE, T0, TREND, centroid_bytes, message, packed, trend

BATCH = "/api/tdigest/v1/batch"
JSON = "application/json"
JSON_DOORS = {
    "query": "/api/query",
    "put": "/api/put?details",
    "histogram": "/api/histogram?details",
    "lookup": "/api/search/lookup",
    "last": "/api/query/last",
    "annotation": "/api/annotation",
    "annotations": "/api/annotations/bulk",
    "assign": "/api/uid/assign",
    "rename": "/api/uid/rename",
    "batch": BATCH,
}
POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}
LATENCY = ("latency", {"host": "a"}, TREND, trend(10, 20, 30, 40))
DEEP = 100_000


async def test_an_encoding_that_fits_no_column_refuses_its_series_alone(client):
    huge = [1, 1.0, 1.0, 1.0, 2**64 - 1, centroid_bytes([(1.0, 1)])]
    status, answer = await client.send(packed(("bad", {}, TREND, huge), LATENCY))

    assert (status, answer["series"]) == (200, 1)
    assert answer["refused"] == [[0, f"unknown digest encoding {2**64 - 1}"]]


@pytest.mark.parametrize("body", [b"[" * DEEP, b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}"], ids=["open", "closed"])
@pytest.mark.parametrize("path", JSON_DOORS.values(), ids=JSON_DOORS.keys())
async def test_deeply_nested_json_is_a_bad_request(client, path, body):
    assert (await client.post(path, body))[0] == 400


async def test_a_deeply_nested_sub_query_is_a_bad_request(client):
    body = b'{"start": 1, "queries": [' + b"[" * DEEP + b"]" * DEEP + b"]}"

    assert (await client.post("/api/query", body))[0] == 400


async def test_deeply_nested_msgpack_is_a_bad_request(client):
    assert (await client.send(b"\x81\xa1x" + b"\x91" * DEEP + b"\xc0"))[0] == 400


@pytest.mark.parametrize("limit", [2**63, 10**300, 2**31])
async def test_a_lookup_limit_past_32_bits_is_a_bad_request(client, limit):
    await client.post("/api/put", POINT)

    assert (await client.post("/api/search/lookup", {"metric": "cpu", "limit": limit}))[0] == 400
    assert (await client.get("/api/search/lookup", m="cpu", limit=str(limit)))[0] == 400
    assert (await client.get("/api/search/lookup", m="cpu", limit=str(2**31 - 1)))[0] == 200


@pytest.mark.parametrize("digits", [20, 300, 10_000])
async def test_a_timestamp_past_64_bits_is_no_point(client, digits):
    body = json.dumps({**POINT, "timestamp": "STAMP"}).replace('"STAMP"', "9" * digits).encode()
    status, answer = await client.post("/api/put?details", body)

    assert (status, answer["error"]["message"]) == (400, "Unable to parse the given JSON")


@pytest.mark.parametrize("name", ["t0", "iv", "seq"])
async def test_a_huge_integer_in_a_batch_is_named(client, name):
    body = {"v": 1, "iid": "s", "seq": 1, "t0": T0, "iv": IV, "series": [{"metric": "m", "counter": 1}]}
    status, answer = await client.post(BATCH, {**body, name: 10**300})
    assert (status, name in answer["error"]["message"]) == (400, True)

    status, answer = await client.send(packed(LATENCY, **{name: 2**64 - 1}))
    assert (status, name in answer["error"]["message"]) == (400, True)


def asking(**sub):
    return {"start": 1356998400, "queries": [{"metric": "cpu", "aggregator": "sum", **sub}]}


def formula(**filters):
    common = {"start": "1356998400", "aggregator": "sum"}
    return {
        "time": common,
        "filters": [{"id": "f", **filters}],
        "metrics": [{"id": "a", "metric": "cpu", "filter": "f"}],
    }


ID, WEB = "000001000001000001", {"type": "wildcard", "tagk": "host", "filter": "web*"}
SUBS = [{"metric": f"m{i}", "aggregator": "sum"} for i in range(1_001)]
MANY = {
    "sub queries": ("/api/query", {**asking(), "queries": SUBS}, "Too many sub queries: 1001 maximum allowed: 1000"),
    "filters": ("/api/query", asking(filters=[WEB] * 101), "Too many filters of a sub query: 101 maximum allowed: 100"),
    "filters of a formula": (
        "/api/query/exp", formula(tags=[WEB] * 101), "Too many filters of a sub query: 101 maximum allowed: 100"
    ),
    "tsuids": ("/api/query", asking(tsuids=[ID] * 10_001), "Too many tsuids: 10001 maximum allowed: 10000"),
    "tags to look up": (
        "/api/search/lookup", {"tags": [{"key": "host", "value": "*"}] * 10_001},
        "Too many tags: 10001 maximum allowed: 10000",
    ),
    "newest of tsuids": (
        "/api/query/last", {"queries": [{"tsuids": [ID] * 6_000}] * 2}, "Too many series: 12000 maximum allowed: 10000"
    ),
    "newest of metrics": (
        "/api/query/last", {"queries": [{"metric": "cpu"}] * 10_001}, "Too many series: 10001 maximum allowed: 10000"
    ),
}  # fmt: skip


@pytest.mark.parametrize("path, body, message", MANY.values(), ids=MANY.keys())
async def test_too_much_of_something_is_refused(client, path, body, message):
    await client.post("/api/put", POINT)
    status, answer = await client.post(path, body)

    assert (status, answer["error"]["message"]) == (400, message)


async def test_as_much_as_is_allowed_is_answered(client):
    await client.post("/api/put", POINT)

    assert (await client.post("/api/query", asking(filters=[WEB] * 100)))[0] == 200
    assert (await client.post("/api/query", asking(tsuids=[ID] * 10_000)))[0] == 200
    assert (await client.post("/api/query/last", {"queries": [{"tsuids": [ID] * 10_000}], "backScan": 1}))[0] == 200


DIGESTS = {
    "n": {"centroids": [{"m": 1, "c": 1}], "n": 10**300},
    "sums of both signs": {"centroids": [{"m": -1e308, "c": 9}, {"m": 1e308, "c": 9}]},
    "a sum past the greatest double": {"centroids": [{"m": 1e308, "c": 1}, {"m": 1e308, "c": 1}]},
}


@pytest.mark.parametrize("digest", DIGESTS.values(), ids=DIGESTS.keys())
async def test_a_json_digest_past_what_a_double_holds_is_refused(client, digest):
    body = {"v": 1, "iid": "s", "seq": 1, "t0": T0, "iv": IV, "series": [{"metric": "m", "digest": digest}]}

    assert (await client.post(BATCH, body))[0] == 400


huge = st.sampled_from([2**31, 2**63, 2**64 - 1, 10**300])
integers = st.one_of(st.integers(-2, 5), st.integers(), st.sampled_from([T0, IV]), huge)
numbers = st.one_of(integers, st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1e308, -1e308]))
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
words = st.one_of(st.sampled_from(["cpu", "host", "web01", "*", "sum", "p99", "10s-avg", "1h-ago", ""]), st.text())


def shaped(**fields):
    """Objects with some of these fields; one in a few holds anything at all."""
    return st.fixed_dictionaries({}, optional={name: field | field | values for name, field in fields.items()})


tags = st.dictionaries(words, words, max_size=3)
queries = shaped(
    start=st.just(1356998400) | numbers | words, end=numbers | words, timezone=words, msResolution=st.booleans(),
    showQuery=st.booleans(),
    queries=st.lists(shaped(
        metric=words, aggregator=st.just("sum") | words, downsample=words, rate=st.booleans(), tags=tags,
        rateOptions=shaped(counter=st.booleans(), counterMax=numbers, resetValue=numbers), tsuids=st.lists(words),
        filters=st.lists(shaped(type=words, tagk=words, filter=words, groupBy=st.booleans()), max_size=2),
        percentiles=st.lists(numbers, max_size=3), showHistogramBuckets=st.booleans(),
    ), max_size=2),
)  # fmt: skip
points = shaped(metric=words, timestamp=numbers | words, value=numbers | words, tags=tags)
bounds = st.tuples(numbers, numbers).map(lambda pair: f"{pair[0]},{pair[1]}")
histograms = shaped(
    metric=st.just("rt"), timestamp=st.just(1356998400) | numbers, tags=st.just({"host": "a"}) | tags, id=integers,
    buckets=st.dictionaries(bounds | words, integers, max_size=3), underflow=integers, overflow=integers,
    value=st.binary(max_size=30).map(lambda data: b64encode(data).decode()) | words,
)  # fmt: skip
json_series = shaped(
    metric=words, tags=tags, values=st.lists(numbers, max_size=4), counter=numbers, gauge=numbers,
    rate=shaped(nonzero=integers, total=integers),
    digest=shaped(
        centroids=st.lists(shaped(m=numbers, c=numbers), max_size=3), n=numbers, sum=numbers, min=numbers, max=numbers
    ),
)  # fmt: skip
tsuids = st.sampled_from(["", "000001", "000001000001000001", "0000ff000001000001"]) | words
annotations = shaped(
    startTime=st.just(1356998400) | numbers | words, endTime=numbers, tsuid=tsuids, description=scalars, notes=words,
    custom=st.dictionaries(words, scalars, max_size=2),
)  # fmt: skip
SHAPES = {
    "last": (
        "/api/query/last",
        shaped(
            queries=st.lists(shaped(metric=words, tags=tags, tsuids=st.lists(tsuids, max_size=2)), max_size=2),
            resolveNames=st.booleans(), backScan=integers,
        ),
    ),
    "annotation": ("/api/annotation", annotations),
    "annotations": ("/api/annotations/bulk", st.lists(annotations, max_size=3)),
    "assign": (
        "/api/uid/assign",
        st.dictionaries(st.sampled_from(["metric", "tagk", "tagv"]) | words, st.lists(words, max_size=3), max_size=2),
    ),
    "rename": ("/api/uid/rename", shaped(metric=words, tagk=words, name=words)),
    "query": ("/api/query", queries),
    "put": ("/api/put?details", points | st.lists(points, max_size=3)),
    "histogram": ("/api/histogram?details", histograms | st.lists(histograms, max_size=3)),
    "lookup": (
        "/api/search/lookup",
        shaped(metric=words, limit=integers, tags=st.lists(shaped(key=words, value=words), max_size=2)),
    ),
    "batch": (
        BATCH,
        shaped(
            v=st.just(1), iid=words, seq=integers, t0=st.just(T0) | integers, iv=st.just(IV) | integers, run=words,
            series=st.lists(json_series, max_size=3),
        ),
    ),
}  # fmt: skip
unhurried = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("door", SHAPES)
@unhurried
@given(st.data())
async def test_no_json_of_a_doors_shape_is_a_fault_of_the_server(client, door, data):
    path, shape = SHAPES[door]
    status, answer = await client.post(path, json.dumps(data.draw(shape | shape | values)).encode())

    assert status < 500, answer


@pytest.mark.parametrize("kind", [JSON, MSGPACK])
@pytest.mark.parametrize("path", JSON_DOORS.values(), ids=JSON_DOORS.keys())
@unhurried
@given(
    body=st.binary() | st.binary().map(lambda tail: b'{"' + tail) | st.binary().map(lambda tail: packed()[:40] + tail)
)
async def test_no_bytes_are_a_fault_of_the_server(client, path, kind, body):
    status, answer = await client.post(path, body, **{"Content-Type": kind})

    assert status < 500, answer


def clipped(value):
    """msgpack has integers of 64 bits only."""
    return max(-(2**63), min(value, 2**64 - 1)) if isinstance(value, int) else value


cells = numbers.map(clipped)


def replaced(body, place, cell):
    """A good body but for one cell."""
    return [*body[:place], cell, *body[place + 1 :]]


own = st.lists(st.tuples(st.floats(), st.integers(0, 2**33)), max_size=3).map(centroid_bytes)
bodies = st.one_of(
    st.tuples(st.sampled_from([COUNTER, GAUGE, RATE, TREND]), st.lists(cells | st.binary(max_size=20), max_size=7)),
    st.tuples(st.just(TREND), st.tuples(cells, cells, cells, cells, st.just(0), own).map(list)),
    st.tuples(st.just(TREND), st.tuples(st.just(trend(1, 2, 3)), st.integers(0, 5), cells).map(lambda v: replaced(*v))),
)


@unhurried
@given(
    series=st.lists(st.tuples(st.text(max_size=4), st.dictionaries(st.text(max_size=2), st.text(max_size=2)), bodies)),
    seq=st.integers(1, 5) | integers.map(clipped),
    t0=st.just(T0) | integers.map(clipped),
    iv=st.just(IV) | integers.map(clipped),
    tables=st.dictionaries(st.sampled_from(["tg", "mt", "st"]), st.lists(st.lists(integers.map(clipped))), max_size=1),
)
async def test_no_msgpack_batch_is_a_fault_of_the_server(client, series, seq, t0, iv, tables):
    rows = [(name, tags, kind, body) for name, tags, (kind, body) in series]
    whole = message(*rows, seq=seq, t0=t0, iv=iv)
    status, answer = await client.send(msgpack.packb({**whole, **tables}))

    assert status < 500, answer


LONE = b"\\ud800"
"""Half of a character, as JSON can write it."""
HALVES = {
    "/api/annotation": b'{"startTime":1,"description":"%s","custom":{"%s":"%s"}}' % (LONE, LONE, LONE),
    "/api/uid/assign": b'{"metric":["%s"],"%s":["a"]}' % (LONE, LONE),
    "/api/uid/rename": b'{"metric":"%s","name":"a"}' % LONE,
    "/api/query/last": b'{"queries":[{"metric":"%s"}]}' % LONE,
    "/api/search/lookup": b'{"metric":"%s","tags":[{"key":"%s"}]}' % (LONE, LONE),
}


@pytest.mark.parametrize("path, body", HALVES.items(), ids=HALVES.keys())
async def test_half_a_character_is_a_bad_request(client, path, body):
    status, answer = await client.post(path, body)

    assert status in (400, 404), answer


ODD = ["%", "%ff", "%ed%a0%80", "%00", "=", "{}", "{=}", "*{*=*}", "a{b=c,}", "9" * 5000, "x" * 5000]
ODD_DOORS = [
    "/api/annotation?start_time=", "/api/annotation?start_time=1&tsuid=", "/api/annotations?start_time=1&end_time=",
    "/api/annotation?method_override=put&start_time=1&description=", "/api/search/lookup?m=",
    "/api/search/lookup?m=*&limit=", "/api/query/last?timeseries=", "/api/query/last?back_scan=1&tsuids=",
    "/api/uid/assign?metric=", "/api/uid/rename?tagv=a&name=", "/api/uid/uidmeta?type=metric&uid=", "/api/tree?treeid=",
    "/api/query?start=1&tsuid=sum:",
]  # fmt: skip


@pytest.mark.parametrize("door", ODD_DOORS)
async def test_no_text_in_a_query_string_is_a_fault_of_the_server(client, door):
    for text in ODD:
        async with client.session.get(URL(door + text, encoded=True)) as response:
            assert response.status < 500, (text, await response.text())
