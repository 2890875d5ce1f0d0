"""Where clusters begin: which neighbours a digest joins when it has more runs than it may keep.

Rules 3 and 4 of docs/digests.md to the letter. A cluster ends where its weight would cost too much rank, where it would
span too much of the value, and on both sides of a gap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes, edges_of, positions

ONE = 1 << 20
"""Gaps are whole numbers, in units of 1 / ONE: they add up without rounding, in any order."""

GAP = 31457
"""3 %: the smallest gap that stays open."""

WALK = 1 << 14
"""At this number of runs and above, clusters are followed step by step: enough rows share the cost of a step."""


class Runs(NamedTuple):
    """Rows of runs, means ascending. A pure run stands for `weights` equal samples, any other for a mixture."""

    edges: NDArray[np.int64]
    means: NDArray[np.float64]
    weights: NDArray[np.int64]
    pure: NDArray[np.bool_]

    def written(self) -> NDArray[np.int64]:
        """How many centroids each run is written as (rule 1)."""
        return np.where(self.pure, np.minimum(self.weights, 3), 1)

    def take(self, rows: Indexes) -> tuple[Runs, Indexes]:
        """These rows, and the positions that their runs have here."""
        lengths = np.diff(self.edges)[rows]
        at = positions(self.edges[rows], lengths)
        return Runs(edges_of(lengths), self.means[at], self.weights[at], self.pure[at]), at


def find_clusters(runs: Runs, compression: float) -> NDArray[np.bool_]:
    """Which runs open a cluster. No row is empty.

    Where the centroids would be too many, the smallest gaps give way.
    """
    gaps, gap = _measure_gaps(runs), GAP
    reach = _find_reach(runs, compression)
    opens = _open_clusters(runs, gaps, gap, reach)
    counts = _count_centroids(runs, opens)
    rows = np.flatnonzero(counts > 2 * compression)
    limit = np.full(len(counts), 2.0 * compression)
    few, at = runs.take(rows)
    limit[rows] = _find_limits(few, reach[at], compression)
    rows = rows[counts[rows] > limit[rows]]
    while len(rows):
        gap += gap // 2
        few, at = runs.take(rows)
        opens[at] = _open_clusters(few, gaps[at], gap, reach[at])
        rows = rows[_count_centroids(few, opens[at]) > limit[rows]]
    return opens


def _find_limits(runs: Runs, reach: NDArray[np.int64], compression: float) -> NDArray[np.float64]:
    """How many centroids the rows may have: 2 δ, or δ / 4 more than they have anyhow."""
    opens = _follow(runs, np.arange(len(reach)) + reach)
    limits: NDArray[np.float64] = np.maximum(2 * compression, _count_centroids(runs, opens) + compression / 4)
    return limits


def _measure_gaps(runs: Runs) -> NDArray[np.int64]:
    """The gap before each run, relative to the values beside it or to the middle half of the samples; 0 for the first.

    The unit is the largest of both absolute values and the interquartile range, so that a gap is at most 2.
    """
    means, size = runs.means, np.abs(runs.means)
    unit = np.maximum(np.repeat(_measure_middles(runs), np.diff(runs.edges)), size)
    unit[1:] = np.maximum(unit[1:], size[:-1])
    gaps = np.zeros(len(means), np.int64)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # of the first runs nothing is used
        gaps[1:] = np.minimum((means[1:] - means[:-1]) / unit[1:], 2.0) * ONE
    gaps[runs.edges[:-1]] = 0
    return gaps


def _measure_middles(runs: Runs) -> NDArray[np.float64]:
    """How far apart the samples a quarter from both ends of each row are."""
    before = edges_of(runs.weights)
    first, end = before[runs.edges[:-1]], before[runs.edges[1:]]
    quarter = (end - first) // 4
    low = np.searchsorted(before, first + quarter, "right") - 1
    high = np.searchsorted(before, end - 1 - quarter, "right") - 1
    with np.errstate(over="ignore"):
        distance = runs.means[high] - runs.means[low]
    return np.minimum(distance, np.finfo(np.float64).max)


def _open_clusters(runs: Runs, gaps: NDArray[np.int64], gap: int, reach: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The clusters when gaps of more than `gap` stay open: they grow from left to right as far as they may.

    `reach` is how many runs a cluster that opens with each run takes at most, by weight.
    """
    first = np.arange(len(gaps))
    ends = np.minimum(first + reach, _find_stops(runs, gaps, gap))
    place, span = edges_of(gaps)[1:], 2 * gap
    wide = np.flatnonzero(place[ends - 1] - place > span)
    ends[wide] = np.searchsorted(place, place[wide] + span, "right")
    return _follow(runs, ends)


