"""Where slots begin in chunks of points: the only part of downsampling that looks at times.

The points of a chunk that lie even are cut by arithmetic alone, and of the others each edge's place is searched: an
hour of points that come every second is cut into minutes by 75 looks at most, and usually by none.

Edges and points are packed: chunk `i` has `counts[i]` of them, one chunk after another.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aggregators.arrays import positions
from tsdbserver.store.numbers.chunks import SPARE_OFFSETS, Table

Integers = NDArray[np.int64]

_NEAR = SPARE_OFFSETS
"""So many points around a guess are looked at before the whole chunk is searched."""

_FIRST = np.tri(_NEAR + 1, _NEAR, -1, dtype=np.bool_).view(np.uint64).ravel()
"""Eight flags as one number, of which so many are set from the first on."""


class Cuts(NamedTuple):
    """Chunk `i` is cut into `counts[i]` runs: its `j`-th goes to slot `low[i] + j` and begins at `points[…]`.

    `points` has one more of each chunk, the end of its last run.
    """

    low: Integers
    counts: Integers
    points: Integers


def cut_into_slots(chunks: Table, edges: Integers, offsets: NDArray[np.uint32]) -> Cuts:
    """Cut chunks at those edges between slots that lie in them.

    None of the chunks may end before the first slot, or have its base after the last.
    """
    low, high = (
        np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
        for times in (first_times(chunks, offsets), chunks["last"])
    )
    counts = high - low + 1
    return Cuts(low, counts, cut(chunks, counts + 1, edges[positions(low, counts + 1)], offsets))


def cut(chunks: Table, counts: Integers, edges: Integers, offsets: NDArray[np.uint32]) -> Integers:
    """For each edge the first point of its chunk whose time is not before the edge, else the chunk's stop."""
    ahead = edges - np.repeat(chunks["base"], counts)
    stop = np.repeat(chunks["stop"], counts)
    points: Integers = -(-ahead // _steps(chunks, counts))  # rounded up
    points = np.minimum(np.maximum(points, np.repeat(chunks["start"], counts)), stop)
    if (chunks["even"] < chunks["stop"]).any():
        after = ahead > np.repeat(chunks["last"] - chunks["base"], counts)
        points[after] = stop[after]
        searched = np.flatnonzero((points >= np.repeat(chunks["even"], counts)) & (ahead > 0) & ~after)
        of_chunk = np.repeat(np.arange(len(chunks)), counts)[searched]
        points[searched] = _search(chunks, of_chunk, ahead[searched], offsets)
    return points


def first_times(chunks: Table, offsets: NDArray[np.uint32]) -> Integers:
    """The time of each chunk's first point."""
    return times_at(chunks, np.ones(len(chunks), np.int64), chunks["start"], offsets)


def times_at(chunks: Table, counts: Integers, points: Integers, offsets: NDArray[np.uint32]) -> Integers:
    """The times of some points."""
    times: Integers = np.repeat(chunks["base"], counts) + points * _steps(chunks, counts)
    if (chunks["even"] < chunks["stop"]).any():
        uneven = np.flatnonzero(points >= np.repeat(chunks["even"], counts))
        of_chunk = np.repeat(np.arange(len(chunks)), counts)[uneven]
        cells = (chunks["offsets"] - chunks["even"])[of_chunk] + points[uneven]
        times[uneven] = chunks["base"][of_chunk] + offsets[cells]
    return times


def _steps(chunks: Table, counts: Integers) -> Integers:
    """The step for each edge or point, 1 where a lone point has none: one number for all where it can be."""
    steps = np.maximum(chunks["step"], 1)
    if len(steps) and (steps == steps[0]).all():
        return np.asarray(steps[:1])
    return np.repeat(np.asarray(steps), counts)


def _search(chunks: Table, of_chunk: Integers, ahead: Integers, offsets: NDArray[np.uint32]) -> Integers:
    """For edges that lie `ahead` of the bases of some chunks: the places among the points that do not lie even."""
    place = chunks["offsets"] - chunks["even"]
    start, stop = np.maximum(chunks["start"], chunks["even"]) + place, chunks["stop"] + place
    # Where an edge would be if the points between the first and the last lay even.
    first = offsets.take(start, mode="clip").astype(np.int64)
    points_per_ms = (stop - start) / np.maximum(chunks["last"] - chunks["base"] - first, 1)
    start, stop, points_per_ms = start[of_chunk], stop[of_chunk], points_per_ms[of_chunk]
    guess = start + ((ahead - first[of_chunk]) * points_per_ms).astype(np.int64)
    guess = np.minimum(np.maximum(guess, start), stop - 1)
    # A look at the guessed place corrects for the gaps before it; what is left is the jitter around it.
    guess += ((ahead - offsets.take(guess)) * points_per_ms).astype(np.int64)
    found, sure = _look_near(guess, start, stop, ahead, offsets)
    if not sure.all():
        far = np.flatnonzero(~sure)
        found[far] = _bisect(start[far], stop[far], ahead[far], offsets)
    return np.asarray(found - place[of_chunk])


def _look_near(
    guess: Integers, start: Integers, stop: Integers, ahead: Integers, offsets: NDArray[np.uint32]
) -> tuple[Integers, NDArray[np.bool_]]:
    """The places of edges that are near their guess, and which are."""
    low = np.minimum(np.maximum(guess - _NEAR // 2, start), stop)
    before = sliding_window_view(offsets, _NEAR)[low] < ahead.astype(np.uint32)[:, None]
    # Eight flags are one number, and are counted as its bits; what lies behind the last point does not count.
    flags = before.view(np.uint64).ravel() & _FIRST[np.minimum(stop - low, _NEAR)]
    found = low + np.bitwise_count(flags)
    return found, ((found > low) | (low == start)) & ((found < low + _NEAR) | (found == stop))


def _bisect(low: Integers, stop: Integers, ahead: Integers, offsets: NDArray[np.uint32]) -> Integers:
    """Binary search from `low` on and before `stop`."""
    size = stop - low
    for _ in range(int(size.max(initial=0)).bit_length()):
        half = size >> 1
        before = (offsets.take(low + half, mode="clip") < ahead) & (size > 0)
        low = np.where(before, low + half + 1, low)
        size = np.where(before, size - half - 1, half)
    return low
