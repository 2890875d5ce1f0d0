"""none: every series stays as it is."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.lists import AggregatorList, only_known
from aggregators.ragged import Indexes
from aggregators.updaters import ZERO


class NoneList(AggregatorList):
    """Hands the only value of a slot on; raises ValueError when a slot is given a second one."""

    def __init__(self, size: int) -> None:
        self._column = np.full(size, np.nan)

    def __len__(self) -> int:
        return len(self._column)

    def add(self, index: int, value: float) -> None:
        self.add_many(np.array([index]), np.array([value]))

    def get(self, index: int) -> float | None:
        value = float(self._column[index])
        return None if np.isnan(value) else value

    def clear(self) -> None:
        self._column[:] = np.nan

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        indexes, values = only_known(indexes, values)
        given = np.bincount(indexes, minlength=len(self)) + ~np.isnan(self._column)
        if (given > 1).any():
            raise ValueError("'none' takes one value a slot and was given a second one")
        self._column[indexes] = values

    def to_array(self) -> NDArray[np.float64]:
        return self._column.copy()


NONE = Aggregator("none", NoneList, ZERO, rule_for_groups_only=True, merges_series=False)
