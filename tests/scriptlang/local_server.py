"""The server of this checkout, in a thread of this process, and the engine inside of it."""

import asyncio
import json
from threading import Thread
from types import TracebackType
from typing import Self

import numpy as np

from aggregators import FillPolicy
from tests.scriptlang.requests import post_body
from tests.scriptlang.responses import Answer, Result
from tests.scriptlang.script import Failure, Question
from tsdbserver.app import start
from tsdbserver.edge.core.services import SERVICES
from tsdbserver.errors import TsdbError
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import UNIT_MS, clock_ms
from tsdbserver.query.execution.engine import run
from tsdbserver.settings.table import Settings
from tsdbserver.wire.query.json_query import parse_query

_SETTINGS = Settings(listen=("127.0.0.1", 0), retention=UNIT_MS["d"] * 800)
"""Scripts with calendars load a year or two."""


class LocalServer:
    """A running server with its `url`. Use it as a context."""

    def __init__(self, settings: Settings = _SETTINGS) -> None:
        self._settings = settings

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner, self.url = asyncio.run_coroutine_threadsafe(start(self._settings), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set_clock(self, now: int | None) -> None:
        """Let the clock of queries stand still at `now` (ms), or go on."""
        self._runner.app[SERVICES].planner.clock = clock_ms if now is None else lambda: now

    def ask_engine(self, question: Question) -> Answer:
        """What the engine answers when it is asked without HTTP: planned and run on the server's own store."""
        parts = self._runner.app[SERVICES]
        try:
            query = parse_query(json.dumps(post_body(question)).encode(), parts.now())
            plans = [parts.planner.plan(sub_query, query.span, query.timezone) for sub_query in query.sub_queries]
            return [_result(result, question.ms) for plan in plans for result in run(plan, parts.reader)]
        except TsdbError as error:
            return Failure(error.status_hint, f"{error.message} {error.details}".strip())
        except Exception as error:  # noqa: BLE001 - whatever it is, the server would say 500
            return Failure(500, f"{type(error).__name__}: {error}")


def _result(result: ResultSeries, ms: bool) -> Result:
    gap = None if result.sub_query.fill is FillPolicy.NULL else np.nan
    values = [gap if np.isnan(value) else value for value in result.values.tolist()]
    # An answer in seconds shows the last of several points of one second.
    times = (result.times if ms else result.times // 1000 * 1000).tolist()
    return Result(
        result.metric,
        tuple(sorted(result.tags.items())),
        tuple(sorted(result.aggregate_tags)),
        dict(zip(times, values, strict=True)),
    )
