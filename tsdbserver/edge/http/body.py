"""Reads a request's body, bounded before and after decompression, and has it parsed.

What takes long is done in a thread: the event loop must go on accepting batches meanwhile.
"""

import asyncio
import zlib
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from tsdbserver.edge.http.connection import LEAST_BYTES
from tsdbserver.edge.http.state import services
from tsdbserver.errors import BadRequest, SlowClient, TooLarge, UnsupportedMedia

Message = TypeVar("Message")

SMALL_BODY = 64 * 1024
"""Up to here parsing is quicker than a change of threads is worth."""

_WINDOW_BITS = {"gzip": 31, "deflate": 15}
"""zlib's names for the two containers: gzip (RFC 1952) and zlib (RFC 1950)."""


async def read_body(request: web.Request) -> bytes:
    """The body, decompressed if it says so. TooLarge past the limit, counted while inflating; BadRequest if it is
    cut or other bytes follow.
    """
    limit = services(request).max_body
    if (announced := request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, announced)
    body = await (request.read() if request.content.is_eof() else _received(request))
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return body
    if encoding not in _WINDOW_BITS:
        raise UnsupportedMedia(f"unknown content encoding '{encoding}': this server takes gzip and deflate")
    # Always in a thread: how long it takes is not to be seen from outside, a few bytes inflate to the limit.
    return await asyncio.to_thread(inflate, body, encoding, limit)


async def _received(request: web.Request) -> bytes:
    """A body that is not all there yet. SlowClient if it stops to come, BadRequest if the client hangs up."""
    parts, body, noted = services(request), bytearray(), 0
    try:
        async with asyncio.timeout(parts.patience) as timer:
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > parts.max_body:
                    raise web.HTTPRequestEntityTooLarge(parts.max_body, len(body))
                if len(body) - noted >= LEAST_BYTES:
                    noted = len(body)
                    timer.reschedule(asyncio.get_running_loop().time() + parts.patience)
    except TimeoutError:
        raise stopped(len(body), parts.patience) from None
    except ConnectionError:  # nobody hears this, but the log and the counts are not to speak of a fault of the server
        raise BadRequest(f"the client hung up after {len(body)} bytes of the body") from None
    return bytes(body)


def stopped(size: int, patience: float) -> SlowClient:
    """What is said to a client whose body stopped after so many bytes."""
    return SlowClient(
        f"the body stopped after {size} bytes: in {patience:g} s came fewer than {LEAST_BYTES} (setting client-timeout)"
    )


async def parsed(body: bytes, parse: Callable[[bytes], Message]) -> Message:
    """What `parse` makes of the body."""
    return parse(body) if len(body) <= SMALL_BODY else await asyncio.to_thread(parse, body)


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Decompress a `body` of gzip or deflate, giving up as soon as it passes `limit` bytes.

    TooLarge past the limit; BadRequest if it is not compressed so, is cut short, or other bytes follow.
    """
    inflater = zlib.decompressobj(_WINDOW_BITS[encoding])
    try:
        data = inflater.decompress(body, limit + 1)
    except zlib.error:  # whose own words are an error number, and of a wrong sum that it is wrong
        raise BadRequest(f"the body does not decompress: it is not {encoding}, or damaged") from None
    if len(data) > limit:
        raise TooLarge(f"the body has more than {limit} bytes after decompression (setting max-body)")
    if not inflater.eof:
        raise BadRequest(f"the body does not decompress: its {encoding} is cut short")
    if inflater.unused_data:  # a second gzip member, too: its content would be lost in silence
        raise BadRequest(f"the body does not decompress: after its {encoding} {len(inflater.unused_data)} bytes follow")
    return data
