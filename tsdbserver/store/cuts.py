"""Where slots begin in sorted rows of times: the only part of downsampling that looks at times.

Stamps are mostly regular, so each edge's place is guessed by interpolation between the row's first and last time and
most guesses are right; the others are searched, near the guess first. A row of 3,600 points cut into 60 slots costs
about 120 looks at its times instead of 3,600.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_NEAR = 16
"""How far around a wrong guess is looked before the whole row is."""


class Rows(NamedTuple):
    """Sorted stretches of a matrix of times: stretch `i` is `times[row[i], start[i]:stop[i]]`, never empty."""

    times: NDArray[np.int64]
    row: NDArray[np.intp]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def cut(rows: Rows, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """[stretch, edge] → the first column of the stretch whose time is not before the edge, its stop if there is none."""
    places = _guessed(rows, edges)
    flat = places.ravel()
    stretch, edge = np.divmod(np.arange(flat.size), len(edges))
    wrong = np.flatnonzero(~_fits(rows, stretch, edges[edge], flat))
    if len(wrong):
        flat[wrong] = _searched(rows, stretch[wrong], edges[edge[wrong]], flat[wrong])
    return places


def _guessed(rows: Rows, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    first, last = rows.times[rows.row, rows.start], rows.times[rows.row, rows.stop - 1]
    points_per_ms = (rows.stop - 1 - rows.start) / np.maximum(last - first, 1)
    ahead = np.ceil((edges - first[:, None]) * points_per_ms[:, None] - 1e-6).astype(np.int64)
    guess: NDArray[np.int64] = np.clip(rows.start[:, None] + ahead, rows.start[:, None], rows.stop[:, None])
    return guess


def _fits(
    rows: Rows, stretch: NDArray[np.intp], edge: NDArray[np.int64], place: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether all times before a place are before the edge and all from it on are not."""
    row, start, stop = rows.row[stretch], rows.start[stretch], rows.stop[stretch]
    before: NDArray[np.bool_] = (place == start) | (rows.times[row, np.maximum(place - 1, start)] < edge)
    after: NDArray[np.bool_] = (place == stop) | (rows.times[row, np.minimum(place, stop - 1)] >= edge)
    return before & after


def _searched(
    rows: Rows, stretch: NDArray[np.intp], edge: NDArray[np.int64], guess: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Binary search, between `low` and `high`: every time before `low` is before the edge, none from `high` on is."""
    row, low, high = rows.row[stretch], rows.start[stretch], rows.stop[stretch]
    near = np.maximum(guess - _NEAR, low)
    low = np.where((near > low) & (rows.times[row, np.maximum(near - 1, 0)] < edge), near, low)
    near = np.minimum(guess + _NEAR, high)
    high = np.where((near < high) & (rows.times[row, np.minimum(near, high - 1)] >= edge), near, high)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        before = open_ & (rows.times[row, np.minimum(middle, high - 1 + ~open_)] < edge)
        low = np.where(before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low
