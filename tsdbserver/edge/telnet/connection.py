"""A connection that speaks the line protocol. Bounded both ways: it reads no more than it can answer."""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from tsdbserver.edge.telnet.session import LineDoor, Session
from tsdbserver.wire.points.telnet_lines import LineSplitter

logger = logging.getLogger(__name__)

_LINES_A_TURN = 500
"""After so many lines the event loop may do something else."""


class LineProtocol(asyncio.Protocol):
    """Reads lines, and writes what they are answered. A client that does not read its answers is not read from until
    it does; one from which nothing comes, or to which nothing goes, is hung up on after a while.
    """

    def __init__(self, door: LineDoor, gone: Callable[["LineProtocol"], None]) -> None:
        self._session = Session(door)
        self._idle = door.idle
        self._gone = gone
        self._splitter = LineSplitter(door.longest)
        self._waiting: list[bytes] = []
        self._may_write = True
        self._has_ended = False
        self._turn: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._alarm = self._loop.call_later(self._idle, self._hang_up_if_idle)

    def data_received(self, data: bytes) -> None:
        """Lines, or parts of them."""
        self._heard_at = self._loop.time()
        self._waiting += self._splitter.feed(data)
        if too_long := self._splitter.take_too_long():
            self._session.note_too_long(too_long)
        self._go_on()

    def eof_received(self) -> bool:
        """The client writes no more: what it wrote is still answered."""
        self._has_ended = True
        if self._transport.get_extra_info("sslcontext"):
            self.close()  # TLS knows no half-closed connections
        return bool(self._waiting)

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        self._may_write = False

    def resume_writing(self) -> None:
        """It reads them."""
        self._may_write = True
        self._heard_at = self._loop.time()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """The end."""
        self._waiting.clear()
        self._alarm.cancel()
        self._gone(self)

    def close(self) -> None:
        """Obey the lines that were read, then hang up."""
        while self._waiting:
            self._answer_some()
        self._transport.close()

    def _go_on(self) -> None:
        """Answer some lines; while others are left, read no more."""
        if self._turn is not None or not self._may_write:
            self._transport.pause_reading()
            return
        self._answer_some()
        if self._waiting:
            self._transport.pause_reading()
            self._turn = self._loop.call_soon(self._next_turn)
        elif self._has_ended:
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.resume_reading()

    def _next_turn(self) -> None:
        self._turn = None
        self._go_on()

    def _answer_some(self) -> None:
        lines, self._waiting = self._waiting[:_LINES_A_TURN], self._waiting[_LINES_A_TURN:]
        replies, goes_on = self._answered(lines)
        if replies:
            self._transport.write(replies)
        if not goes_on:
            self._waiting.clear()
            self._transport.close()

    def _answered(self, lines: list[bytes]) -> tuple[bytes, bool]:
        try:
            return self._session.answer(lines)
        except Exception:
            logger.exception("a line of the line protocol failed")
            return b"", False

    def _hang_up_if_idle(self) -> None:
        left = self._heard_at + self._idle - self._loop.time()
        if left <= 0:
            self._transport.abort()
        else:
            self._alarm = self._loop.call_later(left, self._hang_up_if_idle)
