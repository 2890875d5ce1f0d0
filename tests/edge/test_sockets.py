"""Any bytes at the HTTP port: an answer that blames the client, or a closed connection; never one that hangs."""

import asyncio
import json
import logging
import re
import socket
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edge.http.http_corpus import CORPUS, GET, HOST, IN_CHUNKS, POINT, PUT, chunked, sized
from tsdbserver.app import start
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.settings.table import Settings

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
DEADLINE = 60
"""Seconds; far more than anything here takes."""

MOST_TAKEN = 32 << 20
"""Bytes: what the buffers of both sides, the kernel's among them, take in at most before the server reads no more."""


QUICK = Settings(
    listen=("127.0.0.1", 0), client_timeout=200, keepalive=200, telnet_idle=200, max_connections=20, max_body=1 << 20
)


@pytest.fixture
async def server():
    """Its address. At the end it must have let go of every connection, and still answer."""
    runner, _ = await start(QUICK)
    yield runner.addresses[0]
    assert await statuses(runner.addresses[0], GET + b"\r\n") == [200]
    counts = runner.app[SERVICES].meters.registry
    assert counts.get_sample_value("tsdbserver_connections") == 0
    await runner.cleanup()


async def said(address, data: bytes) -> bytes:
    """All that is answered until the server ends the connection."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection(*address)
        answer = asyncio.create_task(everything(reader))
        with suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        received = await answer
        await closed(writer)
        return received


async def everything(reader) -> bytes:
    received = b""
    with suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            received += chunk
    return received


async def closed(writer):
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def statuses(address, data: bytes) -> list[int]:
    return [int(status) for status in STATUS.findall(await said(address, data))]


@pytest.mark.parametrize("data, expected", CORPUS.values(), ids=CORPUS.keys())
async def test_what_is_sent_is_answered_or_the_connection_closed(server, data, expected):
    assert await statuses(server, data) == (expected or [])


async def test_what_is_no_http_is_told_so_in_an_error_object(server, caplog):
    head, _, body = (await said(server, GET + b"nonsense\r\n\r\n")).partition(b"\r\n\r\n")

    assert b"application/json" in head
    assert json.loads(body)["error"]["code"] == 400
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_past_the_limit_of_connections_one_is_closed_unheard(server):
    async with asyncio.timeout(DEADLINE):
        held = [await asyncio.open_connection(*server) for _ in range(QUICK.max_connections)]
        assert await said(server, GET + b"\r\n") == b""
        for _, writer in held:
            await closed(writer)


pieces = st.one_of(
    st.sampled_from([data for data, _ in CORPUS.values() if len(data) < 2_000]),
    st.sampled_from(
        [PUT, GET, HOST, IN_CHUNKS, b"\r\n", b"\r\n\r\n", chunked(POINT), sized(POINT), b"put a 1 1 b=c\n"]
    ),
    st.binary(max_size=40),
)


@st.composite
def mangled(draw):
    """Pieces of requests, some bytes of which are others, or missing."""
    data = bytearray(b"".join(draw(st.lists(pieces, min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 4))):
        if data:
            at = draw(st.integers(0, len(data) - 1))
            data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(mangled(), min_size=8, max_size=8))
async def test_no_bytes_are_a_fault_of_the_server_or_keep_it_waiting(server, several):
    for found in await asyncio.gather(*(statuses(server, data) for data in several)):
        assert [status for status in found if status >= 500] == []


@pytest.mark.parametrize("size", [1, 5_000], ids=["one", "many"])
async def test_points_of_a_client_that_does_not_wait_for_the_answer_are_stored(server, size):
    points = [{"metric": "quick", "timestamp": 1356998400 + i, "value": 1, "tags": {"a": "b"}} for i in range(size)]
    _, writer = await asyncio.open_connection(*server)
    writer.write(PUT + sized(json.dumps(points).encode()))
    await writer.drain()
    await closed(writer)

    asked = b"GET /api/query?start=1356998400&m=sum:0all-count:quick HTTP/1.1\r\n" + HOST + b"\r\n"
    async with asyncio.timeout(DEADLINE):
        while b":%d" % size not in await said(server, asked):
            pass


LEFT = {
    "in a body": PUT + sized(POINT)[:-9],
    "in a body that is not a plain put's": PUT + b"X-Other: 1\r\n" + sized(POINT)[:-9],
    "in a chunk": PUT + IN_CHUNKS + chunked(POINT)[:20],
    "before it is asked for the body": PUT + b"Expect: 100-continue\r\n" + sized(POINT)[:-9],
}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT.keys())
async def test_a_client_that_hangs_up_is_no_fault_of_the_server(server, caplog, data):
    with socket.create_connection(server) as wire:  # both are there before the server hears of either
        wire.sendall(data)

    metrics = await said(server, b"GET /metrics HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert b'status="500"' not in metrics
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


class TestSlow:
    """Clients that send or take a byte now and then."""

    async def test_a_head_that_comes_byte_by_byte(self, server):
        assert await self.dripped(server, GET[:10], b"X-a: b\r\n") == b""

    async def test_a_second_head_that_comes_byte_by_byte(self, server):
        told = await self.dripped(server, GET + b"\r\n" + GET, b"X-a: b\r\n")

        assert [int(status) for status in STATUS.findall(told)] == [200]

    async def test_a_first_line_that_comes_byte_by_byte(self, server):
        assert await self.dripped(server, b"GET /", b"a") == b""

    async def test_a_body_that_comes_byte_by_byte(self, server):
        told = await self.dripped(server, PUT + b"Content-Length: 100000\r\n\r\n", b" ")

        assert b"408 the body stopped after" in told
        assert b"(setting client-timeout)" in told

    async def test_chunks_that_come_byte_by_byte(self, server):
        assert b"408 the body stopped" in await self.dripped(server, PUT + IN_CHUNKS, b"1\r\na\r\n")

    async def test_nothing_at_all(self, server):
        assert await said(server, b"") == b""

    async def dripped(self, address, begin, drop) -> bytes:
        """What is answered to a client that adds a drop every few ms until it is hung up on."""
        async with asyncio.timeout(DEADLINE):
            reader, writer = await asyncio.open_connection(*address)
            answer = asyncio.create_task(everything(reader))
            with suppress(ConnectionError):
                writer.write(begin)
                while not answer.done():
                    writer.write(drop)
                    await asyncio.wait([answer], timeout=0.02)
            await closed(writer)
            return await answer

    async def test_an_answer_that_is_not_read(self, server):
        await fill(server)
        asked = b"GET /api/suggest?type=metrics&max=100000 HTTP/1.1\r\n" + HOST + b"\r\n"
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            await asyncio.to_thread(client.connect, server[:2])
            client.sendall(asked * 50)
            async with asyncio.timeout(DEADLINE):
                while not hung_up(client):  # noqa: ASYNC110 - its answers stay unread
                    await asyncio.sleep(0.05)

    async def test_a_flood_of_requests_whose_answers_are_not_read_is_not_taken_in(self, server):
        asked = (GET + b"\r\n") * 1_000
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            await asyncio.to_thread(client.connect, server[:2])
            client.setblocking(False)
            taken = 0
            async with asyncio.timeout(DEADLINE):
                with suppress(ConnectionError):
                    while True:
                        with suppress(BlockingIOError):
                            taken += client.send(asked)
                        await asyncio.sleep(0.005)

        assert taken < MOST_TAKEN


def hung_up(client) -> bool:
    try:
        client.send(b"\r\n")
    except ConnectionError:
        return True
    return False


async def fill(address):
    """Enough names that a list of them fills what lies between server and client."""
    points = [
        {"metric": f"m{i:06}" + "x" * 80, "timestamp": 1356998400, "value": 1, "tags": {"a": "b"}} for i in range(4_000)
    ]
    assert await statuses(address, PUT + sized(json.dumps(points).encode())) == [204]
