"""Adding histograms up: the counts of all histograms of one cell, column by column."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import edges_of, positions
from aggregators.histogram.packed import Histograms, joined

_BLOCK = 1 << 20
"""So many counts are worked on at a time: what they need beside themselves is some ten times as much."""


def added_up(
    histograms: Histograms, columns: Sequence[NDArray[np.intp]], cells: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """[cell, column]: histogram i adds its counts to the row `cells[i]`, and there to the `columns` of its layout."""
    counts = np.zeros(shape, np.int64)
    starts = edges_of(np.array([len(of_layout) for of_layout in columns], np.intp))[:-1]
    column = joined(columns, np.intp)
    lengths = histograms.lengths
    edges = edges_of(lengths)
    for block in _blocks(edges):
        at = positions(starts[histograms.layout[block]], lengths[block])
        places = np.repeat(cells[block] * shape[1], lengths[block]) + column[at]
        added = histograms.counts[edges[block.start] : edges[block.stop]]
        np.add.at(counts.reshape(-1), places, added.astype(np.int64))  # of one type: many times as quick
    return counts


def _blocks(edges: NDArray[np.int64]) -> Iterator[slice]:
    firsts = np.searchsorted(edges[:-1], np.arange(0, max(int(edges[-1]), 1), _BLOCK))
    for first, stop in pairwise([*np.unique(firsts).tolist(), len(edges) - 1]):
        yield slice(first, stop)
