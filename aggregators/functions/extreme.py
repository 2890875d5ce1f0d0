"""What min and max have in common: one value a slot, replaced by any that is more extreme."""

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes
from aggregators.functions.bases import ValueList
from aggregators.lists import reduce_runs


class ExtremeList(ValueList):
    """Keeps what `choose` prefers: `np.fmin` or `np.fmax`, which prefer any number to NaN."""

    choose: np.ufunc

    reduces_runs = True

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        self.choose.at(self._column, indexes, values)

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self.add_many(indexes, reduce_runs(self.choose, edges, values))
