"""Reads a request's body, bounded before and after decompression, and has it parsed.

What takes long is done in a thread: the event loop must go on accepting batches meanwhile.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import hdrs, web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.connection import LEAST_BYTES
from tsdbserver.edge.http.server.expectation import invite
from tsdbserver.errors import BadRequest, SlowClient
from tsdbserver.wire.charset import UTF_8, find_codec, to_utf_8
from tsdbserver.wire.content_coding import inflate, parse_codings

Message = TypeVar("Message")

SMALL_BODY = 64 * 1024
"""Up to here parsing is quicker than a change of threads is worth."""


async def read_body(request: web.Request, is_text: bool = True) -> bytes:
    """The body, without its content codings, and in UTF-8 if it is text in another charset.

    UnsupportedMedia for a coding or a charset that is not known, before the body is asked for; TooLarge past the limit,
    counted while inflating; BadRequest if it is cut or other bytes follow.
    """
    limit = services(request).max_body
    if (announced := request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, announced)
    codings = parse_codings(request.headers.getall(hdrs.CONTENT_ENCODING, ()))
    codec = find_codec(request.charset) if is_text else UTF_8
    await invite(request)
    body = await (request.read() if request.content.is_eof() else _received(request))
    for coding in reversed(codings):
        # Always in a thread: how long it takes is not to be seen from outside, a few bytes inflate to the limit.
        body = await asyncio.to_thread(inflate, body, coding, limit)
    return body if codec == UTF_8 else await parsed(body, lambda data: to_utf_8(data, codec))


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
