"""median: the middle one of a slot's values; of an even number of them the upper of the two in the middle.

That is OpenTSDB's median. On distributions it is p50.
"""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.digest.quantile import quantile
from aggregators.functions.ordered import OrderedList


class MedianList(OrderedList):
    def read(self, values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        middle: NDArray[np.float64] = values[edges[:-1] + np.diff(edges) // 2]
        return middle


def _of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    return quantile(digests, keys, size, 0.5)


MEDIAN = Aggregator("median", MedianList, samples=_of_samples, merges_digests=True)
