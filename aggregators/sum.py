"""sum: the total of a slot's values."""

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.lists import AggregatorList, has_nan, reduce_runs, without_nan
from aggregators.ragged import Indexes, sum_by
from aggregators.registry import Aggregator
from aggregators.updaters import INTERPOLATE


class SumList(AggregatorList):
    def __init__(self, size: int) -> None:
        self._totals = np.zeros(size)
        self._filled = np.zeros(size, np.bool_)

    def __len__(self) -> int:
        return len(self._totals)

    def add(self, index: int, value: float) -> None:
        self._totals[index] += value
        self._filled[index] = True

    def get(self, index: int) -> float | None:
        return float(self._totals[index]) if self._filled[index] else None

    def clear(self) -> None:
        self._totals[:] = 0
        self._filled[:] = False

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        if has_nan(values):
            known = ~np.isnan(values)
            indexes, values = indexes[known], values[known]
        self._totals += sum_by(indexes, values, len(self))
        self._filled[indexes] = True

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if has_nan(values):
            edges, values = without_nan(edges, values)
        self._totals += sum_by(indexes, reduce_runs(np.add, edges, values, empty=0.0), len(self))
        self._filled[indexes[edges[:-1] < edges[1:]]] = True

    def to_array(self) -> NDArray[np.float64]:
        return np.where(self._filled, self._totals, np.nan)


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.sum)


SUM = Aggregator("sum", SumList, updaters=INTERPOLATE, samples=_of_samples)
