"""Bodies that are packed, or in another charset, on every endpoint alike."""

import base64
import gzip
import json
import zlib

import aiohttp
import pytest

from tests.batches import packed
from tests.edge.conftest import Client
from tsdbserver.app import start

POINT = {"metric": "tête", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "Zürich"}}
TEXT = json.dumps(POINT, ensure_ascii=False)


async def series(client):
    _, answer = await client.get("/api/search/lookup", m="tête")
    return [(one["metric"], one["tags"]) for one in answer["results"]]


PACKED = {
    "x-gzip": ("x-gzip", gzip.compress), "X-GZIP": ("X-GZIP", gzip.compress), "identity": ("Identity", bytes),
    "a list": ("gzip, identity", gzip.compress), "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", lambda body: zlib.compress(body)[2:-4]),
    "both": ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    "two members": ("gzip", lambda body: gzip.compress(body[:40]) + gzip.compress(body[40:])),
    "many members": ("x-gzip", lambda body: b"".join(gzip.compress(body[i : i + 1]) for i in range(len(body)))),
    "padded": ("gzip", lambda body: gzip.compress(body) + bytes(512)),
}  # fmt: skip


@pytest.mark.parametrize("encoding, pack", PACKED.values(), ids=PACKED.keys())
async def test_a_packed_body_is_read(client, encoding, pack):
    answer = await client.post("/api/put", pack(TEXT.encode()), **{"Content-Encoding": encoding})

    assert answer[0] == 204, answer
    assert await series(client) == [("tête", {"host": "Zürich"})]


CHARSETS = {
    "ISO-8859-1": "latin-1", '"iso-8859-1"': "latin-1", "latin1": "latin-1", "ISO_8859-1": "latin-1",
    "windows-1252": "cp1252", "UTF-8": "utf-8", "utf8": "utf-8", '"Utf-8"': "utf-8", "iso-8859-15": "iso8859-15",
    "utf-16": "utf-16", "": "utf-8",
}  # fmt: skip


@pytest.mark.parametrize("fields", [{}, {"X-Other": "1"}], ids=["fast path", "slow path"])
@pytest.mark.parametrize("charset, codec", CHARSETS.items())
async def test_text_in_another_charset_is_read(client, charset, codec, fields):
    kind = {"Content-Type": f"application/json; charset={charset}"}
    answer = await client.post("/api/put", TEXT.encode(codec), **kind, **fields)

    assert answer[0] == 204, answer
    assert await series(client) == [("tête", {"host": "Zürich"})]


@pytest.mark.parametrize("charset", ["us-ascii", "ASCII"])
async def test_escaped_text_is_ascii(client, charset):
    kind = {"Content-Type": f"text/plain;charset={charset}"}
    assert (await client.post("/api/put", json.dumps(POINT).encode(), **kind))[0] == 204
    assert await series(client) == [("tête", {"host": "Zürich"})]

    status, answer = await client.post("/api/put", TEXT.encode(), **kind)
    assert (status, answer["error"]["message"]) == (
        400, "the body is not in the charset of its Content-Type: byte 13 is no us-ascii"
    )  # fmt: skip


@pytest.mark.parametrize("charset", ["klingon", "rot13", "utf-7", "unicode_escape", "idna"])
async def test_an_unknown_charset_is_named(client, charset):
    status, answer = await client.post("/api/put", b"{}", **{"Content-Type": f"application/json; charset={charset}"})

    assert status == 415
    assert answer["error"]["message"].startswith(
        f"unknown charset '{charset}' in Content-Type: this server reads utf-8"
    )


async def test_a_packed_body_in_another_charset_is_unpacked_first(client):
    fields = {"Content-Type": "application/json; charset=latin1", "Content-Encoding": "x-gzip"}

    assert (await client.post("/api/put", gzip.compress(TEXT.encode("latin-1")), **fields))[0] == 204
    assert await series(client) == [("tête", {"host": "Zürich"})]


HISTOGRAM = {
    **POINT,
    "metric": "h",
    "id": 42,
    "value": base64.b64encode(bytes.fromhex("00010000000040000000030400")).decode(),
}
SPAN = {"start": 1356998000, "end": 1356999000}
METRIC = {"metric": "tête", "aggregator": "sum", "tags": {"host": "Zürich"}}
ENDPOINTS = {
    "query": ("/api/query", {**SPAN, "queries": [METRIC]}),
    "grafana": ("/grafana/api/query", {**SPAN, "queries": [METRIC]}),
    "exp": ("/api/query/exp", {
        "time": {"start": "1356998000", "end": "1356999000", "aggregator": "sum"},
        "metrics": [{"id": "a", "metric": "tête"}], "outputs": [{"id": "a"}],
    }),
    "last": ("/api/query/last", {"queries": [{"metric": "tête", "tags": {"host": "Zürich"}}]}),
    "lookup": ("/api/search/lookup", {"metric": "tête"}),
    "suggest": ("/api/suggest", {"type": "metrics", "q": "tê"}),
    "rollup": ("/api/rollup?details", {**POINT, "interval": "1m", "aggregator": "sum"}),
    "histogram": ("/api/histogram?details", HISTOGRAM),
    "annotation": ("/api/annotation", {"startTime": 1356998400, "description": "größer"}),
    "annotations": ("/api/annotation/bulk", [{"startTime": 1356998400, "description": "größer"}]),
    "assign": ("/api/uid/assign", {"tagv": ["naïve"]}),
    "batch": ("/api/tdigest/v1/batch", {"v": 1, "iid": "é", "seq": 1, "t0": 1, "iv": 10_000, "series": []}),
}  # fmt: skip


@pytest.mark.parametrize("path, message", ENDPOINTS.values(), ids=ENDPOINTS.keys())
async def test_every_endpoint_reads_them(settings, path, message):
    """The same answer as to plain UTF-8, of servers that were told the same."""
    text = json.dumps(message, ensure_ascii=False)
    plain = await told(settings, path, text.encode(), {"Content-Type": "application/json"})
    latin = await told(
        settings, path, gzip.compress(text.encode("latin-1")[:9]) + gzip.compress(text.encode("latin-1")[9:]),
        {"Content-Type": "application/json; charset=ISO-8859-1", "Content-Encoding": "x-gzip"},
    )  # fmt: skip

    assert plain == latin
    assert plain[0] in (200, 204, 400)


async def told(settings, path, body, fields):
    runner, url = await start(settings)
    async with aiohttp.ClientSession(url) as session:
        client = Client(session)
        await client.post("/api/put", POINT)
        status, answer = await client.post(path, body, **fields)
    await runner.cleanup()
    if isinstance(answer, dict):
        for moment in ("now", "time"):
            answer.pop(moment, None)
    return status, answer


async def test_a_charset_says_nothing_of_a_binary_batch(client):
    kind = "application/msgpack; charset=ISO-8859-1"
    status, answer = await client.send(packed(), kind)

    assert (status, answer["ok"]) == (200, True)
