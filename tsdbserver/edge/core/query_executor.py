"""Runs queries: so many at once, so many waiting, so long; and keeps an account of the slow ones."""

import logging
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import orjson
from aiohttp import web

from tsdbserver.edge.core.bounded_pool import ThreadLimits, Threads
from tsdbserver.edge.http.server.connection import while_needed
from tsdbserver.model.query import Query
from tsdbserver.query.control.trace import Watch
from tsdbserver.query.runner import QueryRunner
from tsdbserver.wire.query.echo import echo

slow_log = logging.getLogger("tsdbserver.slow_query")

Work = Callable[[QueryRunner], bytes]
"""Answers a query by means of a runner, and renders the answer. Called in a thread unless the query is small."""

_LONGEST_QUESTION = 4_096


class QueryDesk:
    """Where all queries of a server run. One that takes `slow` ms or more is told in the log."""

    def __init__(self, runner: QueryRunner, limits: ThreadLimits, slow: int = 5_000) -> None:
        self.runner = runner
        self.threads = Threads("query", limits)
        self._slow = slow
        self._watches: set[Watch] = set()

    async def answer(self, request: web.Request, query: Query, work: Work, *, at_once: bool = True) -> bytes:
        """What `work` makes of the query. Overloaded as `Threads.run` says: what runs then stops at its next stage, as
        it does when the asker is gone. A small query is answered `at_once` and takes no turn, unless `work` does more
        than to run it.
        """
        began, watch = perf_counter(), Watch()
        runner = self.runner.watched(watch)
        try:
            if at_once and runner.is_small(query):
                return self._watched(watch, runner, work)
            with while_needed(request):
                return await self.threads.run(partial(self._watched, watch, runner, work))
        finally:
            watch.stop()
            took = perf_counter() - began
            if took * 1000 >= self._slow:
                slow_log.warning("slow query", extra={"fields": account(request, query, watch, took)})

    def close(self) -> None:
        """Stop what still runs, at its next stage."""
        for watch in list(self._watches):
            watch.stop()
        self.threads.close()

    def _watched(self, watch: Watch, runner: QueryRunner, work: Work) -> bytes:
        self._watches.add(watch)
        try:
            with watch.stage("answer"):
                return work(runner)
        finally:
            self._watches.discard(watch)


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
