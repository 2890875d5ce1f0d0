"""Quantiles of merged digests, read without merging them.

For every group the centroids around the wanted rank are found by a histogram select: weights are counted in bins of
the means' bit patterns, which order as the means do, and only the bin that holds the rank and its nearest neighbours
are looked at closer. Bit patterns grow with the logarithm of a value, so a far outlier costs a few bins, not all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests, Totals
from aggregators.ragged import group_edges, order_within, sum_by

BINS = 1 << 20
"""Bins of one histogram, of all groups together: 8 MiB of counters stay near the processor."""

LEAST_DEPTH = 4
"""Bits that a histogram tells apart at least, however many the groups."""

FEW, FEW_EACH = 1 << 18, 16
"""So many candidates, or so many a group, are sorted rather than counted again."""

PARTS = 3
"""Candidates come from three bins a group: the one that holds the rank, the nearest below and the nearest above."""


class Candidates(NamedTuple):
    """Centroids that may be next to the wanted rank. Those of one cell still differ in the lowest `width` bits only."""

    cell: NDArray[np.int64]  # group × PARTS + part; in the beginning the group
    mean: NDArray[np.float64]
    weight: NDArray[np.uint32] | NDArray[np.float64]
    bits: NDArray[np.uint64]
    width: int


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
    candidates, before = _select(digests, groups, len(rank), np.floor(rank))
    return _interpolate(_runs(candidates), before, rank, totals)


def _select(
    digests: Digests, groups: NDArray[np.intp], size: int, rank: NDArray[np.float64]
) -> tuple[Candidates, NDArray[np.float64]]:
    """A few centroids around every group's rank, and the number of samples before the first of them."""
    before = np.zeros(size)
    few = max(FEW, FEW_EACH * size)
    if len(digests.means) <= few:
        return _all(digests, groups * PARTS), before
    candidates, before = _narrow(_all(digests, groups), 1, rank, before)
    while len(candidates.cell) > few and candidates.width:
        candidates = _collapse(candidates, size * PARTS)
        candidates, before = _narrow(candidates, PARTS, rank, before)
    return candidates, before


def _all(digests: Digests, cells: NDArray[np.intp]) -> Candidates:
    """All centroids, in the cells of their digests."""
    bits, width = _ordered_bits(digests)
    cell = np.repeat(cells.astype(np.int64, copy=False), np.diff(digests.edges))
    return Candidates(cell, digests.means, digests.weights, bits, width)


def _ordered_bits(digests: Digests) -> tuple[NDArray[np.uint64], int]:
    """The means as unsigned integers in the same order, from 0, and how many bits the largest of them has."""
    full = np.diff(digests.edges) > 0
    if not full.any():
        return digests.means.view(np.uint64), 0
    lowest = digests.means[digests.edges[:-1][full]].min()
    highest = digests.means[digests.edges[1:][full] - 1].max()
    signed = lowest < 0 or np.signbit(lowest)
    pattern = _signed_pattern(digests.means) if signed else digests.means.view(np.int64)
    ends = np.array([lowest, highest])
    low, high = (int(end) for end in (_signed_pattern(ends) if signed else ends.view(np.int64)))
    return pattern.view(np.uint64) - np.uint64(low % 2**64), (high - low).bit_length()


def _signed_pattern(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bits of each value as an integer of the same sign and order: those of a negative value count downwards."""
    pattern = (values + 0.0).view(np.int64)  # −0 becomes 0, its equal
    return pattern ^ ((pattern >> 63) & np.int64(2**63 - 1))


def _narrow(
    candidates: Candidates,
    parts: int,
    rank: NDArray[np.float64],
    before: NDArray[np.float64],
) -> tuple[Candidates, NDArray[np.float64]]:
    """Count the candidates' weights in bins and keep those in the three bins of each group that matter.

    `before` counts each group's samples below the candidates; it is returned for those that are kept.
    """
    size = len(rank)
    depth = min(candidates.width, max((BINS // (size * parts)).bit_length() - 1, LEAST_DEPTH))
    width = candidates.width - depth
    bins = (candidates.bits >> np.uint64(width)).view(np.int64)
    bins += candidates.cell << depth
    weights = sum_by(bins, candidates.weight, size * parts << depth)
    part, before = _mark_parts(weights.reshape(size, -1), rank, before)
    mark = part[bins]
    kept = np.flatnonzero(mark != 0)
    narrowed = Candidates(
        (bins[kept] // (parts << depth)) * PARTS + mark[kept] - 1,
        candidates.mean[kept],
        candidates.weight[kept],
        candidates.bits[kept] & np.uint64(2**width - 1),
        width,
    )
    return narrowed, before


def _mark_parts(
    weights: NDArray[np.float64], rank: NDArray[np.float64], before: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Number the bins [group, bin] 1, 2, 3 below, at and above each group's rank, the others 0.

    Also returned: the samples of each group below its lowest numbered bin.
    """
    weight = weights.ravel()
    cumulative = np.cumsum(weight)  # over all groups: exact below 2**53 samples
    end = cumulative[weights.shape[1] - 1 :: weights.shape[1]]
    start = np.append(0, end[:-1])

    holding = np.searchsorted(cumulative, start + (rank - before), "right")
    below, through = cumulative[holding] - weight[holding], cumulative[holding]
    previous = np.searchsorted(cumulative, below, "left")
    following = np.searchsorted(cumulative, through, "right")
    has_previous = below > start

    part = np.zeros(len(weight), np.int8)
    part[previous[has_previous]] = 1
    part[holding] = 2
    part[following[through < end]] = 3
    return part, before + below - start - np.where(has_previous, weight[previous], 0)


def _collapse(candidates: Candidates, cells: int) -> Candidates:
    """Join the candidates of every cell in which all are equal: much repeated values would outlast any narrowing.

    Two centroids are left of several, so that they still read as a flat run.
    """
    cell, bits = candidates.cell, candidates.bits
    example = np.zeros(cells, np.uint64)
    example[cell] = bits
    mixed = np.zeros(cells, np.bool_)
    mixed[cell[bits != example[cell]]] = True
    stays, joins = np.flatnonzero(mixed[cell]), np.flatnonzero(~mixed[cell])

    members = np.bincount(cell[joins], minlength=cells)
    weight = sum_by(cell[joins], candidates.weight[joins], cells)
    mean = np.zeros(cells)
    mean[cell[joins]] = candidates.mean[joins]
    single, several = np.flatnonzero(members), np.flatnonzero(members > 1)
    weight[several] -= 1
    return Candidates(
        np.concatenate([cell[stays], single, several]),
        np.concatenate([candidates.mean[stays], mean[single], mean[several]]),
        np.concatenate([candidates.weight[stays], weight[single], np.ones(len(several))]),
        np.concatenate([bits[stays], np.zeros(len(single) + len(several), np.uint64)]),
        candidates.width if len(stays) else 0,
    )


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
