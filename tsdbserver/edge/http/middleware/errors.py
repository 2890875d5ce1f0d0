"""Middleware: any exception becomes OpenTSDB's error object, or its error page outside `/api`."""

import logging
from http import HTTPStatus

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.middleware.auth import CHALLENGES
from tsdbserver.edge.http.server.dispatch import address
from tsdbserver.edge.http.server.route import Handler
from tsdbserver.errors import TsdbError
from tsdbserver.wire.error_json import render_bare, render_error
from tsdbserver.wire.html import render_page

log = logging.getLogger(__name__)

_LONGEST_REASON = 120
"""What Grafana shows of an error is the reason phrase alone."""


@web.middleware
async def errors_answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the error's own status; what nobody foresaw is a 500 that says nothing of the inside, and a log
    entry.
    """
    try:
        return await handler(request)
    except TsdbError as error:
        return error_answer(request, error.status_hint, error.message, error.details)
    except web.HTTPRequestEntityTooLarge:
        return error_answer(
            request, 413, f"the body has more than {services(request).max_body} bytes (setting max-body)"
        )
    except web.HTTPException as error:
        return error_answer(request, error.status, error.reason)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return error_answer(request, 500, "An unknown exception occurred")


def error_answer(request: web.Request, status: int, message: str, details: str = "") -> web.Response:
    """An error in the form that its path has: an object under `/api`, else a page, or JSON if `json` is asked for."""
    response = _error_answer(request, status, message, details)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers.extend(CHALLENGES)
    return response


def _error_answer(request: web.Request, status: int, message: str, details: str) -> web.Response:
    reason = reason_phrase(message)
    if address(request).is_api:
        body = render_error(status, message, details)
        return web.Response(status=status, reason=reason, body=body, content_type="application/json", charset="UTF-8")
    # Outside its API OpenTSDB knows no other client's mistake than a bad request and a page that is not there.
    status = 400 if status == 405 else status
    if "json" in request.query:
        return web.Response(status=status, reason=reason, body=render_bare(message), content_type="application/json")
    page = render_page(HTTPStatus(status).phrase, message)
    return web.Response(status=status, reason=reason, body=page, content_type="text/html", charset="UTF-8")


def reason_phrase(message: str) -> str | None:
    """The message as a reason phrase: printable ASCII on one line, short; None if nothing is left of it."""
    line = "".join(character if " " <= character <= "~" else "?" for character in message.split("\n", 1)[0])
    return line[:_LONGEST_REASON].strip() or None
