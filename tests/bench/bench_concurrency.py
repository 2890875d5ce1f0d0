"""Writers, large questions and small ones at once: `python -m tests.bench.bench_concurrency [SECONDS]`.

A server process is loaded with 1,000 series of 3,600 points. Then 24 clients, each with a connection of its own, ask
and write for the given time (120 s): what the large questions do to the waiting times of everybody else is printed, and
the exit code is 1 if anything failed or a small request's 99th percentile passed 100 ms.

The clients share this machine with the server: with two cores they slow each other down, which is part of every figure.
"""

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import aiohttp
import numpy as np
import uvloop

from tests.e2e.queries import running_server

SERIES, POINTS = 1_000, 3_600
T0 = 1_699_999_200
BODY, SECONDS = 500, 60
HEAVY, WRITERS, SMALL = 4, 8, 12
GOAL_MS = 100.0

Request = tuple[str, str, bytes | None]
"""Method, path, body."""


def loading() -> Iterator[bytes]:
    """All points, in the order of time."""
    for time in range(T0, T0 + POINTS):
        yield points(time)


def points(time: int, metric: str = "load") -> bytes:
    """One point of every series."""
    return json.dumps(
        [
            {
                "metric": metric,
                "timestamp": time,
                "value": (i * 7 + time) % 1000 / 8,
                "tags": {"host": f"h{i}", "dc": f"d{i % 5}"},
            }
            for i in range(SERIES)
        ]
    ).encode()


def question(m: str, start: int = T0, end: int = T0 + POINTS) -> Request:
    """A query by GET."""
    return "GET", f"/api/query?start={start}&end={end}&m={m}", None


def heavy() -> Iterator[Request]:
    """Questions over all 3.6 million points."""
    return itertools.cycle(question(m) for m in ("sum:1m-avg:load", "p99:1m-max:load%7Bdc=*%7D"))


def writing() -> Iterator[Request]:
    """Bodies of 500 points of one second after another, written beforehand; after the last comes the first."""
    bodies = []
    for time in range(T0, T0 + SECONDS):
        message = json.loads(points(time, "written"))
        bodies += [json.dumps(message[first : first + BODY]).encode() for first in range(0, SERIES, BODY)]
    return itertools.cycle([("POST", "/api/put", body) for body in bodies])


def small() -> Iterator[Request]:
    """What a dashboard's menus and single panels ask, and a writer's single point."""
    one = {"metric": "single", "timestamp": T0, "value": 1, "tags": {"host": "a"}}
    return itertools.cycle(
        (
            ("GET", "/api/suggest?type=tagv&q=h1&max=20", None),
            question("sum:1m-avg:load%7Bhost=h17%7D"),
            ("GET", "/api/search/lookup?m=load%7Bhost=h3%7D", None),
            ("GET", "/api/version", None),
            ("POST", "/api/put", json.dumps(one).encode()),
        )
    )


async def client(server: str, requests: Iterator[Request], until: float, waited: list[float]) -> None:
    """Ask one request after another; the waiting times (s) are noted, an error ends the run."""
    async with aiohttp.ClientSession(server) as session:
        while perf_counter() < until:
            method, path, body = next(requests)
            began = perf_counter()
            async with session.request(method, path, data=body) as response:
                text = await response.read()
                if response.status not in (200, 204):
                    raise RuntimeError(f"{method} {path[:80]} answered {response.status}: {text[:200]!r}")
            waited.append(perf_counter() - began)


async def load(server: str) -> None:
    async with aiohttp.ClientSession(server) as session:
        for body in loading():
            async with session.post("/api/put", data=body) as response:
                assert response.status == 204, await response.text()


KINDS: dict[str, tuple[int, Callable[[], Iterator[Request]]]] = {
    "heavy queries": (HEAVY, heavy),
    "puts of 500 points": (WRITERS, writing),
    "small requests": (SMALL, small),
}


def run_kind(name: str, server: str, seconds: float) -> list[float]:
    """The waiting times of all clients of a kind. A process of its own, so that no client waits for another's work."""
    count, requests = KINDS[name]

    async def all_clients() -> list[float]:
        waited: list[float] = []
        prepared = [requests() for _ in range(count)]
        until = perf_counter() + seconds
        await asyncio.gather(*(client(server, each, until, waited) for each in prepared))
        return waited

    return uvloop.run(all_clients())


def measure(server: str, seconds: float) -> bool:
    """Load, run, print; whether the goal was met."""
    uvloop.run(load(server))
    with ProcessPoolExecutor(len(KINDS), mp_context=get_context("spawn")) as processes:
        runs = {name: processes.submit(run_kind, name, server, seconds) for name in KINDS}
        waited = {name: run.result() for name, run in runs.items()}
    for name, times in waited.items():
        p50, p99, most = np.percentile(np.array(times) * 1000, (50, 99, 100))
        print(f"{name:20} {len(times) / seconds:8.0f}/s  p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  max {most:7.1f} ms")
    return bool(np.percentile(waited["small requests"], 99) * 1000 <= GOAL_MS)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        sys.exit(not measure(server, seconds))


if __name__ == "__main__":
    main()
