"""none: every series stays as it is."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.functions.bases import ValueList
from aggregators.lists import only_known
from aggregators.updaters import ZERO


class NoneList(ValueList):
    """Hands the only value of a slot on; raises ValueError when a slot is given a second one."""

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        indexes, values = only_known(indexes, values)
        given = np.bincount(indexes, minlength=len(self)) + ~np.isnan(self._column)
        if (given > 1).any():
            raise ValueError("'none' takes one value a slot and was given a second one")
        self._column[indexes] = values


NONE = Aggregator("none", NoneList, ZERO, rule_for_groups_only=True, merges_series=False)
