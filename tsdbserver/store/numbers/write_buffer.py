"""Plain points on their way into the rings.

A ring takes ten thousand points in hardly more time than one: what a write costs is looking at the rows, not at the
points. So points wait here, at first in their order of arrival in one buffer, then sorted by metric, and a metric's
points go into its ring when somebody reads it, or when enough wait. To a reader they are stored from the beginning.

Appending never waits for readers: it needs this module's lock only, which is held for moments.
"""

from itertools import pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BUFFER = 16_384
"""Points that are sorted at once: half a millisecond of work."""

_NEVER = np.iinfo(np.int64).min


class Waiting(NamedTuple):
    """Points of one metric in order of arrival; `handles` are those of `Intake.add_series`."""

    handles: NDArray[np.intp]
    rows: NDArray[np.intp]
    times: NDArray[np.int64]
    values: NDArray[np.float64]

    def slice(self, start: int, stop: int) -> "Waiting":
        """The points from `start` on and before `stop`."""
        return Waiting(self.handles[start:stop], self.rows[start:stop], self.times[start:stop], self.values[start:stop])


def _joined(pieces: list[Waiting]) -> Waiting:
    if len(pieces) == 1:
        return pieces[0]
    handles, rows, times, values = zip(*pieces, strict=True)
    return Waiting(np.concatenate(handles), np.concatenate(rows), np.concatenate(times), np.concatenate(values))


class Intake:
    """The points that wait, of series that are known by a handle: metrics and rows are the store's numbers for them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._handles = np.empty(_BUFFER, np.intp)
        self._times = np.empty(_BUFFER, np.int64)
        self._values = np.empty(_BUFFER)
        self._count = 0
        self._sorted: dict[int, list[Waiting]] = {}
        self._series = 0
        self._metric_of = np.empty(1_024, np.intp)
        self._row_of = np.empty(1_024, np.intp)
        self._too_old = np.full(1_024, _NEVER)
        self.sorted_points = 0
        """How many wait for their ring, beside those in the buffer."""

    @property
    def nbytes(self) -> int:
        """Memory of the points that wait."""
        return self._handles.nbytes + self._times.nbytes + self._values.nbytes + 32 * self.sorted_points

    def add_series(self, metric: int, row: int) -> int:
        """The handle of a series that has none yet."""
        with self._lock:
            handle = self._series
            if handle == len(self._metric_of):
                self._metric_of = np.resize(self._metric_of, 2 * handle)
                self._row_of = np.resize(self._row_of, 2 * handle)
                self._too_old = np.concatenate((self._too_old, np.full(handle, _NEVER)))
            self._metric_of[handle], self._row_of[handle] = metric, row
            self._series += 1
            return handle

    def append(self, handles: NDArray[np.intp], times: NDArray[np.int64], values: NDArray[np.float64]) -> list[int]:
        """Take points; returns the positions of those that are refused, as their rings are full of newer ones."""
        with self._lock:
            too_old = times <= self._too_old[handles]
            refused: list[int] = np.flatnonzero(too_old).tolist() if too_old.any() else []
            if refused:
                handles, times, values = handles[~too_old], times[~too_old], values[~too_old]
            for at in range(0, len(handles), _BUFFER):
                piece = slice(at, at + _BUFFER)
                self._put(handles[piece], times[piece], values[piece])
            return refused

    def take(self, metric: int, most: int | None = None) -> Waiting | None:
        """The points of a metric: all of them, or the oldest, about `most`. The caller puts them into the ring, and
        nobody else may take until that is done.
        """
        with self._lock:
            self._sort()
            waiting = self._sorted.pop(metric, [])
            pieces = waiting if most is None else waiting[: max(1, most // _BUFFER)]
            if len(pieces) < len(waiting):
                self._sorted[metric] = waiting[len(pieces) :]
            self.sorted_points -= sum(len(piece.rows) for piece in pieces)
        return _joined(pieces) if pieces else None

    def holds(self, metric: int) -> bool:
        """Whether points of a metric wait."""
        with self._lock:
            self._sort()
            return metric in self._sorted

    def put_back(self, metric: int, points: Waiting) -> None:
        """Have points that were taken wait again, before all others of their metric."""
        with self._lock:
            self._sorted[metric] = [points, *self._sorted.get(metric, [])]
            self.sorted_points += len(points.rows)

    def longest_waiting(self) -> int | None:
        """The metric whose points have waited longest since they were sorted."""
        with self._lock:
            return next(iter(self._sorted), None)

    def metrics(self) -> list[int]:
        """All metrics with points that wait."""
        with self._lock:
            self._sort()
            return list(self._sorted)

    def refuse(self, handles: NDArray[np.intp], until: NDArray[np.int64]) -> None:
        """From now on series take only points after a time (ms)."""
        with self._lock:
            self._too_old[handles] = until

    def _put(self, handles: NDArray[np.intp], times: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if self._count + len(handles) > _BUFFER:
            self._sort()
        here = slice(self._count, self._count + len(handles))
        self._handles[here], self._times[here], self._values[here] = handles, times, values
        self._count = here.stop

    def _sort(self) -> None:
        """Empty the buffer: its points metric by metric."""
        if not self._count:
            return
        handles = self._handles[: self._count]
        metrics = self._metric_of[handles]
        order = np.argsort(metrics, kind="stable")
        handles, metrics = handles[order], metrics[order]
        arrived = Waiting(handles, self._row_of[handles], self._times[order], self._values[order])
        starts = np.flatnonzero(np.diff(metrics, prepend=-1))
        edges = [*starts.tolist(), self._count]
        for metric, (start, stop) in zip(metrics[starts].tolist(), pairwise(edges), strict=True):
            self._sorted.setdefault(metric, []).append(arrived.slice(start, stop))
        self.sorted_points += self._count
        self._count = 0
