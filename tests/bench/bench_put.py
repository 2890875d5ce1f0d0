"""Plain points a second that a server takes: `python -m tests.bench.bench_put`.

Bodies of 500, 50 and 1 points and telnet lines, of 1,000 series second by second, made before the clock starts. Four
connections, each with one request in flight; lines are sent as fast as they are taken. `quick` is the way of puts that
are answered without aiohttp, `aiohttp` the other: a field that the quick way does not know sends a request there.
Beside the rate as a client sees it, which has the client's own work in it, the server's processor time for each point.
"""

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.e2e.queries import running_server

CONNECTIONS, SERIES, T0 = 4, 1_000, 1_700_000_000
RUNS = ((500, 200_000), (50, 100_000), (1, 8_000))
"""Points of a body, and points in all."""
LINES = 400_000


def points(metric: str, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        second, series = divmod(number, SERIES)
        tags = {
            "method": "GET",
            "status": str(200 + series % 5),
            "name": f"page_{series % 10}",
            "instance": f"i{series}",
        }
        yield {"metric": metric, "tags": tags, "timestamp": T0 + second, "value": round(number * 0.7907 % 999, 3)}


def bodies(metric: str, size: int, count: int) -> list[bytes]:
    stream = points(metric, count)
    return [json.dumps(list(islice(stream, size)), separators=(",", ":")).encode() for _ in range(count // size)]


def lines(metric: str, count: int) -> list[bytes]:
    """Pieces of 1,000 lines."""
    texts = [
        f"put {point['metric']} {point['timestamp']} {point['value']} "
        + " ".join(f"{key}={value}" for key, value in point["tags"].items())  # type: ignore[attr-defined]
        + "\n"
        for point in points(metric, count)
    ]
    return ["".join(texts[at : at + 1_000]).encode() for at in range(0, count, 1_000)]


def post(door: socket.socket, sent: list[bytes], fields: bytes) -> None:
    answers = door.makefile("rb")
    for body in sent:
        head = b"POST /api/put HTTP/1.1\r\nHost: bench\r\n%bContent-Length: %d\r\n\r\n" % (fields, len(body))
        door.sendall(head + body)
        status = answers.readline()
        assert b" 204 " in status, status
        while answers.readline() != b"\r\n":
            pass


def say(door: socket.socket, sent: list[bytes], fields: bytes) -> None:
    for piece in sent:
        door.sendall(piece)
    door.shutdown(socket.SHUT_WR)
    assert door.recv(1_000) == b""


def processor(server: str) -> float:
    """Seconds of processor time that the server has taken."""
    with urlopen(f"{server}/metrics") as answer:
        texts = answer.read().decode().splitlines()
    return float(next(text.split()[1] for text in texts if text.startswith("process_cpu_seconds_total")))


def measured(title: str, server: str, talk, sent: list[bytes], count: int, fields: bytes = b"") -> None:
    address = urlsplit(server)
    doors = [socket.create_connection((address.hostname or "", address.port or 0), 60) for _ in range(CONNECTIONS)]
    threads = [threading.Thread(target=talk, args=(door, sent[n::CONNECTIONS], fields)) for n, door in enumerate(doors)]
    began, busy = perf_counter(), processor(server)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, busy = perf_counter() - began, processor(server) - busy
    for door in doors:
        door.close()
    print(f"{title:24} {count / took:10,.0f} points/s   {busy / count * 1e6:8.2f} µs of the server a point")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        for size, count in RUNS:
            for way, fields in (("quick", b""), ("aiohttp", b"X-Way: aiohttp\r\n")):
                sent = bodies(f"{way}.{size}", size, count)
                measured(f"{size} points, {way}", server, post, sent, count, fields)
        measured("lines", server, say, lines("lines", LINES), LINES)


if __name__ == "__main__":
    main()
