"""One request at a time: what a sender learns from each answer."""

import gzip

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tsdbserver.client.batch_client import BatchClient, BatchRefused, DeliveryError, ServerAway, check_url

STORED = b'{"ok": true, "dup": false, "series": 3, "refused": [[1, "why"]], "now": 0}'
HELLO = b'{"protocol": "tdigest", "versions": [1, 2], "limits": {}}'


async def answered(call, status, body):
    """What `call` of a client gives, or the exception, where the server answers so; and the bodies that arrived."""
    bodies = []

    async def handle(request):
        bodies.append(await request.read())
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/api/tdigest/v1/{what}", handle)
    async with TestServer(app) as server, BatchClient(str(server.make_url(""))) as client:
        try:
            return await call(client), bodies
        except DeliveryError as error:
            return error, bodies


def send(client):
    return client.send(gzip.compress(b"batch"))


def hello(client):
    return client.hello()


async def test_a_receipt_tells_what_was_stored():
    receipt, bodies = await answered(send, 200, STORED)

    assert (receipt.dup, receipt.series, receipt.refused) == (False, 3, [(1, "why")])
    assert bodies == [b"batch"]


STATUSES = {
    **dict.fromkeys((408, 429, 500, 502, 503, 504), ServerAway),
    **dict.fromkeys((400, 409, 413), BatchRefused),
    **dict.fromkeys((301, 401, 403, 404, 415, 426), DeliveryError),
}


@pytest.mark.parametrize("status, kind", STATUSES.items())
async def test_a_status_is_for_this_moment_this_batch_or_for_good(status, kind):
    error, bodies = await answered(send, status, b'{"error":{"message":"because"}}')

    assert type(error) is kind
    assert str(status) in str(error)
    assert len(bodies) == 1


@pytest.mark.parametrize("call", [send, hello])
async def test_another_program_behind_the_url_is_named(call):
    error, _ = await answered(call, 200, b"<html>hello</html>")

    assert type(error) is DeliveryError
    assert "is not a tsdbserver: it answered b'<html>" in str(error)


async def test_a_server_greets():
    assert await answered(hello, 200, HELLO) == (None, [b""])


STRANGERS = {
    "knows no hello": (404, b"", "is not a tsdbserver: it knows no /api/tdigest/v1/hello"),
    "wants a password": (401, b"who are you?", "answered 401: who are you?"),
    "speaks another version": (200, b'{"protocol": "tdigest", "versions": [9]}', "not version 1"),
}


@pytest.mark.parametrize("status, body, message", STRANGERS.values(), ids=STRANGERS.keys())
async def test_a_server_that_is_not_ours_is_told_at_the_start(status, body, message):
    error, _ = await answered(hello, status, body)

    assert type(error) is DeliveryError
    assert message in str(error)


async def test_nobody_behind_the_url_is_said_in_plain_words():
    async with BatchClient("http://127.0.0.1:1") as client:
        with pytest.raises(ServerAway) as error:
            await client.hello()

    assert str(error.value) == "http://127.0.0.1:1: Connection refused"


NO_URLS = {
    "127.0.0.1:4242": "'127.0.0.1:4242' has no http:// in front: write http://127.0.0.1:4242",
    "localhost:4242": "write http://localhost:4242",
    "ftp://a": "'ftp://a' begins with neither http:// nor https://",
    "http://": "'http://' is not of the form http://host:port",
    "http://a:banana": "'http://a:banana' is not a URL",
    "http://a:99999": "'http://a:99999' is not a URL",
    "http://a?x=1": "is not of the form http://host:port",
}


@pytest.mark.parametrize("text, message", NO_URLS.items())
def test_what_is_no_url_says_why(text, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - its text is what is tested
        check_url(text)

    assert message in str(error.value)
