"""min: the smallest of a slot's values. mimmin: the same, of values that were stored rather than interpolated."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.functions.extreme import ExtremeList
from aggregators.updaters import HIGHEST


class MinimumList(ExtremeList):
    choose = np.fmin


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.min)


MINIMUM = Aggregator("min", MinimumList, samples=_of_samples)
STORED_MINIMUM = Aggregator("mimmin", MinimumList, HIGHEST, _of_samples, rule_for_groups_only=True)
