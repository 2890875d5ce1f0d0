"""The chunks that hold the points of a metric's rows: which they are, and what the times in them are.

    row 0     chunk 4 ─ chunk 9 ─ chunk 31        oldest first; new points go behind the last
    chunk 9   base 10:00:00, step 1 s, even 118   points 0 … 117 lie at base + step · point: no times are kept of them
              offsets 119, 120, 122, …            the others' times, as ms after base

A chunk is a stretch of cells that never moves. Those of a young row are small, and all later ones are of one width, so
that a row wastes little whether it has ten points or thousands, and none pays for its neighbour's length.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import edges_of, positions
from tsdbserver.store.numbers.growable import Column, Extents

Ids = NDArray[np.int32]
Rows = NDArray[np.intp]
Times = NDArray[np.int64]
Table = NDArray[np.void]
"""Columns of chunks by name, see `CHUNK`."""

CHUNK: np.dtype[Any] = np.dtype(
    [
        ("place", np.int64),  # the cell of point 0
        ("width", np.int64),  # cells that it has
        ("limit", np.int64),  # cells that it may fill: fewer than `width` once it is closed
        ("start", np.int64),  # its points are start … stop − 1
        ("stop", np.int64),
        ("even", np.int64),  # point i lies at base + i · step for all i before this one
        ("base", np.int64),
        ("step", np.int64),
        ("last", np.int64),  # the time of its last point
        ("offsets", np.int64),  # the cell of the first offset, which is that of point `even`
        ("room", np.int64),  # cells for offsets, 0 while all points are even
    ]
)

MOST_WIDTH = 512
MOST_OFFSET = (1 << 32) - 1
"""49 days: what comes later after a chunk's base, and is not even, needs another chunk."""

SPARE_OFFSETS = 8
"""Cells behind the last chunk's offsets, which a reader may look at."""

_WIDTHS = np.array([16, 64, 256, MOST_WIDTH])


