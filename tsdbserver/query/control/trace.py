"""What is known of a query while it runs: its stages and their times, what it read, and whether it is still wanted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tsdbserver.errors import QueryStopped
from tsdbserver.query.planning.plan import Plan

_MOST_PLANS = 8
"""How many plans are remembered: whoever reads about a slow query needs no more."""


class Watch:
    """Watches one query, which runs in one thread; `stop` and `seconds` may be called from others.

    A query is stopped between stages, never within one: a stage is an array operation, which cannot be interrupted.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._stages: list[str] = []
        self._since = clock()
        self._stopped = False
        self.points = 0
        self.plans: list[Plan] = []

    def stop(self) -> None:
        """Nobody waits for the answer any more: the next stage does not begin."""
        self._stopped = True

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The block is this stage; a stage within it is counted as its own. QueryStopped if the query was stopped."""
        if self._stopped:
            raise QueryStopped
        self._account()
        self._stages.append(name)
        try:
            yield
        finally:
            self._account()
            self._stages.pop()

    def seconds(self) -> dict[str, float]:
        """How long each stage took, as far as it is finished."""
        return dict(self._seconds)

    def note_plan(self, plan: Plan) -> None:
        """This is one of the query's plans."""
        if len(self.plans) < _MOST_PLANS:
            self.plans.append(plan)

    def _account(self) -> None:
        now = self._clock()
        if self._stages:
            stage = self._stages[-1]
            self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._since = now
