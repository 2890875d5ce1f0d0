"""Columns of cells that grow in place, and who has which of the cells."""

import mmap
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)

_SMALL = 1 << 20
"""Bytes from which on a column has its own pages. A system gives out some 65,000 such pieces."""


class Column(Generic[_Scalar]):
    """A column whose new cells hold zeros.

    Zeros, not whatever memory holds: a column is read as a whole, and what nobody owns is then thrown away. A large
    column asks the system for pages: such as were never written take no memory, and when it grows they are moved in
    the page table, not copied, so that no write takes long.
    """

    def __init__(self, dtype: "np.dtype[_Scalar]") -> None:
        self.cells: NDArray[_Scalar] = np.zeros(0, dtype)
        self._pages: mmap.mmap | None = None

    def reserve(self, length: int) -> None:
        """Have at least `length` cells."""
        present, dtype = len(self.cells), self.cells.dtype
        if length <= present:
            return
        length = max(length, present + present // 4, 64)
        if length * dtype.itemsize < _SMALL:
            self.cells = np.concatenate((self.cells, np.zeros(length - present, dtype)))
        elif not self._extended(length):
            pages = _fresh_pages(length * dtype.itemsize)
            cells: NDArray[Any] = np.frombuffer(pages, dtype, length)
            cells[:present] = self.cells
            self._pages, self.cells = pages, cells

    def _extended(self, length: int) -> bool:
        """Whether the column's pages could be made more."""
        if self._pages is None:
            return False
        present, dtype = len(self.cells), self.cells.dtype
        self.cells = np.zeros(0, dtype)  # pages at which an array looks cannot be moved
        try:
            self._pages.resize(length * dtype.itemsize)
            present = length
        except (BufferError, SystemError):  # another array looks at them, or the system cannot move pages
            pass
        finally:
            self.cells = np.frombuffer(self._pages, dtype, present)
        return present == length


def _fresh_pages(size: int) -> mmap.mmap:
    if hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size)


class Extents:
    """Gives out stretches of a column's cells, and gives out again what was given back."""

    def __init__(self) -> None:
        self.length = 0
        """Cells that were ever given out: the column must have so many."""
        self._free: dict[int, list[int]] = {}

    def take(self, widths: NDArray[np.int64]) -> NDArray[np.int64]:
        """A stretch of each width; returns where they begin."""
        places = np.empty(len(widths), np.int64)
        for width in np.unique(widths).tolist():
            which = np.flatnonzero(widths == width)
            free = self._free.get(width, [])
            reused = min(len(free), len(which))
            places[which[:reused]] = free[len(free) - reused :]
            del free[len(free) - reused :]
            places[which[reused:]] = self.length + width * np.arange(len(which) - reused)
            self.length += width * (len(which) - reused)
        return places

    def give(self, places: NDArray[np.int64], widths: NDArray[np.int64]) -> None:
        """Take stretches back."""
        for width in np.unique(widths).tolist():
            self._free.setdefault(width, []).extend(places[widths == width].tolist())