def _follow(runs: Runs, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The runs that are met on the way from the first run of each row to the end of its cluster, and on from there."""
    return _jump(runs, ends) if len(ends) < WALK else _walk(runs, ends)


def _walk(runs: Runs, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """As `_follow`, one step of all rows at a time."""
    met = np.zeros(len(ends), np.bool_)
    start, stop = runs.edges[:-1], runs.edges[1:]
    while len(start):
        met[start] = True
        start = ends[start]
        unfinished = start < stop
        start, stop = start[unfinished], stop[unfinished]
    return met


def _jump(runs: Runs, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """As `_follow`: each round takes twice as many steps at once as the one before, of all runs."""
    met = np.zeros(len(ends) + 1, np.bool_)
    met[runs.edges] = True
    step, known = np.append(ends, len(ends)), 0
    while known < (found := int(np.count_nonzero(met))):
        known = found
        met[step[met]] = True
        step = step[step]
    return met[:-1]


def _find_stops(runs: Runs, gaps: NDArray[np.int64], gap: int) -> NDArray[np.int64]:
    """For every run, where a cluster that opens with it must end at the latest: a run beside a gap stays alone."""
    wide = gaps > gap
    alone = wide.copy()
    alone[:-1] |= wide[1:]
    barred = alone.copy()
    barred[1:] |= alone[:-1]
    barred[runs.edges[:-1]] = True
    bars = np.append(np.flatnonzero(barred), len(gaps))
    # bars[k] is the k-th bar; the next one behind a run has as many bars before it as stand up to the run.
    stops: NDArray[np.int64] = bars[np.cumsum(barred)]
    return stops


def _find_reach(runs: Runs, compression: float) -> NDArray[np.int64]:
    """For every run, how many runs a cluster that opens with it takes at most, by weight and whatever the gaps are.

    Once a weight is refused so is every larger one, so strides are doubled until one is refused, then halved.
    """
    before = edges_of(runs.weights)
    lengths = np.diff(runs.edges)
    left = before[:-1] - np.repeat(before[runs.edges[:-1]], lengths)
    total = np.repeat(np.diff(before[runs.edges]), lengths)
    stops = np.repeat(runs.edges[1:], lengths)
    first = np.arange(len(stops))
    end = first + 1

    def that_may_grow(run: Indexes, stride: int) -> Indexes:
        run = run[end[run] + stride <= stops[run]]
        behind = end[run] + stride
        return run[_may_weigh(before[behind] - before[run], left[run], total[run], compression)]

    growing = np.flatnonzero(end < stops)
    strides: list[tuple[Indexes, int]] = []
    while len(growing):
        stride = 1 << len(strides)
        growing = that_may_grow(growing, stride)
        end[growing] += stride
        strides.append((growing, stride))
    for grown, stride in reversed(strides):
        end[that_may_grow(grown, stride)] += stride
    return end - first


def _may_weigh(
    weight: NDArray[np.int64], left: NDArray[np.int64], total: NDArray[np.int64], compression: float
) -> NDArray[np.bool_]:
    """Whether a cluster with `left` samples before it may weigh so much in a digest of `total` samples.

    The second bound is the k₂ scale function's (Dunning and Ertl, "Computing extremely accurate quantiles using
    t-digests", 2019).
    """
    p, w, n = weight.astype(np.float64), left.astype(np.float64), total.astype(np.float64)
    steepness = np.minimum(w * (n - w), (w + p) * (n - w - p))
    return (p * compression <= n) & (p * compression * n <= 24 * steepness)


def _count_centroids(runs: Runs, opens: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many centroids each row is written as when its runs are joined to these clusters."""
    starts = np.flatnonzero(opens)
    alone = np.diff(starts, append=len(opens)) == 1
    written = np.where(alone & runs.pure[starts], np.minimum(runs.weights[starts], 3), 1)
    return np.diff(edges_of(written)[np.searchsorted(starts, runs.edges)])
