"""min: the smallest of a slot's values."""

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.extreme import ExtremeList
from aggregators.ragged import Indexes
from aggregators.registry import Aggregator
from aggregators.updaters import INTERPOLATE


class MinimumList(ExtremeList):
    choose = np.fmin


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    totals = digests.totals(keys, size)
    return totals.where_sampled(totals.min)


MINIMUM = Aggregator("min", MinimumList, updaters=INTERPOLATE, samples=_of_samples)
