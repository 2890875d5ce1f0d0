"""Middleware: cross-origin requests, from the domains that a setting allows."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Middleware

from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.edge.http.server.route import Handler
from tsdbserver.wire.error_json import render_error

_METHODS = "GET, POST, PUT, DELETE"
ANY = "*"


def cors(domains: Collection[str], headers: str) -> Middleware:
    """Lets pages of `domains` ask (`*`: of any), with the request headers `headers`; off without domains."""
    allowed = frozenset(domain.lower() for domain in domains)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if not allowed or not origin:
            return await handler(request)
        if ANY not in allowed and origin.lower() not in allowed:
            # OpenTSDB's way: a success that carries an error, and no header, so that the browser keeps it to itself.
            return json_body(
                render_error(200, "CORS domain not allowed", f"The domain [{origin}] is not permitted access")
            )
        response = web.Response() if request.method == "OPTIONS" else await handler(request)
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = headers
        response.headers.add("Vary", "Origin")
        return response

    return middleware
