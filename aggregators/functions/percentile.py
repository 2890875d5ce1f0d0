"""p50, p99, …: the value that a share of a slot's values does not exceed. iqr: how far apart two of them are."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.digest.quantile import quantile
from aggregators.functions.ordered import OrderedList


class PercentileList(OrderedList):
    """Reads the p-th part (0 < p ≤ 1) of a slot's values."""

    def __init__(self, size: int, p: float) -> None:
        super().__init__(size)
        self._p = p

    def read(self, values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        return read_percentile(values, edges, self._p)


class InterquartileList(OrderedList):
    def read(self, values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        return read_percentile(values, edges, 0.75) - read_percentile(values, edges, 0.25)


def read_percentile(values: NDArray[np.float64], edges: NDArray[np.int64], p: float) -> NDArray[np.float64]:
    """The p-th part of each row of ascending values, none of which is empty.

    This is Apache Commons Math's "legacy" estimator: position p · (n + 1) among the sorted values, counted from 1,
    interpolated linearly and never outside the first and the last.
    """
    count = np.diff(edges)
    position = np.clip(p * (count + 1), 1, count)
    whole = np.floor(position)
    lower = edges[:-1] + whole.astype(np.int64) - 1
    upper = np.minimum(lower + 1, edges[1:] - 1)
    low, high = values[lower], values[upper]
    with np.errstate(over="ignore"):
        step = (position - whole) * (high - low)
    return np.where(position > whole, low + step, low)


def percentile(name: str, p: float) -> Aggregator:
    """A percentile aggregator: of numbers by OpenTSDB's estimator, of digests by their own definition once merged."""

    def of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
        return quantile(digests, keys, size, p)

    return Aggregator(name, partial(PercentileList, p=p), samples=of_samples, merges_digests=True, quantile=p)


def _iqr_of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
    return quantile(digests, keys, size, 0.75) - quantile(digests, keys, size, 0.25)


_PARTS = {"50": 0.5, "75": 0.75, "90": 0.9, "95": 0.95, "99": 0.99, "999": 0.999}

PERCENTILES = tuple(percentile(f"p{digits}", p) for digits, p in _PARTS.items())

ESTIMATED_PERCENTILES = tuple(
    # OpenTSDB has the estimators for integers only: doubles, and so everything downsampled, are read by
    # the legacy estimator under these names too. All values are doubles here.
    percentile(f"ep{digits}{estimator}", p)
    for estimator in ("r3", "r7")
    for digits, p in _PARTS.items()
)

P9999 = percentile("p9999", 0.9999)

IQR = Aggregator("iqr", InterquartileList, samples=_iqr_of_samples, merges_digests=True)
