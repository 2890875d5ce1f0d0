"""ScoreList: the average of a score that each value gets, such as 1 if it is small enough and 0 if not."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes
from aggregators.functions.average import AverageList

Score: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class ScoreList(AverageList):
    def __init__(self, size: int, score: Score) -> None:
        super().__init__(size)
        self._score = score

    def add(self, index: int, value: float) -> None:
        super().add(index, float(self._score(np.array([value]))[0]))

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        super().add_many(indexes, self._scores(values))

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        super().add_runs(indexes, edges, self._scores(values))

    def _scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.isnan(values), np.nan, self._score(values))
