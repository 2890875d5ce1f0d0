"""count: the number of a slot's values."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator, OverTime
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.lists import AggregatorList, only_known, without_nan
from aggregators.updaters import ZERO


class CountList(AggregatorList):
    """A slot without values has no value rather than 0: what an empty slot means is for its updaters to say.

    With `gaps`, a slot that was given nothing but gaps has 0.
    """

    reduces_runs = True

    def __init__(self, size: int, gaps: bool = False) -> None:
        self._counts = np.zeros(size, np.int64)
        self._filled = np.zeros(size, np.bool_)
        self._gaps = gaps

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, index: int, value: float) -> None:
        self._counts[index] += 1
        self._filled[index] = True

    def get(self, index: int) -> float | None:
        return float(self._counts[index]) if self._filled[index] else None

    def clear(self) -> None:
        self._counts[:] = 0
        self._filled[:] = False

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        counted, _ = only_known(indexes, values)
        self._counts += np.bincount(counted, minlength=len(self))
        self._filled[indexes if self._gaps else counted] = True

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        counted, _ = without_nan(edges, values)
        np.add.at(self._counts, indexes, np.diff(counted))
        marked = edges if self._gaps else counted
        self._filled[indexes[marked[:-1] < marked[1:]]] = True

    def to_array(self) -> NDArray[np.float64]:
        return np.where(self._filled, self._counts, np.nan)


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.count)


COUNT = Aggregator(
    "count", CountList, ZERO, _of_samples, make_gap_list=partial(CountList, gaps=True), over_time=OverTime.COUNTS
)
