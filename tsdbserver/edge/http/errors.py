"""Middleware: any exception becomes OpenTSDB's error object."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from tsdbserver.edge.http.state import services
from tsdbserver.errors import TsdbError
from tsdbserver.wire.error_json import render_error

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ROUTING = {
    404: ("Endpoint not found", ""),
    405: ("Method not allowed", "The HTTP method [{method}] is not permitted for this endpoint"),
}
"""What OpenTSDB says where no route fits: message and details by status."""


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the error's own status; what nobody foresaw is a 500 that says nothing of the inside, and a log
    entry.
    """
    try:
        return await handler(request)
    except TsdbError as error:
        return _answer(error.status_hint, error.message, error.details)
    except web.HTTPRequestEntityTooLarge:
        return _answer(413, f"the body has more than {services(request).max_body} bytes (setting max-body)")
    except web.HTTPException as error:
        message, details = _ROUTING.get(error.status, (error.reason, ""))
        return _answer(error.status, message, details.format(method=request.method))
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _answer(500, "An unknown exception occurred")


def _answer(status: int, message: str, details: str = "") -> web.Response:
    return web.Response(status=status, body=render_error(status, message, details), content_type="application/json")
