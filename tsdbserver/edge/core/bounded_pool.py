"""Threads of its own for one kind of work, which keeps nothing else waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from tsdbserver.errors import Overloaded

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ThreadLimits:
    """`running` pieces of work at once and `waiting` for their turn; `timeout` in ms, from a piece's arrival."""

    running: int = 8
    waiting: int = 100
    timeout: int = 30_000


class Threads:
    """Runs work that is called `name`: so many pieces at once, so many waiting, so long."""

    def __init__(self, name: str, limits: ThreadLimits) -> None:
        self._name = name
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.running, name)
        self.turns = asyncio.Semaphore(limits.running)
        self.running = 0
        """Pieces that run now, those for which nobody waits any more included."""
        self.waiting = 0
        """Pieces that wait for their turn."""

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns. Overloaded if too many wait already or the time is over: what runs then runs on, and
        keeps its turn until it has really ended.
        """
        try:
            async with asyncio.timeout(self._limits.timeout / 1000):
                await self._turn()
                return await self._started(work)
        except TimeoutError:
            raise Overloaded(
                f"the {self._name} was not answered within {self._limits.timeout} ms (setting query-timeout)"
            ) from None

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _turn(self) -> None:
        if self.turns.locked() and self.waiting >= self._limits.waiting:
            raise Overloaded(
                f"as many run as may ({self._limits.running}) and {self.waiting} wait already: no room for this "
                f"{self._name} (settings max-queries, max-waiting)"
            )
        self.waiting += 1
        try:
            await self.turns.acquire()
        finally:
            self.waiting -= 1

    async def _started(self, work: Callable[[], Result]) -> Result:
        self.running += 1
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    def _ended(self, done: "asyncio.Future[Any]") -> None:
        self.running -= 1
        self.turns.release()
        if not done.cancelled():
            done.exception()  # looked at, or asyncio would complain that nobody did
