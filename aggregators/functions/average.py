"""avg: the mean of a slot's values."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator, OverTime
from aggregators.arrays import Indexes, sum_by
from aggregators.digest.digests import Digests
from aggregators.lists import AggregatorList, only_known, reduce_known


class AverageList(AggregatorList):
    reduces_runs = True

    def __init__(self, size: int) -> None:
        self._totals = np.zeros(size)
        self._counts = np.zeros(size, np.int64)

    def __len__(self) -> int:
        return len(self._totals)

    def add(self, index: int, value: float) -> None:
        self._totals[index] += value
        self._counts[index] += 1

    def get(self, index: int) -> float | None:
        return float(self._totals[index] / self._counts[index]) if self._counts[index] else None

    def clear(self) -> None:
        self._totals[:] = 0
        self._counts[:] = 0

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        indexes, values = only_known(indexes, values)
        self._totals += sum_by(indexes, values, len(self))
        self._counts += np.bincount(indexes, minlength=len(self))

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        totals, edges = reduce_known(np.add, edges, values, empty=0.0)
        self._totals += sum_by(indexes, totals, len(self))
        np.add.at(self._counts, indexes, np.diff(edges))

    def to_array(self) -> NDArray[np.float64]:
        average = self._totals / np.maximum(self._counts, 1)
        return np.where(self._counts > 0, average, np.nan)


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.sum / np.maximum(totals.count, 1))


AVERAGE = Aggregator("avg", AverageList, samples=_of_samples, over_time=OverTime.AVERAGES)
