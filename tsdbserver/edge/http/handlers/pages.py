"""What browsers ask for: the home page, and files, of which there are none."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from aiohttp import web

import tsdbserver
from tsdbserver.edge.http.server.responses import page_answer
from tsdbserver.errors import BadRequest
from tsdbserver.wire.error_json import render_error

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""The page needs nothing from anywhere else."""


async def get_home(request: web.Request) -> web.Response:
    """What this is, and where to go from here."""
    origin = f"{request.scheme}://{request.host}"
    page = _template().substitute(version=escape(tsdbserver.__version__), origin=escape(origin))
    response = page_answer(page.encode())
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@cache
def _template() -> Template:
    return Template(files(tsdbserver).joinpath("edge", "http", "handlers", "home.html").read_text(encoding="utf-8"))


async def get_file(request: web.Request) -> web.Response:
    """OpenTSDB has the files of its user interface below `/s`; here the home page needs none."""
    if ".." in request.path:
        raise BadRequest(f"Malformed URI <code>{request.path}</code>")
    kind = "image/x-icon" if request.path.endswith(".ico") else "application/json"
    return web.Response(status=404, body=render_error(404, "Page not found"), content_type=kind)
