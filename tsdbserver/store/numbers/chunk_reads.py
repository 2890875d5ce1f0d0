"""What is read of chunks: points as columns, or the runs of slots for an aggregator."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from aggregators.arrays import edges_of, positions
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.numbers.chunks import Rows, Table
from tsdbserver.store.numbers.slot_edges import Cuts, cut_into_slots, times_at

Runs = tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float64]]
"""What `AggregatorList.add_runs` takes: slots, edges, values."""

_SPARSE = 8
"""Copying a point that is wanted takes as long as reading so many that are not."""


def read_span(
    chunks: Table, owners: Rows, size: int, span: TimeSpan, cells: NDArray[np.float64], offsets: NDArray[np.uint32]
) -> NumberColumns:
    """The points within the span of chunks in order of time, for `size` owners."""
    edges = np.array([span.start, span.end + 1])
    chunks, owners = _reaching(chunks, owners, edges)
    start, stop = _within(chunks, edges, offsets)
    counts = stop - start
    points = positions(start, counts)
    values = cells[np.repeat(chunks["place"], counts) + points]
    of_owner = np.bincount(owners, counts, size).astype(np.int64)
    return NumberColumns(times_at(chunks, counts, points, offsets), values, edges_of(of_owner))


def downsample(
    chunks: Table,
    owners: Rows,
    edges: NDArray[np.int64],
    into: AggregatorList,
    cells: NDArray[np.float64],
    offsets: NDArray[np.uint32],
) -> list[Runs]:
    """Cut chunks at the edges of slots, for each owner so many, and hand every piece over as one run.

    What `into` only reduces is handed over here, of chunks in the order of their cells. The rest is copied and
    returned, of chunks in order of time for each owner: `first` and `last` depend on it.
    """
    chunks, owners = _reaching(chunks, owners, edges)
    if not len(chunks):
        return []
    cuts = cut_into_slots(chunks, edges, offsets)
    slots = len(edges) - 1
    runs = _RunsOfChunks.of(chunks, cuts, owners * slots, waste=len(into) - 1)
    if into.reduces_runs and runs.is_dense:
        into.add_runs(*runs.viewed(cells))
        return []
    return [runs.copied(cells)]


def _reaching(chunks: Table, owners: Rows, edges: NDArray[np.int64]) -> tuple[Table, Rows]:
    """The chunks that have points from the first edge on and before the last one, or may have."""
    if len(edges) < 2:
        return chunks[:0], owners[:0]
    inside = (chunks["last"] >= edges[0]) & (chunks["base"] < edges[-1])
    if inside.all():
        return chunks, owners
    return chunks.take(np.flatnonzero(inside)), owners[inside]


def _within(
    chunks: Table, edges: NDArray[np.int64], offsets: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From which point on and before which one chunks lie between two edges."""
    if (chunks["base"] >= edges[0]).all() and (chunks["last"] < edges[1]).all():
        return chunks["start"], chunks["stop"]
    start, stop = cut_into_slots(chunks, edges, offsets).points.reshape(-1, 2).T
    return start, stop


class _RunsOfChunks(NamedTuple):
    """Run `j` of chunk `i` begins at a cell, and belongs to a slot; chunk `i` has `counts[i]` runs, one after another.

    A chunk's last run is what lies between its last slot and the next chunk's first; its slot is one that nobody reads.
    """

    slots: NDArray[np.intp]
    places: NDArray[np.int64]
    lasts: NDArray[np.int64]

    @classmethod
    def of(cls, chunks: Table, cuts: Cuts, before: Rows, waste: int) -> "_RunsOfChunks":
        """The slot `j` of chunk `i` is `before[i] + j`."""
        counts = cuts.counts + 1
        lasts = edges_of(counts)[1:] - 1
        slots = positions(cuts.low + before, counts)
        slots[lasts] = waste
        return cls(slots, cuts.points + np.repeat(chunks["place"], counts), lasts)

    @property
    def is_dense(self) -> bool:
        """Whether so much of what lies around the slots is wanted that reading all of it is quicker than copying."""
        wanted = int((self.places[self.lasts] - self.places[self._firsts]).sum())
        return 0 < int(self.places[-1] - self.places[0]) <= _SPARSE * wanted

    @property
    def _firsts(self) -> NDArray[np.int64]:
        return np.append(0, self.lasts[:-1] + 1)

    def viewed(self, cells: NDArray[np.float64]) -> Runs:
        """All runs, those of nobody's slot included, over a view of the cells."""
        first, last = self.places[0], self.places[-1]
        view = cells[first:last]
        view.flags.writeable = False  # an aggregator must not change what is stored
        return self.slots, np.append(self.places, last) - first, view

    def copied(self, cells: NDArray[np.float64]) -> Runs:
        """The runs of the slots alone, over a copy of their values."""
        first = self.places[self._firsts]
        wanted = np.ones(len(self.slots), np.bool_)
        wanted[self.lasts] = False
        lengths = np.diff(self.places, append=0)[wanted]
        return self.slots[wanted], edges_of(lengths), cells[positions(first, self.places[self.lasts] - first)]
