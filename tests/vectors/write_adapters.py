"""Adapters of the kinds that go through a running server's doors: bodies of puts, and lines."""

import asyncio
import socket
from contextlib import asynccontextmanager

import aiohttp

from tsdbserver.app import start
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.java.numbers import looks_like_integer, parse_long
from tsdbserver.settings.table import Settings


@asynccontextmanager
async def _server(known_metrics=None):
    """A server and its parts; with `known_metrics` it creates no others."""
    runner, url = await start(Settings(listen=("127.0.0.1", 0)))
    try:
        if known_metrics is not None:
            await _create(url, known_metrics)
            runner.app[SERVICES].door.points.is_known = known_metrics.__contains__
        yield runner.app[SERVICES], url
    finally:
        await runner.cleanup()


async def _create(url, metrics):
    points = [{"metric": name, "timestamp": 1, "value": 1, "tags": {"known": "yes"}} for name in metrics]
    if points:
        async with aiohttp.ClientSession(url) as session, session.post("/api/put", json=points) as response:
            assert response.status == 204


def put(given):
    return asyncio.run(_put(given))


async def _put(given):
    async with _server(given.get("known_metrics")) as (parts, url), aiohttp.ClientSession(url) as session:
        before = parts.door.points.counts.stored
        sent = given["body"].encode() or None
        async with session.request(given["method"], given["path"], data=sent) as response:
            text = await response.text()
            answer = await response.json(content_type=None) if text else {}
        errors = [one["error"] for one in answer.get("errors", [])]
        return {
            "status": response.status, "stored": parts.door.points.counts.stored - before, "json": answer,
            "errors": errors, "errors_count": len(errors), "body_contains": text,
        }  # fmt: skip


def telnet(given):
    return asyncio.run(_telnet(given))


async def _telnet(given):
    async with _server() as (parts, url):
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(given["line"].encode() + b"\n")
        if writer.can_write_eof():
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
        reply = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return {"reply": reply, "reply_prefix": reply, "stored": parts.door.points.counts.stored}


def parse_long_(given):
    return {"value": parse_long(given["text"])}


def looks_like_integer_(given):
    return {"ok": looks_like_integer(given["text"])}


KINDS = {
    "looks_like_integer": looks_like_integer_,
    "parse_long": parse_long_,
    "put": put,
    "telnet": telnet,
}
