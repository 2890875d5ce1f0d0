"""Delivery under faults: a scripted server answers each try in turn."""

import gzip

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tsdbserver.send import client as client_module
from tsdbserver.send.client import BatchClient, DeliveryError

STORED = web.json_response({"ok": True, "dup": False, "series": 3, "refused": [[1, "why"]], "now": 0}).body


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(client_module, "_FIRST_PAUSE_S", 0.001)


async def deliver(*answers, give_up_after=5.0):
    """(what send gave, the bodies that arrived) of a server that gives these (status, body) answers in turn."""
    bodies, script = [], list(answers)

    async def handle(request):
        bodies.append(await request.read())
        status, body = script.pop(0) if len(script) > 1 else script[0]
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_post("/api/tdigest/v1/batch", handle)
    async with TestServer(app) as server, BatchClient(str(server.make_url("")), give_up_after) as client:
        try:
            return await client.send(b"batch"), bodies
        except DeliveryError as error:
            return str(error), bodies


async def test_a_receipt_tells_what_was_stored():
    receipt, bodies = await deliver((200, STORED))

    assert (receipt.dup, receipt.series, receipt.refused) == (False, 3, [(1, "why")])
    assert bodies == [b"batch"]


async def test_the_very_same_bytes_are_sent_until_they_are_taken():
    receipt, bodies = await deliver((503, b""), (429, b""), (500, b""), (200, STORED))

    assert receipt.series == 3
    assert bodies == [b"batch"] * 4


async def test_a_refusal_is_not_tried_again():
    error, bodies = await deliver((409, b'{"error":{"message":"other content"}}'))

    assert "answered 409" in error
    assert "other content" in error
    assert len(bodies) == 1


async def test_a_server_that_stays_away_is_given_up():
    error, bodies = await deliver((503, b""), give_up_after=0.05)

    assert error.endswith("status 503")
    assert len(bodies) > 1


async def test_another_program_behind_the_url_is_named():
    error, _ = await deliver((200, b"<html>hello</html>"))

    assert "is not a tsdbserver" in error


async def test_nobody_behind_the_url():
    async with BatchClient("http://127.0.0.1:1", give_up_after=0.01) as client:
        with pytest.raises(DeliveryError, match=r"http://127\.0\.0\.1:1/api"):
            await client.send(b"batch")


async def test_what_is_no_url():
    async with BatchClient("nonsense") as client:
        with pytest.raises(DeliveryError, match="nonsense"):
            await client.send(b"batch")


def test_bodies_are_packed_the_same_each_time():
    assert gzip.compress(b"batch", 6, mtime=0) == gzip.compress(b"batch", 6, mtime=0)
