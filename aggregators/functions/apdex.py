"""apdex_<t>: how content users are with times of at most t, from 0 to 1.

A value up to t satisfies and counts 1, one up to 4 t is tolerated and counts 1/2, any other frustrates and counts 0:
the Apdex Alliance's "Application Performance Index", technical specification 1.1 (2007).
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.cdf import cdf
from aggregators.digest.digests import Digests
from aggregators.family import AggregatorFamily
from aggregators.functions.score_list import ScoreList


def _apdex(name: str, t: float) -> Aggregator:
    if t == 0:
        raise ValueError("t, the longest time that satisfies, must be more than 0")

    def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(values <= t, 1.0, np.where(values <= 4 * t, 0.5, 0.0))

    def of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
        return (cdf(digests, keys, size, t) + cdf(digests, keys, size, 4 * t)) / 2

    return Aggregator(name, partial(ScoreList, score=score), samples=of_samples, merges_digests=True)


APDEX = AggregatorFamily("apdex_", "t", "500", _apdex)
