"""count: the number of a slot's values."""

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.lists import AggregatorList, has_nan, without_nan
from aggregators.ragged import Indexes
from aggregators.registry import Aggregator
from aggregators.updaters import ZERO


class CountList(AggregatorList):
    """A slot without values has no value rather than 0: what an empty slot means is for its updaters to say."""

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size, np.int64)

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, index: int, value: float) -> None:
        self._counts[index] += 1

    def get(self, index: int) -> float | None:
        return float(self._counts[index]) if self._counts[index] else None

    def clear(self) -> None:
        self._counts[:] = 0

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        if has_nan(values):
            indexes = indexes[~np.isnan(values)]
        self._counts += np.bincount(indexes, minlength=len(self))

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if has_nan(values):
            edges, values = without_nan(edges, values)
        np.add.at(self._counts, indexes, np.diff(edges))

    def to_array(self) -> NDArray[np.float64]:
        return np.where(self._counts > 0, self._counts, np.nan)


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.count)


COUNT = Aggregator("count", CountList, updaters=ZERO, samples=_of_samples)
