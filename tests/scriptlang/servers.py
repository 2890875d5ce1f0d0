"""A server under test: asked by HTTP, wherever it runs."""

import http.client
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from tests.scriptlang.requests import get_parameters, post_body
from tests.scriptlang.responses import Answer, from_json
from tests.scriptlang.script import Question


class HttpServer:
    """One kept connection. Use it as a context."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        self._path = parts.path.rstrip("/")
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 4242, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def write(self, path: str, body: Any) -> None:
        """POST something to store. OSError if the server does not take it."""
        status, answer = self._request("POST", path, body)
        if status not in (200, 204):
            raise OSError(f"POST {path} answered {status}: {answer[:500].decode(errors='replace')}")

    def get(self, question: Question) -> Answer:
        """Ask by GET."""
        return from_json(*self._request("GET", f"/api/query?{urlencode(get_parameters(question))}"), question.ms)

    def post(self, question: Question) -> Answer:
        """Ask by POST."""
        return from_json(*self._request("POST", "/api/query", post_body(question)), question.ms)

    def _request(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        encoded = None if body is None else json.dumps(body).encode()
        self._connection.request(method, self._path + path, encoded, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, response.read()