def width_for(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least width of a chunk that has room for so many points, or the greatest there is."""
    return _WIDTHS[np.minimum(np.searchsorted(_WIDTHS, points), len(_WIDTHS) - 1)]


class Chunks:
    """The chunks of each row. Chunk 0 is nobody's and has no room: it stands for the last chunk of an empty row."""

    def __init__(self) -> None:
        self._table: Column[np.void] = Column(CHUNK)
        self._table.reserve(1)
        self._ids = Extents()
        self._ids.length = 1
        self.places = Extents()
        self._offset_places = Extents()
        self._offsets: Column[np.uint32] = Column(np.dtype(np.uint32))
        self._chains = np.zeros((0, 4), np.int32)  # the chunks of each row, a ring
        self._heads = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int64)
        self._tails = np.zeros(0, np.int32)

    @property
    def nbytes(self) -> int:
        """Memory that it all takes, but for the points' values."""
        of_rows = (self._chains, self._heads, self._counts, self._tails)
        of_chunks = self._ids.length * CHUNK.itemsize + self._offset_places.length * self._offsets.cells.itemsize
        return of_chunks + sum(column.nbytes for column in of_rows)

    def ensure_rows(self, count: int) -> None:
        """Have rows 0 … count − 1."""
        present = len(self._heads)
        if count <= present:
            return
        more = max(count, present + present // 2) - present
        self._chains = np.concatenate((self._chains, np.zeros((more, self._chains.shape[1]), np.int32)))
        self._heads = np.concatenate((self._heads, np.zeros(more, np.int64)))
        self._counts = np.concatenate((self._counts, np.zeros(more, np.int64)))
        self._tails = np.concatenate((self._tails, np.zeros(more, np.int32)))

    # What there is

    def of(self, rows: Rows, by_place: bool = False) -> tuple[Table, Rows]:
        """All chunks of some rows, and for each the position in `rows` of its row: in order of time row by row, or in
        the order of their cells.
        """
        counts = self._counts[rows]
        owners = np.repeat(np.arange(len(rows)), counts)
        nth = np.arange(len(owners)) - np.repeat(edges_of(counts)[:-1], counts)
        of_row = rows[owners]
        ids = self._chains[of_row, (self._heads[of_row] + nth) & (self._chains.shape[1] - 1)]
        if by_place:
            order = np.argsort(self._table.cells["place"][ids], kind="stable")
            ids, owners = ids[order], owners[order]
        return self._table.cells.take(ids), owners

    def last(self, rows: Rows) -> tuple[Ids, Table]:
        """The last chunk of each row."""
        ids = self._tails[rows]
        return ids, self._table.cells.take(ids)

    def first(self, rows: Rows) -> tuple[Ids, Table]:
        """The first chunk of each row, none of which is empty."""
        ids = self._chains[rows, self._heads[rows]]
        return ids, self._table.cells.take(ids)

    @property
    def offsets(self) -> NDArray[np.uint32]:
        """The cells that the column `offsets` speaks of."""
        return self._offsets.cells

    # What changes

    def update(self, ids: Ids, **columns: NDArray[np.int64]) -> None:
        """Write columns of some chunks."""
        for name, column in columns.items():
            self._table.cells[name][ids] = column

    def replace(self, ids: Ids, chunks: Table) -> None:
        """Write chunks back."""
        self._table.cells[ids] = chunks

    def with_room(self, rows: Rows) -> tuple[Ids, Table]:
        """The last chunk of each row, a new one where it is full."""
        ids, chunks = self.last(rows)
        full = chunks["stop"] == chunks["limit"]
        if not full.any():
            return ids, chunks
        self._push(rows[full], width_for(2 * chunks["stop"][full]))
        return self.last(rows)

    def drop_last(self, rows: Rows) -> None:
        """Take the last chunk from each row."""
        self._release(self._tails[rows])
        self._counts[rows] -= 1
        self._set_tails(rows)

    def drop_first(self, rows: Rows) -> None:
        """Take the first chunk from each row."""
        mask = self._chains.shape[1] - 1
        self._release(self._chains[rows, self._heads[rows]])
        self._heads[rows] = (self._heads[rows] + 1) & mask
        self._counts[rows] -= 1
        self._set_tails(rows)

    def keep_offsets(self, ids: Ids, which: Rows, points: NDArray[np.int64], offsets: Times) -> None:
        """Offset `offsets[i]` is that of point `points[i]` of chunk `ids[which[i]]`; those of a chunk ascend."""
        if not len(which):
            return
        lasts = np.flatnonzero(np.diff(which, append=-1))
        self._make_room(ids[which[lasts]], points[lasts])
        chunks = self._table.cells.take(ids)
        self._offsets.cells[(chunks["offsets"] - chunks["even"])[which] + points] = offsets

    def forget_offsets(self, ids: Ids) -> None:
        """Of chunks whose points are all even."""
        table = self._table.cells
        ids = ids[table["room"][ids] > 0]
        self._offset_places.give(table["offsets"][ids], table["room"][ids])
        table["room"][ids] = 0

    def _make_room(self, ids: Ids, points: NDArray[np.int64]) -> None:
        """Have cells for the offsets up to that of `points[i]` in chunk `ids[i]`."""
        table = self._table.cells
        needed = points - table["even"][ids] + 1
        short = needed > table["room"][ids]
        ids, needed = ids[short], needed[short]
        held, rooms = table["room"][ids], width_for(needed)
        places = self._offset_places.take(rooms)
        self._offsets.reserve(self._offset_places.length + SPARE_OFFSETS)
        copied = positions(table["offsets"][ids], held)
        self._offsets.cells[positions(places, held)] = self._offsets.cells[copied]
        self.forget_offsets(ids)
        table["offsets"][ids], table["room"][ids] = places, rooms

    def _push(self, rows: Rows, widths: NDArray[np.int64]) -> None:
        """Give each row a new chunk behind its last."""
        if self._counts[rows].max() == self._chains.shape[1]:
            self._lengthen_chains()
        ids = self._ids.take(np.ones(len(rows), np.int64)).astype(np.int32)
        self._table.reserve(self._ids.length)
        new = np.zeros(len(rows), CHUNK)
        new["place"], new["width"], new["limit"] = self.places.take(widths), widths, widths
        self._table.cells[ids] = new
        self._chains[rows, (self._heads[rows] + self._counts[rows]) & (self._chains.shape[1] - 1)] = ids
        self._counts[rows] += 1
        self._tails[rows] = ids

    def _set_tails(self, rows: Rows) -> None:
        counts = self._counts[rows]
        lasts = (self._heads[rows] + counts - 1) & (self._chains.shape[1] - 1)
        self._tails[rows] = np.where(counts > 0, self._chains[rows, lasts], 0)

    def _release(self, ids: Ids) -> None:
        self.forget_offsets(ids)
        chunks = self._table.cells.take(ids)
        self.places.give(chunks["place"], chunks["width"])
        self._ids.give(ids.astype(np.int64), np.ones(len(ids), np.int64))

    def _lengthen_chains(self) -> None:
        height, width = self._chains.shape
        in_order = (self._heads[:, None] + np.arange(width)) & (width - 1)
        longer = np.zeros((height, 2 * width), np.int32)
        longer[:, :width] = np.take_along_axis(self._chains, in_order, axis=1)
        self._chains, self._heads = longer, np.zeros_like(self._heads)
