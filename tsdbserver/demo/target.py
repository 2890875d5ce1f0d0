"""A web shop to shoot at: an HTTP server whose answers take random, but plausible, times.

python -m tsdbserver.demo.target --port 8099
"""

import asyncio
import math
import random
from collections.abc import Callable, Mapping

import click
from aiohttp import web

Seconds = float

RANDOM = random.Random(11)


def quick() -> Seconds:
    return RANDOM.lognormvariate(math.log(0.012), 0.6)


def steady() -> Seconds:
    return RANDOM.gammavariate(2.0, 0.015)


def mostly_quick() -> Seconds:
    """One answer in seven waits for a slow partner, far from all others."""
    if RANDOM.random() < 0.15:
        return RANDOM.gauss(0.4, 0.05)
    return RANDOM.lognormvariate(math.log(0.045), 0.3)


PAGES: Mapping[str, Callable[[], Seconds]] = {
    "/browse": quick,
    "/search": steady,
    "/checkout": mostly_quick,
}


def poor_line() -> Seconds:
    """What a generator far away adds to every request: a longer way, and now and then a lost packet."""
    return 0.03 + (RANDOM.gauss(0.5, 0.08) if RANDOM.random() < 0.08 else 0.0)


LINES: Mapping[str, Callable[[], Seconds]] = {"near": lambda: 0.0, "far": poor_line}


async def answer(request: web.Request) -> web.Response:
    line = LINES[request.headers.get("X-Line", "near")]
    await asyncio.sleep(max(0.0, PAGES[request.path]() + line()))
    return web.Response(text="ok")


def shop() -> web.Application:
    app = web.Application()
    app.add_routes([web.route("*", path, answer) for path in PAGES])
    return app


@click.command()
@click.option("--port", type=int, default=8099, show_default=True)
def main(port: int) -> None:
    """Serve the shop on the loopback interface until stopped."""
    web.run_app(shop(), host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main()
