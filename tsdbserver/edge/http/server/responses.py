"""How a handler answers."""

from typing import Any

import orjson
from aiohttp import web


def json_answer(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return json_body(orjson.dumps(value), status)


def json_body(body: bytes, status: int = 200) -> web.Response:
    """A body that is JSON already."""
    return web.Response(status=status, body=body, content_type="application/json", charset="UTF-8")


def text_answer(text: str) -> web.Response:
    """Plain text."""
    return web.Response(text=text, content_type="text/plain", charset="UTF-8")


def page_answer(page: bytes) -> web.Response:
    """A page for people."""
    return web.Response(body=page, content_type="text/html", charset="UTF-8")
