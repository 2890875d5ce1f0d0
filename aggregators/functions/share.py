"""cdf_<limit>: the share, from 0 to 1, of values that are at most the limit."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.cdf import cdf
from aggregators.digest.digests import Digests
from aggregators.family import AggregatorFamily
from aggregators.functions.score_list import ScoreList


def _share(name: str, limit: float) -> Aggregator:
    def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(values <= limit, 1.0, 0.0)

    def of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
        return cdf(digests, keys, size, limit)

    return Aggregator(name, partial(ScoreList, score=score), samples=of_samples, merges_digests=True)


SHARES = AggregatorFamily("cdf_", "limit", "500", _share)
