"""A connection to the server, without an HTTP library's opinion of what may be sent."""

import errno
import socket
import time
from typing import NamedTuple

DEADLINE_S = 20
"""A connection that has neither answered nor ended by then is stuck."""


class Answer(NamedTuple):
    """An answer, or the end of the connection: status 0."""

    status: int
    kind: str
    body: bytes


class Stuck(Exception):
    """Neither an answer nor the end of the connection."""


class Connection:
    """One at a time; opened anew when the server has ended it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._received = b""

    def ask(self, request: bytes) -> Answer:
        """Send a request that is whole, and read its answer. Once more if the connection had been used before and has
        ended: it may have been silent for too long.
        """
        was_used = self._socket is not None
        answer = self._ask(request)
        return self._ask(request) if was_used and not answer.status else answer

    def _ask(self, request: bytes) -> Answer:
        try:
            self._open().sendall(request)
            return self._answer()
        except (ConnectionError, _Ended):
            self.close()
            return Answer(0, "", b"")
        except TimeoutError:
            self.close()
            raise Stuck from None

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received = None, b""

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=DEADLINE_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _answer(self) -> Answer:
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): text.strip() for name, _, text in (one.partition(":") for one in lines)}
        body = self._chunks() if "chunked" in fields.get("transfer-encoding", "") else self._some(fields)
        if fields.get("connection", "").lower() == "close" or line.startswith("HTTP/1.0"):
            self.close()
        return Answer(int(line.split()[1]), fields.get("content-type", ""), body)

    def _some(self, fields: dict[str, str]) -> bytes:
        return self._take(int(fields.get("content-length", 0)))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._received:
                self._read()
            size, _, self._received = self._received.partition(b"\r\n")
            body += self._take(int(size, 16))
            self._take(2)
            if not int(size, 16):
                return body

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._read()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _read(self) -> None:
        assert self._socket is not None
        chunk = self._socket.recv(1 << 20)
        if not chunk:
            raise _Ended
        self._received += chunk


class _Ended(Exception):
    pass


def _end(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_WR)
    except OSError as error:  # the server was quicker
        if error.errno != errno.ENOTCONN:
            raise


def all_said(address: tuple[str, int], pieces: list[bytes], ends: bool = False) -> bytes:
    """All that the server says to some bytes, however they are cut, until it ends the connection."""
    received = b""
    deadline = time.monotonic() + DEADLINE_S
    with socket.create_connection(address, timeout=DEADLINE_S) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                wire.sendall(piece)
            if ends:
                _end(wire)
            while chunk := wire.recv(1 << 20):
                received += chunk
                if time.monotonic() > deadline:
                    raise Stuck
        except ConnectionError:
            pass
        except TimeoutError:
            raise Stuck from None
    return received
