"""Many histograms in packed columns.

Most histograms of a metric have the same buckets. The bounds stand once, in a layout, and a histogram is the number of
its layout and its counts:

    layouts    (0, 1.75) (1.75, 3.5)                  (0, 1.75) (1.75, 3.5) (3.5, 10)
    layout     0            0           1
    counts     12  16       3  4        100  0  50
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from aggregators.arrays import edges_of, positions
from aggregators.histogram.histogram import Bounds, Histogram

Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Layout:
    """The bounds of a histogram's buckets, ascending by lower bound, then by upper."""

    lower: NDArray[np.float32]
    upper: NDArray[np.float32]

    @classmethod
    def of(cls, bounds: Iterable[Bounds]) -> "Layout":
        """The layout of some bounds, which ascend."""
        pairs = np.array([*bounds], np.float32).reshape(-1, 2)
        return cls(pairs[:, 0].copy(), pairs[:, 1].copy())

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def key(self) -> bytes:
        """Layouts with equal keys have the same bounds."""
        return self.lower.tobytes() + self.upper.tobytes()

    @property
    def midpoints(self) -> NDArray[np.float64]:
        """Where a bucket's samples are read: in its middle, as a 32-bit float has it."""
        return midpoints(self.lower, self.upper)


def midpoints(lower: NDArray[np.float32], upper: NDArray[np.float32]) -> NDArray[np.float64]:
    """The middle of buckets, rounded to 32 bits as OpenTSDB rounds it."""
    return ((lower.astype(np.float64) + upper) / 2).astype(np.float32).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """A packed column: histogram i has the buckets of `layouts[layout[i]]`; all `counts` stand back to back."""

    layouts: Sequence[Layout]
    layout: Integers
    underflow: Integers
    overflow: Integers
    counts: Integers

    @classmethod
    def pack(cls, histograms: Sequence[Histogram]) -> "Histograms":
        """The column of some histograms."""
        numbers: dict[tuple[Bounds, ...], int] = {}
        layout = [numbers.setdefault(histogram.bounds, len(numbers)) for histogram in histograms]
        return cls(
            layouts=[Layout.of(bounds) for bounds in numbers],
            layout=np.array(layout, np.intp),
            underflow=np.array([histogram.underflow for histogram in histograms], np.int64),
            overflow=np.array([histogram.overflow for histogram in histograms], np.int64),
            counts=np.array([count for histogram in histograms for count in histogram.counts], np.int64),
        )

    @classmethod
    def concatenate(cls, columns: Sequence["Histograms"]) -> "Histograms":
        """All histograms of all columns, one column after another; a layout that they share is kept once."""
        numbers: dict[Layout, int] = {}
        layout = []
        for column in columns:
            renumbered = [numbers.setdefault(shared, len(numbers)) for shared in column.layouts]
            layout.append(np.array(renumbered, np.intp)[column.layout])
        return cls(
            layouts=list(numbers),
            layout=joined(layout, np.intp),
            underflow=joined([column.underflow for column in columns], np.uint8),
            overflow=joined([column.overflow for column in columns], np.uint8),
            counts=joined([column.counts for column in columns], np.uint8),
        )

    def __len__(self) -> int:
        return len(self.layout)

    @property
    def nbytes(self) -> int:
        """Memory of the columns; layouts are shared, and not counted."""
        return self.layout.nbytes + self.underflow.nbytes + self.overflow.nbytes + self.counts.nbytes

    @property
    def lengths(self) -> NDArray[np.intp]:
        """How many buckets each histogram has."""
        return np.array([len(layout) for layout in self.layouts], np.intp)[self.layout]

    def take(self, indexes: NDArray[np.intp]) -> "Histograms":
        """The histograms at these indexes, in this order."""
        lengths = self.lengths
        at = positions(edges_of(lengths)[indexes], lengths[indexes])
        return Histograms(
            self.layouts, self.layout[indexes], self.underflow[indexes], self.overflow[indexes], self.counts[at]
        )

    def narrowed(self) -> "Histograms":
        """The same in as few bytes as the largest number of each column needs, without layouts that none has."""
        used, layout = np.unique(self.layout, return_inverse=True)
        layouts = [self.layouts[number] for number in used.tolist()]
        return Histograms(layouts, *map(_narrow, (layout, self.underflow, self.overflow, self.counts)))

    def buckets(self) -> "BucketTable":
        """The distinct buckets of all layouts."""
        lower = joined([layout.lower for layout in self.layouts], np.float32)
        upper = joined([layout.upper for layout in self.layouts], np.float32)
        distinct, numbers = np.unique(np.stack([lower, upper], axis=1), axis=0, return_inverse=True)
        ends = np.cumsum([len(layout) for layout in self.layouts], dtype=np.intp)[:-1]
        of_layout = np.split(numbers.ravel(), ends) if self.layouts else []
        return BucketTable(distinct[:, 0], distinct[:, 1], of_layout)


@dataclass(frozen=True, slots=True, eq=False)
class BucketTable:
    """Distinct buckets, ascending, and the numbers of those of each layout."""

    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    of_layout: Sequence[NDArray[np.intp]]

    def __len__(self) -> int:
        return len(self.lower)


def joined(columns: Sequence[NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    """The columns back to back, of this type if there is none, else of the first that holds them all."""
    return np.concatenate([np.empty(0, dtype), *columns])


def _narrow(column: Integers) -> Integers:
    """The column in the smallest type that holds it; none of its numbers is negative."""
    largest = int(column.max(initial=0))
    types: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16, np.uint32)
    return column.astype(next((t for t in types if largest <= np.iinfo(t).max), np.int64))
