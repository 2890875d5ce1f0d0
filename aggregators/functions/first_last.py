"""first, last: the value that comes first or last, in time when downsampling, in the order of series when grouping.

diff: how much the last is above the first.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.functions.bases import ColumnarList, ValueList
from aggregators.lists import only_known, without_nan
from aggregators.updaters import ZERO


class _OneValueList(ValueList):
    """Keeps one of a slot's values; with `gaps` a gap counts as one, and a slot that kept it has no value."""

    def __init__(self, size: int, gaps: bool = False) -> None:
        super().__init__(size)
        self._filled = np.zeros(size, np.bool_)
        self._gaps = gaps

    def clear(self) -> None:
        super().clear()
        self._filled[:] = False


class FirstList(_OneValueList):
    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        if not self._gaps:
            indexes, values = only_known(indexes, values)
        first = np.full(len(self), len(values))
        np.minimum.at(first, indexes, np.arange(len(values)))
        taken = np.flatnonzero((first < len(values)) & ~self._filled)
        self._column[taken] = values[first[taken]]
        self._filled[taken] = True

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if not self._gaps:
            edges, values = without_nan(edges, values)
        full = edges[:-1] < edges[1:]
        self.add_many(indexes[full], values[edges[:-1][full]])


class LastList(_OneValueList):
    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        if not self._gaps:
            indexes, values = only_known(indexes, values)
        last = np.full(len(self), -1)
        np.maximum.at(last, indexes, np.arange(len(values)))
        taken = np.flatnonzero(last >= 0)
        self._column[taken] = values[last[taken]]

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if not self._gaps:
            edges, values = without_nan(edges, values)
        full = edges[:-1] < edges[1:]
        self.add_many(indexes[full], values[edges[1:][full] - 1])


class DifferenceList(ColumnarList):
    """With `gaps`, a gap as the last one makes the difference unknown; the first is the first that is none."""

    def __init__(self, size: int, gaps: bool = False) -> None:
        self._first = FirstList(size)
        self._last = LastList(size, gaps)

    def __len__(self) -> int:
        return len(self._first)

    def clear(self) -> None:
        self._first.clear()
        self._last.clear()

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        self._first.add_many(indexes, values)
        self._last.add_many(indexes, values)

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self._first.add_runs(indexes, edges, values)
        self._last.add_runs(indexes, edges, values)

    def to_array(self) -> NDArray[np.float64]:
        return self._last.to_array() - self._first.to_array()


FIRST = Aggregator("first", FirstList, ZERO, rule_for_groups_only=True, make_gap_list=partial(FirstList, gaps=True))
LAST = Aggregator("last", LastList, ZERO, rule_for_groups_only=True, make_gap_list=partial(LastList, gaps=True))
DIFFERENCE = Aggregator("diff", DifferenceList, make_gap_list=partial(DifferenceList, gaps=True))
