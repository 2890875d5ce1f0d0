"""`Expect: 100-continue`: the body is asked for when it is going to be read, and not before."""

import asyncio
import base64
import json
from dataclasses import replace
from unittest.mock import AsyncMock, Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tsdbserver.app import start
from tsdbserver.edge.http.server.expectation import expectations_met, invite
from tsdbserver.security.tokens_file import new_token
from tsdbserver.settings.table import Settings

MAX_BODY = 200_000
BODY = json.dumps({"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "a"}}).encode()
SIZE = len(BODY)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire:
    """A connection, over which nothing is sent by itself."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def head(self, *fields, line="POST /api/put HTTP/1.1", length=SIZE):
        sized = [] if length is None else [f"Content-Length: {length}"]
        self.writer.write("\r\n".join([line, "Host: x", *sized, *fields, "", ""]).encode())

    async def answer(self):
        """Status line, fields, and body of an answer. None in the place of fields if it is interim."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        if head == CONTINUE:
            return "100", None, b""
        line, *fields = head.decode().rstrip().split("\r\n")
        named = dict(field.split(": ", 1) for field in fields)
        body = await self.reader.readexactly(int(named.get("Content-Length", 0)))
        return line.split(" ", 1)[1], named, body


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(listen=("127.0.0.1", 0), max_body=MAX_BODY)


@pytest.fixture
async def connect(settings):
    runner, url = await start(settings)
    wires = []

    async def opened():
        host, _, port = url.removeprefix("http://").partition(":")
        wires.append(Wire(*await asyncio.open_connection(host, port)))
        return wires[-1]

    yield opened
    for wire in wires:
        wire.writer.transport.abort()
    await runner.cleanup()


@pytest.mark.parametrize("expect", ["100-continue", "100-Continue"])
@pytest.mark.parametrize("path", ["/api/put", "/grafana/api/put", "/api/v1/put/"])
async def test_a_body_that_is_wanted_is_asked_for(connect, path, expect):
    wire = await connect()
    for _ in range(2):
        wire.head(f"Expect: {expect}", line=f"POST {path} HTTP/1.1")
        assert (await wire.answer())[0] == "100"
        wire.writer.write(BODY)
        assert (await wire.answer())[0] == "204 No Content"


async def test_a_chunked_body_is_asked_for(connect):
    wire = await connect()
    wire.head("Expect: 100-continue", "Transfer-Encoding: chunked", length=None)
    assert (await wire.answer())[0] == "100"
    wire.writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))

    assert (await wire.answer())[0] == "204 No Content"


REFUSED = {
    "too large": ({"length": MAX_BODY + 1}, (), "413"),
    "much too large": ({"length": 10**12}, (), "413"),
    "a batch too large": (
        {"line": "POST /api/tdigest/v1/batch HTTP/1.1", "length": MAX_BODY + 1},
        ("Content-Type: application/json",),
        "413",
    ),
    "a query too large": ({"line": "POST /grafana/api/query HTTP/1.1", "length": MAX_BODY + 1}, (), "413"),
    "a wrong method": ({"line": "PUT /api/put HTTP/1.1"}, (), "405"),
    "a method that there is not": ({"line": "PATCH /api/put HTTP/1.1"}, (), "405"),
    "a wrong path": ({"line": "POST /api/nosuch HTTP/1.1"}, (), "404"),
    "a version to come": ({"line": "POST /api/v9/put HTTP/1.1"}, (), "501"),
    "a coding": ({}, ("Content-Encoding: br",), "415"),
    "a charset": ({}, ("Content-Type: text/plain; charset=klingon",), "415"),
    "a content type": ({"line": "POST /api/tdigest/v1/batch HTTP/1.1"}, ("Content-Type: text/plain",), "415"),
    "a parameter": ({"line": "POST /api/put?sync_timeout=x HTTP/1.1"}, (), "400"),
}  # fmt: skip


@pytest.mark.parametrize("head, fields, status", REFUSED.values(), ids=REFUSED.keys())
async def test_a_request_that_is_refused_by_its_head_is_refused_at_once(connect, head, fields, status):
    wire = await connect()
    wire.head("Expect: 100-continue", *fields, **head)
    line, named, _ = await wire.answer()

    assert line[:3] == status
    assert named["Connection"].lower() == "close"


@pytest.mark.parametrize("expect", ["tea", "100-continue, tea", "200-ok", "100"])
async def test_an_unknown_expectation_is_refused(connect, expect):
    wire = await connect()
    wire.head(f"Expect: {expect}")
    line, _, body = await wire.answer()

    assert line == f"417 unknown expectation '{expect}': this server knows 100-continue"
    assert json.loads(body)["error"]["code"] == 417


async def test_an_older_client_expects_nothing(connect):
    wire = await connect()
    wire.head("Expect: 100-continue", line="POST /api/put HTTP/1.0")
    wire.writer.write(BODY)

    assert (await wire.answer())[0] == "204 No Content"


async def test_a_get_has_no_body_to_be_asked_for(connect):
    wire = await connect()
    for _ in range(2):
        wire.head("Expect: 100-continue", line="GET /api/version HTTP/1.1", length=None)
        assert (await wire.answer())[0] == "200 OK"


async def test_a_body_is_asked_for_once():
    """Whoever reads a body asks for it; a second reader must not ask again, nor does the answer end the connection."""
    writer, body = Mock(write=AsyncMock()), Mock(is_eof=lambda: False)
    request = make_mocked_request("POST", "/", {"Expect": "100-continue"}, writer=writer, payload=body)
    for _ in range(2):
        await invite(request)
    response = await expectations_met(request, AsyncMock(return_value=web.Response()))

    writer.write.assert_awaited_once_with(CONTINUE)
    assert response.keep_alive is not False


async def test_puts_before_and_after_are_answered(connect):
    wire = await connect()
    wire.head()
    wire.writer.write(BODY)
    assert (await wire.answer())[0] == "204 No Content"
    wire.head("Expect: 100-continue", length=MAX_BODY + 1)

    assert (await wire.answer())[0][:3] == "413"


class TestTokens:
    @pytest.fixture
    def reader(self):
        return new_token("grafana", "read")

    @pytest.fixture
    def settings(self, reader, tmp_path):
        (tmp_path / "tokens.toml").write_text(reader[1])
        return replace(Settings(listen=("127.0.0.1", 0)), tokens=tmp_path / "tokens.toml")

    @pytest.mark.parametrize("path", ["/api/put", "/grafana/api/put", "/api/tdigest/v1/batch", "/api/query"])
    async def test_who_is_not_known_is_not_asked_for_a_body(self, connect, path):
        for fields in ((), ("Authorization: Bearer wrong",), ("Authorization: nonsense",)):
            wire = await connect()
            wire.head("Expect: 100-continue", *fields, line=f"POST {path} HTTP/1.1")
            assert (await wire.answer())[0].startswith("401 Unauthorized: ")

    async def test_nor_who_has_another_scope(self, connect, reader):
        wire = await connect()
        basic = base64.b64encode(f"grafana:{reader[0]}".encode()).decode()
        wire.head("Expect: 100-continue", f"Authorization: Basic {basic}")

        assert (await wire.answer())[0] == "403 this token may not write"
