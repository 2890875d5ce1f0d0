"""What lists have in common that work on whole columns: one value at a time goes through the methods for many."""

import numpy as np
from numpy.typing import NDArray

from aggregators.lists import AggregatorList


class ColumnarList(AggregatorList):
    """Writes `add` and `get` in terms of `add_many` and `to_array`, which its subclasses write."""

    def add(self, index: int, value: float) -> None:
        self.add_many(np.array([index]), np.array([value]))

    def get(self, index: int) -> float | None:
        value = float(self.to_array()[index])
        return None if np.isnan(value) else value


class ValueList(ColumnarList):
    """Keeps one value a slot in `_column`, NaN where there is none."""

    def __init__(self, size: int) -> None:
        self._column = np.full(size, np.nan)

    def __len__(self) -> int:
        return len(self._column)

    def clear(self) -> None:
        self._column[:] = np.nan

    def to_array(self) -> NDArray[np.float64]:
        return self._column.copy()
