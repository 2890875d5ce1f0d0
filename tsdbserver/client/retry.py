"""Trying again while the server is away: growing pauses, a set patience, two sentences an outage."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from tsdbserver.client.batch_client import ServerAway

T = TypeVar("T")

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0


class Trying:
    """Gives up after `patience` seconds of one outage; of an input that still flows, only after so long past its end.

    `say` is told once when the server goes away and once when it is back.
    """

    def __init__(self, patience: float, say: Callable[[str], None], flowing: bool = False) -> None:
        self._patience = patience
        self._say = say
        self._not_before = math.inf if flowing else -math.inf
        self._away_since: float | None = None
        self._hurry = asyncio.Event()

    def input_ended(self) -> None:
        """From now on patience is limited."""
        self._not_before = min(self._not_before, _now())
        self._hurry.set()

    async def until_answered(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What `attempt` gives once the server is there; its ServerAway when patience is over."""
        pause = _FIRST_PAUSE_S
        while True:
            try:
                answer = await attempt()
            except ServerAway as reason:
                self.note_away(reason)
                if self._left() <= 0:
                    raise
                # The random part spreads senders and guards nothing.
                await self._pause(min(random.uniform(0, pause), self._left()))  # noqa: S311
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                self._note_back()
                return answer

    def note_away(self, reason: ServerAway) -> None:
        """The server did not answer; say so unless it is known."""
        if self._away_since is None:
            self._away_since = _now()
            self._say(f"{reason}; trying again")

    def _note_back(self) -> None:
        if self._away_since is not None:
            self._say(f"the server is back after {_now() - self._away_since:.0f} s")
            self._away_since = None

    def _left(self) -> float:
        """Seconds of patience."""
        began = _now() if self._away_since is None else self._away_since
        return max(began, self._not_before) + self._patience - _now()

    async def _pause(self, seconds: float) -> None:
        self._hurry.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()
