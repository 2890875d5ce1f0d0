"""sum: the total of a slot's values. zimsum and pfsum: the same with other rules for gaps. squareSum: of squares."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator, OverTime
from aggregators.arrays import Indexes, sum_by
from aggregators.digest.digests import Digests
from aggregators.lists import AggregatorList, only_known, reduce_known
from aggregators.updaters import CARRY, ZERO


class SumList(AggregatorList):
    reduces_runs = True
    adds_up = True

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
        indexes, values = only_known(indexes, values)
        self._totals += sum_by(indexes, values, len(self))
        self._filled[indexes] = True

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        totals, edges = reduce_known(np.add, edges, values, empty=0.0)
        self._totals += sum_by(indexes, totals, len(self))
        self._filled[indexes[edges[:-1] < edges[1:]]] = True

    def to_array(self) -> NDArray[np.float64]:
        return np.where(self._filled, self._totals, np.nan)


class SquareSumList(SumList):
    adds_up = False

    def add(self, index: int, value: float) -> None:
        super().add(index, value * value)

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        super().add_many(indexes, _squares(values))

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        super().add_runs(indexes, edges, _squares(values))


def _squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # infinity is the answer
        return np.square(values)


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.sum)


SUM = Aggregator("sum", SumList, samples=_of_samples, over_time=OverTime.TOTALS)
ZERO_SUM = Aggregator("zimsum", SumList, ZERO, _of_samples, rule_for_groups_only=True, over_time=OverTime.TOTALS)
CARRIED_SUM = Aggregator("pfsum", SumList, CARRY, _of_samples, rule_for_groups_only=True, over_time=OverTime.TOTALS)
SQUARE_SUM = Aggregator("squareSum", SquareSumList, ZERO, rule_for_groups_only=True)
