"""Rows of unequal length, packed back to back: row i of a column is `column[edges[i]:edges[i + 1]]`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Indexes = NDArray[np.intp]


def edges_of(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """The edges of rows with these lengths, from 0 to their sum."""
    edges = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=edges[1:])
    return edges


def group_edges(sorted_groups: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """Where each of `size` groups begins and ends in an ascending column of group numbers."""
    return np.searchsorted(sorted_groups, np.arange(size + 1)).astype(np.int64, copy=False)


def sum_by(groups: NDArray[np.integer], column: NDArray[np.number], size: int) -> NDArray[np.float64]:
    """The sum of the column's entries in each of `size` groups, added one after another in float64."""
    return np.bincount(groups, column, size).astype(np.float64, copy=False)


def sum_between(
    column: NDArray[np.integer], starts: NDArray[np.integer], ends: NDArray[np.integer]
) -> NDArray[np.int64]:
    """The sum of `column[starts[i]:ends[i]]` for every i; the ranges ascend and do not overlap, and may be empty."""
    sums = np.zeros(len(starts), np.int64)
    full = np.flatnonzero(starts < ends)
    cuts = np.stack([starts[full], ends[full]], axis=1).ravel()
    if len(cuts):
        # What lies between two ranges is summed too, and left out; the column may end with the last range.
        cuts = cuts[:-1] if cuts[-1] == len(column) else cuts
        sums[full] = np.add.reduceat(column, cuts, dtype=np.int64)[::2]
    return sums


def positions(starts: NDArray[np.integer], lengths: NDArray[np.integer]) -> Indexes:
    """The positions starts[i], starts[i] + 1, … (lengths[i] of them) of every row i, one row after another."""
    edges = edges_of(lengths)
    return np.arange(edges[-1], dtype=np.intp) + np.repeat(starts - edges[:-1], lengths)


def rows_by_width(edges: NDArray[np.int64]) -> Iterator[tuple[Indexes, int]]:
    """Rows of similar length, with the longest length among them.

    Lengths within a factor of two come together, so that padding never doubles the work. Empty rows are left out.
    """
    lengths = np.diff(edges)
    widths = np.where(lengths > 0, np.frexp(lengths - 0.5)[1], -1)
    for width in np.unique(widths[lengths > 0]):
        rows = np.flatnonzero(widths == width)
        yield rows, int(lengths[rows].max())


def order_within(values: NDArray[np.float64], edges: NDArray[np.int64]) -> Indexes:
    """The positions that put every row's finite values in ascending order; equal values in any order."""
    order = np.arange(len(values), dtype=np.intp)
    for rows, width in rows_by_width(edges):
        inside, at = padded(edges, rows, width)
        ranks = np.argsort(np.where(inside, values[at], np.inf), axis=1)
        order[at[inside]] = (edges[rows, np.newaxis] + ranks)[inside]
    return order


def sorted_within(values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values, none of them NaN, in ascending order within every row."""
    ascending = np.empty(len(values))
    for rows, width in rows_by_width(edges):
        inside, at = padded(edges, rows, width)
        ascending[at[inside]] = np.sort(np.where(inside, values[at], np.inf), axis=1)[inside]
    return ascending


def padded(edges: NDArray[np.int64], rows: Indexes, width: int) -> tuple[NDArray[np.bool_], Indexes]:
    """A matrix [row, column] of what lies inside each row, and of positions, good to read even where it does not."""
    columns = np.arange(width)
    starts = edges[rows, np.newaxis]
    inside = columns < edges[rows + 1, np.newaxis] - starts
    return inside, np.where(inside, starts + columns, starts)
