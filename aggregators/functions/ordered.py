"""What median, percentiles and trimmed means have in common: they read a slot's values in ascending order."""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes, group_edges, sorted_within
from aggregators.functions.bases import ColumnarList
from aggregators.lists import has_nan


class OrderedList(ColumnarList):
    """Keeps all values until they are read."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._indexes: list[Indexes] = []
        self._values: list[NDArray[np.float64]] = []

    @abstractmethod
    def read(self, values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """One value for each slot; slot i has `values[edges[i]:edges[i + 1]]`, ascending and at least one."""

    def __len__(self) -> int:
        return self._size

    def clear(self) -> None:
        self._indexes, self._values = [], []

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        known = ~np.isnan(values) if has_nan(values) else slice(None)
        self._indexes.append(np.array(indexes[known]))
        self._values.append(np.array(values[known]))

    def to_array(self) -> NDArray[np.float64]:
        indexes = np.concatenate([np.empty(0, np.intp), *self._indexes])
        values = np.concatenate([np.empty(0), *self._values])
        if (indexes[1:] < indexes[:-1]).any():
            order = np.argsort(indexes, kind="stable")
            indexes, values = indexes[order], values[order]
        edges = group_edges(indexes, self._size)
        filled = np.flatnonzero(np.diff(edges))
        column = np.full(self._size, np.nan)
        # The slots left out are empty, so the edges of the others stay next to each other.
        column[filled] = self.read(sorted_within(values, edges), np.append(edges[filled], len(values)))
        return column
