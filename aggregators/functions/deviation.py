"""dev: the standard deviation of a slot's values, taken as the whole population."""

import math

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes, sum_by
from aggregators.lists import AggregatorList, only_known


class DeviationList(AggregatorList):
    """Keeps count, mean and the sum of squared distances from the mean, which do not cancel as a sum of squares would.

    Many values join by Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances" (1979), one by Welford's special case of it.
    """

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size)
        self._means = np.zeros(size)
        self._squares = np.zeros(size)

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, index: int, value: float) -> None:
        self._counts[index] += 1
        distance = value - self._means[index]
        self._means[index] += distance / self._counts[index]
        self._squares[index] += distance * (value - self._means[index])

    def get(self, index: int) -> float | None:
        return math.sqrt(self._squares[index] / self._counts[index]) if self._counts[index] else None

    def clear(self) -> None:
        for column in (self._counts, self._means, self._squares):
            column[:] = 0

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        indexes, values = only_known(indexes, values)
        with np.errstate(over="ignore", invalid="ignore"):  # squares past float64: infinity or NaN is the answer
            self._join(indexes, values)

    def _join(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        count = sum_by(indexes, np.ones(len(values)), len(self))
        mean = sum_by(indexes, values, len(self)) / np.maximum(count, 1)
        squares = sum_by(indexes, np.square(values - mean[indexes]), len(self))

        total = np.maximum(self._counts + count, 1)
        distance = mean - self._means
        self._squares += squares + np.square(distance) * self._counts * count / total
        self._means += distance * count / total
        self._counts += count

    def to_array(self) -> NDArray[np.float64]:
        deviation = np.sqrt(self._squares / np.maximum(self._counts, 1))
        return np.where(self._counts > 0, deviation, np.nan)


DEVIATION = Aggregator("dev", DeviationList)
