"""One port for HTTP and the line protocol: the first byte of a connection decides.

A capital letter begins an HTTP method, and the connection goes to aiohttp; anything else begins a line.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import cast

from aiohttp import web

from tsdbserver.edge.http.fast_put import PlainDoor, PutConnection
from tsdbserver.edge.http.server.connection import HttpConnection
from tsdbserver.edge.telnet.connection import LineProtocol
from tsdbserver.edge.telnet.session import LineDoor

_BACKLOG = 128
_SPARE_S = 0.1
"""How much longer than a TLS handshake may take its connection counts, if it never comes about."""
_HTTP_LINE = re.compile(rb"[^\n]* HTTP/[0-9.]+\r?\n")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`connections` open at once, whatever they speak; seconds of `patience` with a client that is slow, and of
    `keepalive` with one that has nothing to say; bytes of the longest `line`, or field, of a head.
    """

    connections: int = 1_000
    patience: float = 30.0
    keepalive: float = 100.0
    line: int = 64 * 1024


class PortSite(web.BaseSite):
    """Where a runner listens; as aiohttp's `TCPSite`, but for connections that are not HTTP."""

    def __init__(
        self,
        runner: web.AppRunner,
        address: tuple[str, int],
        lines: LineDoor,
        options: HttpOptions,
        plain: PlainDoor | None = None,
        ssl_context: SSLContext | None = None,
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context, backlog=_BACKLOG)
        self._address = address
        self._plain = plain
        self._door = lines
        self._options = options
        self._talking: set[LineProtocol | PutConnection | _FirstByte] = set()
        self._http_talking: set[HttpConnection] = set()
        self.refused = 0

    @property
    def name(self) -> str:
        """The address, for aiohttp's messages."""
        return "tsdb://{}:{}".format(*self._address)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._talking) + len(self._http_talking)

    async def start(self) -> None:
        """Listen; OSError if the address cannot be had."""
        await super().start()
        host, port = self._address
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection,
            host,
            port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=self._options.patience if self._ssl_context else None,
        )

    async def stop(self) -> None:
        """Listen no more. Lines that were read are obeyed; aiohttp ends its connections itself."""
        await super().stop()
        for protocol in list(self._talking):
            protocol.close()

    def _connection(self) -> asyncio.Protocol:
        if self.open >= self._options.connections:
            self.refused += 1
            return _TurnedAway()
        protocol = _FirstByte(self._puts, self._lines, self._door.idle, self._options, self._talking.discard)
        self._talking.add(protocol)
        if self._ssl_context is not None:
            asyncio.get_running_loop().call_later(self._options.patience + _SPARE_S, protocol.end_unless_made)
        return protocol

    def _http(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None, "the runner was set up before it listened"
        options = self._options
        # Bodies are inflated by edge.http.body, which stops at the limit while inflating.
        protocol = HttpConnection(
            server, options.patience, self._http_talking.discard, access_log=None, auto_decompress=False,
            lingering_time=options.patience,
            keepalive_timeout=options.keepalive, max_line_size=options.line, max_field_size=options.line,
        )  # fmt: skip
        self._http_talking.add(protocol)
        return protocol

    def _puts(self) -> asyncio.Protocol:
        """HTTP that begins plain, where there is a door for that."""
        if self._plain is None:
            return self._http()
        options = self._options
        protocol = PutConnection(self._plain, self._http, options.patience, options.keepalive, self._talking.discard)
        self._talking.add(protocol)
        return protocol

    def _lines(self) -> asyncio.Protocol:
        protocol = LineProtocol(self._door, self._talking.discard)
        self._talking.add(protocol)
        return protocol


class _TurnedAway(asyncio.Protocol):
    """One connection too many: it is ended unheard, for what it would say is not known."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        cast(asyncio.Transport, transport).abort()


class _FirstByte(asyncio.Protocol):
    """A connection of which it is not known yet what it speaks."""

    def __init__(
        self,
        http: Callable[[], asyncio.Protocol],
        lines: Callable[[], asyncio.Protocol],
        idle: float,
        options: HttpOptions,
        gone: Callable[["_FirstByte"], None],
    ) -> None:
        self._http = http
        self._lines = lines
        self._idle = idle
        self._options = options
        self._gone = gone
        self._begun = b""
        self._alarm: asyncio.TimerHandle | None = None
        self._is_unwanted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first byte, but not for ever."""
        self._transport = cast(asyncio.Transport, transport)
        self._be_alarmed_in(0 if self._is_unwanted else self._idle)

    def data_received(self, data: bytes) -> None:
        """Hand the connection over as soon as it is known to whom."""
        if not self._begun:
            self._be_alarmed_in(self._options.patience)
        self._begun += data
        if not b"A" <= self._begun[:1] <= b"Z":
            self._hand_over(self._lines())
        elif b"\n" not in self._begun and len(self._begun) <= self._options.line:
            return
        elif _HTTP_LINE.match(self._begun) or len(self._begun) > self._options.line:
            self._hand_over(self._http())
        else:
            self._transport.close()  # a line that begins like a method: OpenTSDB says nothing to it, either

    def connection_lost(self, error: Exception | None) -> None:
        """It never said."""
        self._end()

    def end_unless_made(self) -> None:
        """Count no more if there is still no connection: of a TLS handshake that fails nobody is told."""
        if self._alarm is None:
            self._end()

    def close(self) -> None:
        """Hang up, or do not even begin."""
        self._is_unwanted = True
        if self._alarm is not None:
            self._transport.close()

    def _be_alarmed_in(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def _end(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._gone(self)

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        self._end()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._begun)
