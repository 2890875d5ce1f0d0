"""A lock that readers share."""

from collections.abc import Callable
from threading import Condition, Lock, get_ident

_NOBODY = 0
"""No thread's number."""


class _Side:
    """One way to hold the lock, for `with`."""

    def __init__(self, take: Callable[[], object], give: Callable[[], None]) -> None:
        self._take, self._give = take, give

    def __enter__(self) -> None:
        self._take()

    def __exit__(self, *_: object) -> None:
        self._give()


class SharedLock:
    """Held by one writer, or by any number of readers: a large plan keeps no small one waiting.

    A writer that waits goes before readers that come after it, or readers without end would keep it out. The thread
    that writes may take the lock again, either way; one that reads may not.
    """

    def __init__(self) -> None:
        self._state = Condition(Lock())
        self._readers = 0
        self._writer = _NOBODY
        self._again = 0  # times that the writer took it beyond the first
        self._waiting = 0  # writers
        self.reading = _Side(self._begin_reading, self._end_reading)
        self.writing = _Side(self.begin_writing, self.end_writing)

    def begin_writing(self, blocking: bool = True) -> bool:
        """Hold it alone; False if it is held or wanted by others and this shall not wait."""
        with self._state:
            if self._is_mine():
                self._again += 1
                return True
            if not blocking and (self._writer or self._readers or self._waiting):
                return False
            self._waiting += 1
            try:
                while self._writer or self._readers:
                    self._state.wait()
            finally:
                self._waiting -= 1
            self._writer = get_ident()
            return True

    def end_writing(self) -> None:
        """Give it back, once for each time that it was taken."""
        with self._state:
            if self._again:
                self._again -= 1
                return
            self._writer = _NOBODY
            self._state.notify_all()

    def _begin_reading(self) -> None:
        with self._state:
            if self._is_mine():
                self._again += 1
                return
            while self._writer or self._waiting:
                self._state.wait()
            self._readers += 1

    def _end_reading(self) -> None:
        with self._state:
            if self._is_mine():
                self._again -= 1
                return
            self._readers -= 1
            if not self._readers:
                self._state.notify_all()

    def _is_mine(self) -> bool:
        return self._writer == get_ident()
