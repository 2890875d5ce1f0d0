"""A histogram select: the few centroids around a rank, for many groups of digests at once.

Weights are counted in bins of the means' bit patterns, which order as the means do, and only the bin that holds the
rank and its nearest neighbours are looked at closer. Bit patterns grow with the logarithm of a value, so a far outlier
costs a few bins, not all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import sum_by
from aggregators.digest.digests import Digests

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


def select(
    digests: Digests, groups: NDArray[np.intp], size: int, rank: NDArray[np.float64]
) -> tuple[Candidates, NDArray[np.float64]]:
    """A few centroids around every group's rank, and the number of samples before the first of them."""
    before = np.zeros(size)
    few = max(FEW, FEW_EACH * size)
    if len(digests.means) <= few:
        return _all(digests, groups * PARTS), before
    candidates, before = _narrow(_all(digests, groups), 1, rank, before)
    while len(candidates.cell) > few:
        candidates = _collapse(candidates, size * PARTS)
        if candidates.width == 0:
            break
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
