"""Runs queries: so many at once, so many waiting, so long; and keeps an account of the slow ones."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson
from aiohttp import web

from tsdbserver.edge.http.connection import while_needed
from tsdbserver.errors import Overloaded
from tsdbserver.model.query import Query
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.watch import Watch
from tsdbserver.wire.query_echo import echo

slow_log = logging.getLogger("tsdbserver.slow_query")

Work = Callable[[QueryRunner], bytes]
"""Answers a query by means of a runner, and renders the answer. Called in a thread unless the query is small."""

_LONGEST_QUESTION = 4_096


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """`running` queries at once and `waiting` for their turn; `timeout` and `slow` in ms, from a query's arrival."""

    running: int = 8
    waiting: int = 100
    timeout: int = 30_000
    slow: int = 5_000


class QueryDesk:
    """Where all queries of a server run. Its threads are its own, so that long queries keep nothing else waiting."""

    def __init__(self, runner: QueryRunner, limits: QueryLimits) -> None:
        self.runner = runner
        self.limits = limits
        self._threads = ThreadPoolExecutor(limits.running, "query")
        self._turns = asyncio.Semaphore(limits.running)
        self._watches: set[Watch] = set()
        self.waiting = 0

    @property
    def running(self) -> int:
        """How many run now, those whose asker has been sent away included."""
        return len(self._watches)

    async def answer(self, request: web.Request, query: Query, work: Work, *, at_once: bool = True) -> bytes:
        """What `work` makes of the query. Overloaded if too many wait already or the time is over: what runs then stops
        at its next stage, as it does when the asker is gone. A small query is answered `at_once` and takes no turn,
        unless `work` does more than to run it.
        """
        began, watch = perf_counter(), Watch()
        runner = self.runner.watched(watch)
        try:
            if at_once and runner.is_small(query):
                return self._watched(watch, runner, work)
            with while_needed(request):
                async with asyncio.timeout(self.limits.timeout / 1000):
                    await self._turn()
                    return await self._run(watch, runner, work)
        except TimeoutError:
            raise Overloaded(
                f"the query was not answered within {self.limits.timeout} ms (setting query-timeout)"
            ) from None
        finally:
            watch.stop()
            took = perf_counter() - began
            if took * 1000 >= self.limits.slow:
                slow_log.warning("slow query", extra={"fields": account(request, query, watch, took)})

    def close(self) -> None:
        """Stop what still runs, at its next stage."""
        for watch in list(self._watches):
            watch.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self) -> None:
        if self._turns.locked() and self.waiting >= self.limits.waiting:
            raise Overloaded(
                f"{self.limits.running} queries run and {self.waiting} wait already (settings max-queries, max-waiting)"
            )
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1

    async def _run(self, watch: Watch, runner: QueryRunner, work: Work) -> bytes:
        """Runs in a thread, which keeps its turn until it has really ended, though nobody may wait for it by then."""
        self._watches.add(watch)
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._watched, watch, runner, work)
        running.add_done_callback(lambda done: self._ended(watch, done))
        return await asyncio.shield(running)

    def _watched(self, watch: Watch, runner: QueryRunner, work: Work) -> bytes:
        with watch.stage("answer"):
            return work(runner)

    def _ended(self, watch: Watch, done: "asyncio.Future[bytes]") -> None:
        self._watches.discard(watch)
        self._turns.release()
        if not done.cancelled():
            done.exception()  # looked at, or asyncio would complain that nobody did


def account(request: web.Request, query: Query, watch: Watch, took: float) -> dict[str, Any]:
    """What the log says of a query: where it came in, the question, its plans, what they read, each stage's time."""
    question = orjson.dumps([echo(sub, query) for sub in query.sub_queries], default=str).decode()
    return {
        "method": request.method,
        "path": request.path,
        "span": str(query.span),
        "question": question[:_LONGEST_QUESTION],
        "plans": [plan.explain() for plan in watch.plans],
        "points": watch.points,
        "ms": round(took * 1000, 1),
        "stages_ms": {name: round(seconds * 1000, 1) for name, seconds in watch.seconds().items()},
    }
