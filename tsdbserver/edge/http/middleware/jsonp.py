"""Middleware: `jsonp=callback` wraps a JSON answer in a call."""

import re

from aiohttp import web

from tsdbserver.edge.http.middleware.errors import error_answer
from tsdbserver.edge.http.server.route import Handler

_CALLBACK = re.compile(r"[A-Za-z_$][\w$.\[\]]{0,127}", re.ASCII)
"""What a script may be called: anything else would be a script of the client's own in our answer."""


@web.middleware
async def jsonp(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Wrap JSON answers, errors included; a callback that is no name is a bad request."""
    callback = request.query.getall("jsonp")[-1] if "jsonp" in request.query else ""
    if callback and not _CALLBACK.fullmatch(callback):
        return error_answer(request, 400, f"'{callback}' is not the name of a callback")
    response = await handler(request)
    if callback and isinstance(response, web.Response) and response.content_type == "application/json":
        response.body = b"%s(%s)" % (callback.encode(), response.body or b"")
    return response
