"""Middleware: large answers are gzipped for clients that ask for it, and for no others."""

import asyncio
import gzip
import re

from aiohttp import web

from tsdbserver.edge.http.server.route import Handler

_SMALLEST = 1_024
"""Below this a packet is not full anyway."""

_LARGE = 64 * 1_024
"""From here on a thread compresses, so that the event loop goes on."""

_LEVEL = 1
"""Rows of numbers become little smaller by trying harder."""

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
"""A weight of 0 (RFC 9110, 12.4.2)."""


@web.middleware
async def compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress the body. Only gzip is offered: Grafana's data source decodes nothing else."""
    response = await handler(request)
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    body = response.body
    if len(body) < _SMALLEST or not accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return response
    small = gzip.compress(body, _LEVEL) if len(body) < _LARGE else await asyncio.to_thread(gzip.compress, body, _LEVEL)
    response.body = small
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response


def accepts_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` names gzip, and not with a weight of 0."""
    for choice in accepted.lower().split(","):
        coding, _, parameters = choice.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return _REFUSED.fullmatch(parameters) is None
    return False
