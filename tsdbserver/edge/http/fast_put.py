"""HTTP connections whose clients do nothing but put: answered here, without a request, a task and a response for each.

aiohttp takes several times as long for a request of one point as its point does (docs/decisions). So a connection
begins here: as long as nothing but puts of the usual form come, each is read, stored and answered when its last byte is
there. The first request that is anything else, with whatever it brings, goes to aiohttp, and so does all that follows
on that connection: there is no way back. What is refused before it is stored goes that way, too, so that there is one
place that words refusals.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter, time
from typing import cast

from tsdbserver.auth.access import Access
from tsdbserver.auth.tokens import Tokens
from tsdbserver.edge.core.point_service import LARGE, PointsDoor
from tsdbserver.edge.core.request_metrics import Meters
from tsdbserver.edge.http.middleware.auth import parse_authorization
from tsdbserver.edge.http.middleware.errors import reason_phrase
from tsdbserver.edge.http.server.connection import LEAST_BYTES, SERVER_NAME
from tsdbserver.edge.http.server.requests import stopped
from tsdbserver.errors import TsdbError
from tsdbserver.wire.error_json import render_error
from tsdbserver.wire.points.fast_put_head import PlainHead, read_head
from tsdbserver.wire.points.put_json import PutOptions, render_outcome
from tsdbserver.wire.points.put_reader import Reading

log = logging.getLogger(__name__)

_LONGEST_HEAD = 2_048
_MOST_HEADS = 1_024
"""Heads that are remembered: a client's differ in the length of the body."""
_REQUESTS_A_TURN = 100
"""After so many requests of one client the event loop may do something else."""


@dataclass(frozen=True, slots=True)
class PlainDoor:
    """What all connections share; `heads` are those that were met before."""

    points: PointsDoor
    tokens: Tokens
    meters: Meters
    heads: dict[bytes, PlainHead | None] = field(default_factory=dict)

    def head(self, head: bytes) -> PlainHead | None:
        """What a head asks for, None if aiohttp is to look at it."""
        if head not in self.heads:
            if len(self.heads) >= _MOST_HEADS:
                self.heads.clear()
            self.heads[head] = read_head(head)
        plain = self.heads[head]
        if plain is None or plain.length >= LARGE:
            return None
        credential = parse_authorization(plain.authorization)
        return plain if self.tokens.authorise(credential, Access.WRITE) else None


