"""Puts that are answered without aiohttp are answered as aiohttp answers them."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from tsdbserver.app import start
from tsdbserver.edge.core.services import SERVICES, Services
from tsdbserver.security.tokens_file import new_token
from tsdbserver.settings.table import Settings
from tsdbserver.wire.points.fast_put_head import read_head

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}
GOOD, BAD = json.dumps(POINT).encode(), json.dumps([POINT, {**POINT, "value": "x"}, None]).encode()
QUICK, SLOW = b"", b"X-Other: 1\r\n"
"""A field that the quick way does not know sends a request the other way."""


def request(body, query=b"", fields=b"", method=b"POST", path=b"/api/put"):
    return b"%b %b%b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        method,
        path,
        query,
        fields,
        len(body),
        body,
    )


class Wire:
    """A connection, and the answers that come over it."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def answer(self):
        """(status, fields, body)."""
        line, *fields = (await self.reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        named = dict(field.split(": ", 1) for field in fields)
        body = await self.reader.readexactly(int(named.pop("Content-Length", 0)))
        named.pop("Date")
        return line, named, body

    async def ask(self, data):
        self.writer.write(data)
        return await self.answer()


@dataclass
class Server:
    """A running server: calling it connects."""

    connect: Callable[[], Awaitable[Wire]]
    parts: Services

    def __call__(self):
        return self.connect()


@pytest.fixture
async def server(settings):
    runner, url = await start(settings)
    wires = []

    async def connect():
        wires.append(Wire(*await asyncio.open_connection(*url.removeprefix("http://").split(":"))))
        return wires[-1]

    yield Server(connect, runner.app[SERVICES])
    for wire in wires:
        wire.writer.transport.abort()
    await runner.cleanup()


BODIES = {"good": GOOD, "bad": BAD, "no JSON": b"{", "empty": b"", "none": b"[]", "text": b"hello", "odd": b" [null]"}
QUERIES = [b"", b"?summary", b"?details", b"?details=false&summary", b"?sync&details", b"?sync_timeout=9&sync&details"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_both_ways_answer_the_same(server, body, query):
    quick, slow = await server(), await server()

    assert await quick.ask(request(body, query, QUICK)) == await slow.ask(request(body, query, SLOW))


NO_VERSIONS = {
    "a quick put": request(GOOD, fields=QUICK),
    "a slow put": request(GOOD, fields=SLOW),
    "a page": b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path that is not there": b"GET /no HTTP/1.1\r\nHost: x\r\n\r\n",
    "no HTTP": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_VERSIONS.values(), ids=NO_VERSIONS.keys())
async def test_answers_name_the_server_and_no_version(server, data):
    _, fields, _ = await (await server()).ask(data)

    assert fields["Server"] == "tsdbserver"


USUAL = request(GOOD).partition(b"\r\n\r\n")[0]
UNUSUAL = {
    "another path": request(GOOD, path=b"/api/rollup"), "another method": request(GOOD, method=b"PUT"),
    "a flag that is not known": request(GOOD, b"?jsonp=x"), "an origin": request(GOOD, fields=b"Origin: http://x\r\n"),
    "gzip": request(GOOD, fields=b"Content-Encoding: gzip\r\n"),
    "chunked": request(GOOD, fields=b"Transfer-Encoding: chunked\r\n"),
    "two lengths": request(GOOD, fields=b"Content-Length: 5\r\n"), "a signed length": USUAL.replace(b"th: ", b"th: +"),
    "the end": request(GOOD, fields=b"Connection: close\r\n"), "folded": request(GOOD, fields=b"Accept: a\r\n b\r\n"),
    "a blank before the colon": request(GOOD, fields=b"Accept : a\r\n"), "no host": USUAL.replace(b"Host", b"Accept"),
    "an older HTTP": USUAL.replace(b"1.1", b"1.0"), "patience": request(GOOD, fields=b"Expect: 100-continue\r\n"),
    "a line feed alone": USUAL.replace(b"\r\n", b"\n"), "an odd byte": request(GOOD, fields=b"Accept: \xe9\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_unusual_is_left_to_others(data):
    assert read_head(USUAL) is not None
    assert read_head(data.partition(b"\r\n\r\n")[0]) is None


async def test_a_connection_may_change_from_puts_to_anything(server):
    wire = await server()
    packed = gzip.compress(GOOD)
    steps = [
        (request(GOOD), "204 No Content"),
        (request(GOOD, b"?summary"), "200 OK"),
        (b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK"),
        (request(packed, fields=b"Content-Encoding: gzip\r\n"), "204 No Content"),
        (request(GOOD), "204 No Content"),
        (request(b"{"), "400 Unable to parse the given JSON"),
    ]
    for data, line in steps:
        assert (await wire.ask(data))[0] == f"HTTP/1.1 {line}"

    assert server.parts.points.counts.stored == 4


@pytest.mark.parametrize("size", [1, 7, 100, 100_000])
async def test_requests_may_come_in_pieces_and_many_at_once(server, size):
    wire = await server()
    count = 20 if size < 100 else 400
    data = b"".join(request(GOOD, b"?summary") for _ in range(count)) + b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n"
    for at in range(0, len(data), size):
        wire.writer.write(data[at : at + size])
        await wire.writer.drain()
        await asyncio.sleep(0)

    lines = [await wire.answer() for _ in range(count + 1)]
    assert {line for line, _, _ in lines} == {"HTTP/1.1 200 OK"}
    assert server.parts.points.counts.stored == count


async def test_requests_are_counted_as_others_are(server, settings):
    quick, slow = await server(), await server()
    for _ in range(3):
        await quick.ask(request(GOOD))
        await slow.ask(request(GOOD, fields=SLOW))
    text = (await slow.ask(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"))[2].decode()

    assert 'tsdbserver_requests_total{endpoint="/api/put",method="POST",status="204"} 6.0' in text


@pytest.mark.parametrize("settings", [replace(Settings(listen=("127.0.0.1", 0)), mode="ro")])
async def test_a_server_that_only_reads_takes_no_puts(server):
    assert (await (await server()).ask(request(GOOD)))[0] == "HTTP/1.1 404 Endpoint not found"


class TestTokens:
    @pytest.fixture
    def token(self):
        return new_token("probe", "write")

    @pytest.fixture
    def settings(self, token, tmp_path):
        (tmp_path / "tokens.toml").write_text(token[1])
        return replace(Settings(listen=("127.0.0.1", 0)), tokens=tmp_path / "tokens.toml")

    async def test_who_is_known_may_put_and_nobody_else(self, server, token):
        for fields, line in ((b"", "401"), (b"Authorization: Bearer wrong\r\n", "401"),
                             (b"Authorization: Bearer %b\r\n" % token[0].encode(), "204")):  # fmt: skip
            assert (await (await server()).ask(request(GOOD, fields=fields)))[0].startswith(f"HTTP/1.1 {line}")
        assert server.parts.points.counts.stored == 1


@pytest.mark.parametrize("settings", [replace(Settings(listen=("127.0.0.1", 0)), client_timeout=50, keepalive=50)])
@pytest.mark.parametrize("left", [0, 5, len(GOOD)])
async def test_a_client_that_stops_is_hung_up_on(server, left):
    wire = await server()
    assert (await wire.ask(request(GOOD)))[0] == "HTTP/1.1 204 No Content"
    wire.writer.write(request(GOOD)[: -left or len(request(GOOD))] if left else b"")

    assert (await wire.reader.read())[:12] in (b"", b"HTTP/1.1 408")
