"""The histograms of a metric, time-major: one slab per stretch of time, all series of the stretch back to back.

As in `digest_ring` the ring drops whole slabs, oldest first. Unlike digests, histograms come at any time, and one that
meets another of its series and time takes its place.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from aggregators.histogram.packed import Histograms, Layout
from tsdbserver.model.points import HistogramColumns
from tsdbserver.model.time import TimeSpan

_FEW = 64
"""So many histograms wait in a slab, or as many as are settled, before they are settled too."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Histogram i belongs to row `rows[i]` and `times[i]` (ms)."""

    rows: NDArray[np.integer[Any]]
    times: NDArray[np.int64]
    histograms: Histograms

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Memory of the columns."""
        return self.rows.nbytes + self.times.nbytes + self.histograms.nbytes

    def take(self, which: NDArray[np.intp]) -> "Chunk":
        """Some of the histograms, in ascending order."""
        if len(which) == len(self):
            return self
        return Chunk(self.rows[which], self.times[which], self.histograms.take(which))


class _Slab:
    """The histograms of one stretch of time."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._settled = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        return sum(chunk.nbytes for chunk in self._chunks)

    @property
    def is_settled(self) -> bool:
        return self._settled == self._size

    def add(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size - self._settled > max(_FEW, self._settled):
            self.settle()

    def settle(self) -> Chunk:
        """All of the slab as one chunk in which each row and time occurs once; made once, then kept so."""
        if not self.is_settled:
            self._chunks = [_latest(_joined(self._chunks))]
            self._settled = self._size = len(self._chunks[0])
        return self._chunks[0]


class HistogramRing:
    """Slabs of `width` ms: the newest `capacity` of them, and as many histograms for each series on the average."""

    def __init__(self, capacity: int, width: int) -> None:
        self._capacity = capacity
        self._width = width
        self._numbers: list[int] = []
        self._slabs: list[_Slab] = []
        self._stored = 0
        self._layouts: WeakValueDictionary[bytes, Layout] = WeakValueDictionary()
        self.overwritten = 0
        """Histograms that made room for newer ones."""

    @property
    def nbytes(self) -> int:
        """Memory that the histograms take."""
        return sum(slab.nbytes for slab in self._slabs)

    def write(
        self, rows: NDArray[np.intp], times: NDArray[np.int64], histograms: Histograms, series: int
    ) -> NDArray[np.bool_]:
        """Store histograms in any order; which of them a full ring refused as too old. `series` is how many rows
        there are.
        """
        refused = np.zeros(len(rows), np.bool_)
        chunk = Chunk(rows, times, self._with_known_layouts(histograms))
        numbers = times // self._width
        for number in np.unique(numbers).tolist():
            which = np.flatnonzero(numbers == number)
            slab = self._slab(number)
            if slab is None:
                refused[which] = True
            else:
                self._stored -= len(slab)
                slab.add(chunk.take(which))
                self._stored += len(slab)
        self._drop_oldest(self._capacity * series)
        return refused

    def _with_known_layouts(self, histograms: Histograms) -> Histograms:
        """The column with layouts that are stored already in the place of equal ones."""
        layouts = [self._layouts.setdefault(layout.key, layout) for layout in histograms.layouts]
        return Histograms(layouts, histograms.layout, histograms.underflow, histograms.overflow, histograms.counts)

    def _slab(self, number: int) -> _Slab | None:
        """The slab of this number, a new one if need be; None if it is older than all that a full ring holds."""
        position = bisect_left(self._numbers, number)
        if position < len(self._numbers) and self._numbers[position] == number:
            return self._slabs[position]
        if position == 0 and len(self._numbers) >= self._capacity:
            return None
        self._numbers.insert(position, number)
        self._slabs.insert(position, _Slab())
        return self._slabs[position]

    def settle(self) -> None:
        """Join what came one by one: every piece of a slab takes room for its own columns."""
        self._settle([slab for slab in self._slabs if not slab.is_settled])

    def _drop_oldest(self, most: int) -> None:
        """Drop slabs past the capacity, and then until no more than `most` histograms are left, or one slab."""
        self._drop(max(len(self._slabs) - self._capacity, 0))
        if self._stored > most:
            self._settle(self._slabs)
        while self._stored > most and len(self._slabs) > 1:
            self._drop(1)

    def _drop(self, count: int) -> None:
        dropped = sum(map(len, self._slabs[:count]))
        del self._numbers[:count], self._slabs[:count]
        self._stored -= dropped
        self.overwritten += dropped

    def _settle(self, slabs: Sequence[_Slab]) -> list[Chunk]:
        before = sum(map(len, slabs))
        chunks = [slab.settle() for slab in slabs]
        self._stored -= before - sum(map(len, slabs))
        return chunks

    def chunks(self, span: TimeSpan) -> list[Chunk]:
        """What may lie within the span, by time. Nothing in the answer ever changes."""
        first = bisect_left(self._numbers, span.start // self._width)
        last = bisect_right(self._numbers, span.end // self._width)
        return self._settle(self._slabs[first:last])


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    return Chunk(
        np.concatenate([chunk.rows for chunk in chunks]),
        np.concatenate([chunk.times for chunk in chunks]),
        Histograms.concatenate([chunk.histograms for chunk in chunks]),
    )


def _latest(chunk: Chunk) -> Chunk:
    """The last histogram of each row and time, by time, in few bytes."""
    order = np.lexsort((chunk.rows, chunk.times))  # stable: what came later stands later
    rows, times = chunk.rows[order], chunk.times[order]
    last = np.append((np.diff(rows) != 0) | (np.diff(times) != 0), True)
    kept = order[last]
    return Chunk(chunk.rows[kept].astype(np.int32), chunk.times[kept], chunk.histograms.take(kept).narrowed())


def gather(chunks: Sequence[Chunk], rows: NDArray[np.intp], row_count: int, span: TimeSpan) -> HistogramColumns:
    """The histograms of `rows` (of `row_count` that exist) within the span, as columns."""
    position = np.full(row_count, -1, np.intp)
    position[rows] = np.arange(len(rows))
    picked = [chunk.take(_wanted(chunk, position, span)) for chunk in chunks]
    series = [position[chunk.rows] for chunk in picked]
    return HistogramColumns(
        times=np.concatenate([np.empty(0, np.int64), *(chunk.times for chunk in picked)]),
        series=np.concatenate([np.empty(0, np.intp), *series]),
        histograms=Histograms.concatenate([chunk.histograms for chunk in picked]),
        series_count=len(rows),
    )


def _wanted(chunk: Chunk, position: NDArray[np.intp], span: TimeSpan) -> NDArray[np.intp]:
    within = (chunk.times >= span.start) & (chunk.times <= span.end)
    return np.flatnonzero(within & (position[chunk.rows] >= 0))