class PutConnection(asyncio.Protocol):
    """A connection that is plain until something else than a put comes; then it is `http`'s.

    A client has `patience` seconds for the body of a request, or for a good piece of it, and may be silent for `idle`
    seconds between two requests.
    """

    def __init__(
        self,
        door: PlainDoor,
        http: Callable[[], asyncio.Protocol],
        patience: float,
        idle: float,
        gone: Callable[["PutConnection"], None],
    ) -> None:
        self._door = door
        self._http = http
        self._patience = patience
        self._idle = idle
        self._gone = gone
        self._received = bytearray()
        self._head: PlainHead | None = None
        self._body_at = 0
        self._progress = (0.0, 0)
        self._may_write = True
        self._is_held = False
        self._is_plain = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._wire = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        self._progress = (self._loop.time(), 0)
        self._watch = self._loop.call_later(min(self._patience, self._idle), self._look)

    def data_received(self, data: bytes) -> None:
        """A request, a part of one, or several."""
        if not self._received:
            self._progress = (self._loop.time(), 0)
        self._received += data
        self._go_on()

    def pause_writing(self) -> None:
        """The client does not take its answers."""
        self._may_write = False
        self._progress = (self._loop.time(), len(self._received))

    def resume_writing(self) -> None:
        """It takes them."""
        self._may_write = True
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """The end."""
        self._end()

    def close(self) -> None:
        """Hang up: what is complete is answered already."""
        self._wire.close()

    def _end(self) -> None:
        self._is_plain = False
        self._watch.cancel()
        self._gone(self)

    def _go_on(self) -> None:
        """Answer what is complete, for a while; read no more as long as the client does not take its answers."""
        count = 0
        while count < _REQUESTS_A_TURN and self._may_write and self._answered_one():
            count += 1
        if not self._is_plain:
            return
        if count == _REQUESTS_A_TURN:
            self._loop.call_soon(self._go_on)
        self._hold(not self._may_write or count == _REQUESTS_A_TURN)

    def _hold(self, holds: bool) -> None:
        """Stop reading, or go on."""
        if holds != self._is_held and not self._wire.is_closing():
            self._is_held = holds
            (self._wire.pause_reading if holds else self._wire.resume_reading)()

    def _answered_one(self) -> bool:
        """Whether a request was complete and is answered."""
        if not self._is_plain or not self._received or (self._head is None and not self._begun()):
            return False
        assert self._head is not None
        end = self._body_at + self._head.length
        if len(self._received) < end:
            return False
        self._put(bytes(self._received[self._body_at : end]), self._head, end)
        return self._is_plain

    def _begun(self) -> bool:
        """Whether the head of a put is there; all others are handed over."""
        end = self._received.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
        self._head = self._door.head(bytes(self._received[:end])) if end >= 0 else None
        self._body_at = end + 4
        if self._head is None:
            self._hand_over()
        return self._head is not None

    def _put(self, body: bytes, head: PlainHead, end: int) -> None:
        began = perf_counter()
        try:
            readings = self._door.points.read(body)
        except TsdbError:
            self._hand_over()
            return
        except Exception:
            log.exception("a put could not be read")
            self._hand_over()
            return
        del self._received[:end]
        self._head, self._progress = None, (self._loop.time(), len(self._received))
        status = self._answer(readings, head.options)
        self._door.meters.note("/api/put", "POST", str(status), perf_counter() - began)

    def _answer(self, readings: list[Reading], options: PutOptions) -> int:
        try:
            status, body = render_outcome(self._door.points.store(readings), options)
        except TsdbError as error:
            return self._refuse(error)
        self._wire.write(_response(status, "", body))
        return status

    def _refuse(self, error: TsdbError) -> int:
        body = render_error(error.status_hint, error.message, error.details)
        self._wire.write(_response(error.status_hint, error.message, body))
        return error.status_hint

    def _hand_over(self) -> None:
        """To aiohttp, with all that has come and was not answered."""
        self._hold(False)
        self._end()
        http = self._http()
        self._wire.set_protocol(http)
        http.connection_made(self._wire)
        if not self._may_write:
            http.pause_writing()
        http.data_received(bytes(self._received))

    def _look(self) -> None:
        """Hang up if the client is late."""
        if not self._is_late():
            self._watch = self._loop.call_later(min(self._patience, self._idle), self._look)
        elif self._may_write and self._head is not None:
            self._refuse(stopped(len(self._received) - self._body_at, self._patience))
            self._wire.close()
        else:
            self._wire.abort()

    def _is_late(self) -> bool:
        """Whether nothing has come, or gone, for too long, or too little of what has begun; noted for the next look."""
        now, (since, seen) = self._loop.time(), self._progress
        if len(self._received) - seen >= LEAST_BYTES:
            self._progress = (now, len(self._received))
            return False
        return now - since >= (self._patience if self._received or not self._may_write else self._idle)


def _response(status: int, reason: str, body: bytes) -> bytes:
    """Head and body of an answer."""
    kind = "Content-Type: application/json; charset=UTF-8\r\n" if body else ""
    size = f"Content-Length: {len(body)}\r\n" if status != HTTPStatus.NO_CONTENT else ""
    phrase = reason_phrase(reason) or HTTPStatus(status).phrase
    head = f"HTTP/1.1 {status} {phrase}\r\n{kind}{size}{_every_answer(int(time()))}"
    return head.encode() + body


@lru_cache(maxsize=1)
def _every_answer(now: int) -> str:
    """The fields of every answer of this second, and the empty line."""
    return f"Date: {formatdate(now, usegmt=True)}\r\nServer: {SERVER_NAME}\r\n\r\n"
