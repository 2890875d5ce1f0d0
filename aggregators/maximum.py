"""max: the largest of a slot's values."""

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.extreme import ExtremeList
from aggregators.ragged import Indexes
from aggregators.registry import Aggregator
from aggregators.updaters import INTERPOLATE


class MaximumList(ExtremeList):
    choose = np.fmax


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.max)


MAXIMUM = Aggregator("max", MaximumList, updaters=INTERPOLATE, samples=_of_samples)
