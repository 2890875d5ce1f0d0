"""Ctrl-C, once and twice."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """`first` and `second` are set by the first and the second SIGINT."""

    def __init__(self) -> None:
        self.first, self.second = asyncio.Event(), asyncio.Event()

    def note(self) -> None:
        """One more came."""
        (self.second if self.first.is_set() else self.first).set()


@contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """In this block SIGINT is noted and does nothing else."""
    loop, interrupts = asyncio.get_running_loop(), Interrupts()
    loop.add_signal_handler(signal.SIGINT, interrupts.note)
    try:
        yield interrupts
    finally:
        loop.remove_signal_handler(signal.SIGINT)
