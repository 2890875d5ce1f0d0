"""mult: the product of a slot's values."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.functions.bases import ColumnarList
from aggregators.lists import only_known, reduce_runs, without_nan


class MultiplyList(ColumnarList):
    """With `gaps`, a gap makes the product of its slot unknown."""

    def __init__(self, size: int, gaps: bool = False) -> None:
        self._products = np.ones(size)
        self._filled = np.zeros(size, np.bool_)
        self._gaps = gaps

    def __len__(self) -> int:
        return len(self._products)

    def clear(self) -> None:
        self._products[:] = 1
        self._filled[:] = False

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        if not self._gaps:
            indexes, values = only_known(indexes, values)
        with np.errstate(over="ignore"):  # infinity is the answer
            np.multiply.at(self._products, indexes, values)
        self._filled[indexes] = True

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if not self._gaps:
            edges, values = without_nan(edges, values)
        full = edges[:-1] < edges[1:]
        with np.errstate(over="ignore"):
            products = reduce_runs(np.multiply, edges, values)
        self.add_many(indexes[full], products[full])

    def to_array(self) -> NDArray[np.float64]:
        return np.where(self._filled, self._products, np.nan)


MULTIPLY = Aggregator("mult", MultiplyList, make_gap_list=partial(MultiplyList, gaps=True))
