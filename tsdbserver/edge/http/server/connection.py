"""A connection that speaks HTTP: aiohttp's, and a limit to its patience.

aiohttp waits for ever for the head of a first request, and for a client to take its answer. Here a watchman looks
after every connection each `patience` seconds, which costs a request nothing; so what lasts too long is ended after one
to two times that. Bodies have a limit of their own, in `edge.http.server.requests`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from tsdbserver.wire.error_json import render_error

log = logging.getLogger(__name__)

SERVER_NAME = "tsdbserver"
"""What answers say of who made them: no versions, which help those most who look for a weakness of one."""

LEAST_BYTES = 16 * 1024
"""What a client that is slow but not stuck sends or takes in `patience` seconds."""

_SHORT_LINGER_S = 0.5
"""Time to take an answer before the connection is closed, for a client that may still send what nobody reads."""


class HttpConnection(web.RequestHandler):
    """aiohttp's protocol, which hangs up on a client that does not finish a request's head or take its answers."""

    def __init__(
        self, server: web.Server, patience: float, gone: Callable[["HttpConnection"], None], **options: Any
    ) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._patience = patience
        self._gone = gone
        self._head_since: float | None = None
        self._answers = 0
        self._seen = (0, 0)
        self._needless: asyncio.Task[Any] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to watch."""
        super().connection_made(transport)
        self._wire = cast(asyncio.Transport, transport)
        self._busy = False
        self._head_since = self._loop.time()
        self._watch = self._loop.call_later(self._patience, self._look)

    def data_received(self, data: bytes) -> None:
        """Bytes; the first ones after an answer begin another head."""
        if not self._busy and self._head_since is None:
            self._head_since = self._loop.time()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end."""
        self._watch.cancel()
        if self._needless is not None:
            self._needless.cancel()
        self._gone(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is answered by an error object and the end of the connection."""
        if isinstance(exc, ConnectionError):
            log.debug("the client hung up before it was answered")
        elif status >= 500:
            log.error("a connection failed", exc_info=exc)
            message = None
        else:
            log.debug("not HTTP: %s", message)
        said = message or "An unknown exception occurred"
        body = render_error(status, said.split("\n", 1)[0])
        answer = web.Response(status=status, body=body, content_type="application/json", charset="UTF-8")
        answer.headers[hdrs.SERVER] = SERVER_NAME  # no application signs what is no request
        answer.force_close()
        return answer

    def begin(self) -> None:
        """A head is complete, and its request is being answered."""
        self._busy, self._head_since = True, None

    def end(self) -> None:
        """Its answer is made."""
        self._busy, self._answers = False, self._answers + 1

    def end_soon(self) -> None:
        """The request that is being answered is the last, and what it may still send is hardly waited for."""
        self._lingering_time = min(self._lingering_time, _SHORT_LINGER_S)

    @contextmanager
    def needed(self) -> Iterator[None]:
        """In this block the current task is cancelled when the client hangs up."""
        self._needless = asyncio.current_task()
        try:
            yield
        finally:
            self._needless = None

    def _look(self) -> None:
        unsent, seen = self._wire.get_write_buffer_size(), self._seen
        self._seen = (self._answers, unsent)
        takes_nothing = bool(unsent) and seen[0] == self._answers and 0 < seen[1] < unsent + LEAST_BYTES
        head_is_late = self._head_since is not None and self._loop.time() - self._head_since >= self._patience
        if takes_nothing or head_is_late:
            self._wire.abort()
        else:
            self._watch = self._loop.call_later(self._patience, self._look)


def while_needed(request: web.Request) -> AbstractContextManager[None]:
    """In this block a request is given up when its client hangs up: for what takes long and changes nothing. Elsewhere
    it goes on, for some clients send points and do not wait for the answer.
    """
    connection = request.protocol
    return connection.needed() if isinstance(connection, HttpConnection) else nullcontext()


@web.middleware
async def attended(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware: tells the connection when it is the client's turn, and when the server's."""
    connection = request.protocol
    if not isinstance(connection, HttpConnection):  # a test's own server
        return await handler(request)
    connection.begin()
    try:
        return await handler(request)
    finally:
        connection.end()


async def signed(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """Signal, when an answer is prepared: the server's name instead of the versions of aiohttp and Python."""
    response.headers[hdrs.SERVER] = SERVER_NAME
