"""max: the largest of a slot's values. mimmax: the same, of values that were stored rather than interpolated."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.functions.extreme import ExtremeList
from aggregators.updaters import LOWEST


class MaximumList(ExtremeList):
    choose = np.fmax


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.max)


MAXIMUM = Aggregator("max", MaximumList, samples=_of_samples)
STORED_MAXIMUM = Aggregator("mimmax", MaximumList, LOWEST, _of_samples, rule_for_groups_only=True)
