"""Quantiles of merged digests, read without merging them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import group_edges, order_within
from aggregators.digest.digests import Digests, Totals
from aggregators.digest.rank_select import PARTS, Candidates, select


class Runs(NamedTuple):
    """Equal means joined, ascending in each of the ascending groups: `weight` samples from `members` centroids."""

    group: NDArray[np.int64]
    mean: NDArray[np.float64]
    weight: NDArray[np.float64]
    members: NDArray[np.int64]


def quantile(digests: Digests, keys: NDArray[np.intp], size: int, q: float) -> NDArray[np.float64]:
    """The q-quantile (0 ≤ q ≤ 1) of all samples of each key, NaN where there are none.

    Digest i belongs to key `keys[i]`, one of `size`, in any order. The definition is docs/digests.md, "Reading a
    quantile": centre ranks, linear interpolation, never outside the exact minimum and maximum. Raises ValueError for
    a q outside 0 to 1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
    totals = digests.totals(keys, size)
    sampled = np.flatnonzero(totals.count)
    dense = np.zeros(size, np.intp)  # histograms are for groups with samples, however few they are among the keys
    dense[sampled] = np.arange(len(sampled))
    column = np.full(size, np.nan)
    column[sampled] = _quantile(digests, dense[keys], totals.take(sampled), q)
    return column


def _quantile(digests: Digests, groups: NDArray[np.intp], totals: Totals, q: float) -> NDArray[np.float64]:
    """The quantile of each group, when every group has samples."""
    rank = q * (totals.count - 1).astype(np.float64)
    candidates, before = select(digests, groups, len(rank), np.floor(rank))
    return _interpolate(_runs(candidates), before, rank, totals)


def _runs(candidates: Candidates) -> Runs:
    """The candidates' runs of equal means."""
    by_cell = np.argsort(candidates.cell, kind="stable")
    cell = candidates.cell[by_cell]
    cells = int(cell[-1]) + 1 if len(cell) else 0
    order = by_cell[order_within(candidates.mean[by_cell], group_edges(cell, cells))]
    mean, weight = candidates.mean[order], candidates.weight[order].astype(np.float64)
    opens = np.ones(len(mean), np.bool_)
    opens[1:] = (mean[1:] != mean[:-1]) | (cell[1:] != cell[:-1])
    starts = np.flatnonzero(opens)
    return Runs(
        cell[starts] // PARTS,
        mean[starts],
        np.add.reduceat(weight, starts) if len(starts) else weight,
        np.diff(starts, append=len(mean)),
    )


def _interpolate(
    runs: Runs, before: NDArray[np.float64], rank: NDArray[np.float64], totals: Totals
) -> NDArray[np.float64]:
    """The value at each group's rank, between the last run that begins at or before it and the next one.

    A run of one centroid is a point at its centre rank; of several, flat from its first rank to its last. The exact
    minimum and maximum stand at the outer ranks.
    """
    edges = group_edges(runs.group, len(rank))
    begin = _within(runs.weight, edges) + before[runs.group]
    inset = np.where(runs.members > 1, 0, (runs.weight - 1) / 2)
    first, last = begin + inset, begin + runs.weight - 1 - inset
    passed = np.bincount(runs.group, first <= rank[runs.group], len(rank)).astype(np.int64)

    last_rank = totals.count.astype(np.float64) - 1
    left, right = edges[:-1] + passed - 1, edges[:-1] + passed
    left_rank, left_value = _or_else(passed > 0, left, (last, runs.mean), (np.zeros(len(rank)), totals.min))
    right_rank, right_value = _or_else(right < edges[1:], right, (first, runs.mean), (last_rank, totals.max))
    between = np.flatnonzero(rank > left_rank)
    low, value = left_rank[between], left_value.copy()
    # In this order, as in Go: the last bit depends on it.
    with np.errstate(over="ignore"):  # values too far apart for their difference: the answer is the far one
        step = (right_value[between] - left_value[between]) * (rank[between] - low) / (right_rank[between] - low)
    value[between] += step
    return np.clip(value, totals.min, totals.max)


def _within(column: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sum of what stands before each entry in its row."""
    cumulative = np.append(0.0, np.cumsum(column))
    within: NDArray[np.float64] = cumulative[:-1] - np.repeat(cumulative[edges[:-1]], np.diff(edges))
    return within


Column = tuple[NDArray[np.float64], NDArray[np.float64]]


def _or_else(present: NDArray[np.bool_], at: NDArray[np.int64], column: Column, otherwise: Column) -> Column:
    """Rank and value at these positions, or the other ones where there is no such position."""
    rank, value = otherwise[0].copy(), otherwise[1].copy()
    rank[present], value[present] = column[0][at[present]], column[1][at[present]]
    return rank, value
