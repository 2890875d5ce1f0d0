"""Where slots begin in sorted rows of times: the only part of downsampling that looks at times.

A row whose stamps are regular is cut by arithmetic alone. In any other each edge's place is guessed by interpolation
between the row's first and last time and then searched, near the guess first: 60 slots in a row of 3,600 points take
some 400 looks at its times instead of 3,600.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_NEAR = 4
"""How far around a guess is looked before the whole row is."""


class Rows(NamedTuple):
    """Sorted stretches of a matrix of times: stretch `i` is `times[row[i], start[i]:stop[i]]`, never empty.

    `step[i]` is the distance of its neighbours where it is the same for all (anything positive for a single point),
    else −1.
    """

    times: NDArray[np.int64]
    row: NDArray[np.intp]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    step: NDArray[np.int64]

    def take(self, which: NDArray[np.intp]) -> "Rows":
        """Some of the stretches."""
        return Rows(self.times, self.row[which], self.start[which], self.stop[which], self.step[which])


def cut(rows: Rows, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """[stretch, edge] → the first column of the stretch whose time is not before the edge, else its stop."""
    ahead = edges - rows.times[rows.row, rows.start][:, None]
    # −(−a // b) rounds up
    places: NDArray[np.int64] = -(-ahead // np.maximum(rows.step, 1)[:, None])
    places += rows.start[:, None]
    np.clip(places, rows.start[:, None], rows.stop[:, None], out=places)
    irregular = np.flatnonzero(rows.step < 0)
    if len(irregular):
        places[irregular] = _searched(rows.take(irregular), edges, ahead[irregular])
    return places


def _searched(rows: Rows, edges: NDArray[np.int64], ahead: NDArray[np.int64]) -> NDArray[np.int64]:
    """Binary search of every edge in every stretch; `ahead` is how far the edges lie after the stretches' first
    times.
    """
    times = rows.times.ravel()
    offset = (rows.row * rows.times.shape[1])[:, None]
    start, stop = rows.start[:, None] + offset, rows.stop[:, None] + offset
    low, high = _near_guess(times, start, stop, edges, ahead)
    size = high - low
    for _ in range(int(size.max(initial=0)).bit_length()):
        half = size >> 1
        before = (times.take(low + half, mode="clip") < edges) & (size > 0)
        low = np.where(before, low + half + 1, low)
        size = np.where(before, size - half - 1, half)
    places: NDArray[np.int64] = low - offset
    return places


def _near_guess(
    times: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    edges: NDArray[np.int64],
    ahead: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bounds of the search: every time before `low` is before the edge, and none from `high` on is."""
    points_per_ms = (stop - start) / np.maximum(times[stop - 1] - times[start], 1)
    guess = np.clip(start + (ahead * points_per_ms).astype(np.int64), start, stop - 1)
    # A look at the guessed place corrects for the gaps before it; what is left is the jitter around it.
    guess += ((edges - times.take(guess)) * points_per_ms).astype(np.int64)
    low, high = np.clip(guess - _NEAR, start, stop), np.clip(guess + _NEAR, start, stop)
    low = np.where((low > start) & (times.take(low - 1, mode="clip") < edges), low, start)
    high = np.where((high < stop) & (times.take(high, mode="clip") >= edges), high, stop)
    return low, high
