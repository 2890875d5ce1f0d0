"""A wire-tap: a port that passes everything on to the server, and keeps what the clients said."""

import gzip
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

Key = tuple[str, tuple[tuple[str, str], ...], int]
"""Metric, sorted tags, and time in ms."""


@dataclass(frozen=True)
class Sent:
    """The points that clients wrote, by key (of two with one key the later stays), and how many there were in all."""

    points: dict[Key, float]
    count: int


class Tap(socketserver.ThreadingTCPServer):
    """Listens on a free port; keeps what came in, connection by connection."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = target
        self.heard: list[bytearray] = []

    @property
    def port(self) -> int:
        """Where clients are to connect."""
        return int(self.server_address[1])

    def sent(self) -> Sent:
        """Every point of every complete line and request so far."""
        points = [point for heard in list(self.heard) for point in _points(bytes(heard))]
        return Sent(dict(points), len(points))

    def wait_for(self, count: int, patience_s: float = 60.0) -> None:
        """Return when so many points have come; AssertionError if they do not."""
        deadline = time.monotonic() + patience_s
        while (come := self.sent().count) < count:
            assert time.monotonic() < deadline, f"{come} of {count} points came"
            time.sleep(0.2)


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        tap = self.server
        assert isinstance(tap, Tap)
        heard = bytearray()
        tap.heard.append(heard)
        with socket.create_connection(tap.target) as server:
            back = threading.Thread(target=_pass_on, args=(server, self.request, bytearray()))
            back.start()
            _pass_on(self.request, server, heard)
            back.join()


@contextmanager
def tapped(url: str) -> Iterator[Tap]:
    """A tap in front of the server at `url`."""
    host, _, port = url.removeprefix("http://").partition(":")
    with Tap((host, int(port))) as tap:
        thread = threading.Thread(target=tap.serve_forever)
        thread.start()
        try:
            yield tap
        finally:
            tap.shutdown()
            thread.join()


def _pass_on(source: socket.socket, target: socket.socket, heard: bytearray) -> None:
    with suppress(OSError):  # whoever goes away first
        while piece := source.recv(65536):
            heard += piece
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _points(heard: bytes) -> Iterator[tuple[Key, float]]:
    if heard[:1].isupper():
        for body in _bodies(heard):
            message = json.loads(body)
            for point in message if isinstance(message, list) else [message]:
                yield _key(point["metric"], point["tags"], int(point["timestamp"])), float(point["value"])
    else:
        for line in heard.split(b"\n")[:-1]:
            command, *words = line.decode().split()
            if command == "put":
                tags = dict(word.split("=", 1) for word in words[3:])
                yield _key(words[0], tags, int(words[1])), float(words[2])


def _bodies(heard: bytes) -> Iterator[bytes]:
    """The bodies of the POST requests that are complete."""
    while b"\r\n\r\n" in heard:
        head, _, heard = heard.partition(b"\r\n\r\n")
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        assert "transfer-encoding" not in headers, "no client was seen to send chunks"
        length = int(headers.get("content-length", 0))
        body, heard = heard[:length], heard[length:]
        if request.startswith("POST") and len(body) == length:
            yield gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def _key(metric: str, tags: dict[str, str], stamp: int) -> Key:
    return metric, tuple(sorted(tags.items())), stamp if stamp > 0xFFFFFFFF else stamp * 1000
