"""What min and max have in common: one value a slot, replaced by any that is more extreme."""

import numpy as np
from numpy.typing import NDArray

from aggregators.lists import AggregatorList, reduce_runs
from aggregators.ragged import Indexes


class ExtremeList(AggregatorList):
    """Keeps what `choose` prefers: `np.fmin` or `np.fmax`, which prefer any number to NaN."""

    choose: np.ufunc

    reduces_runs = True

    def __init__(self, size: int) -> None:
        self._column = np.full(size, np.nan)

    def __len__(self) -> int:
        return len(self._column)

    def add(self, index: int, value: float) -> None:
        self._column[index] = self.choose(self._column[index], value)

    def get(self, index: int) -> float | None:
        value = float(self._column[index])
        return None if np.isnan(value) else value

    def clear(self) -> None:
        self._column[:] = np.nan

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        self.choose.at(self._column, indexes, values)

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self.add_many(indexes, reduce_runs(self.choose, edges, values))

    def to_array(self) -> NDArray[np.float64]:
        return self._column.copy()
