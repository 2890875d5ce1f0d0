"""p50, p99, …: the value that a share of a slot's values does not exceed."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.lists import AggregatorList
from aggregators.quantiles import quantile
from aggregators.ragged import Indexes, group_edges, sorted_within
from aggregators.registry import Aggregator
from aggregators.updaters import INTERPOLATE


class PercentileList(AggregatorList):
    """Keeps all values, and reads the p-th part (0 < p ≤ 1) as OpenTSDB does.

    That is Apache Commons Math's "legacy" estimator: position p · (n + 1) among the sorted values, counted from 1,
    interpolated linearly and never outside the first and the last.
    """

    def __init__(self, size: int, p: float) -> None:
        self._size = size
        self._p = p
        self._indexes: list[Indexes] = []
        self._values: list[NDArray[np.float64]] = []

    def __len__(self) -> int:
        return self._size

    def add(self, index: int, value: float) -> None:
        self.add_many(np.array([index]), np.array([value]))

    def get(self, index: int) -> float | None:
        value = float(self.to_array()[index])
        return None if np.isnan(value) else value

    def clear(self) -> None:
        self._indexes, self._values = [], []

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        known = ~np.isnan(values)
        self._indexes.append(indexes[known])
        self._values.append(values[known])

    def to_array(self) -> NDArray[np.float64]:
        values, edges = self._sorted()
        count = np.diff(edges)
        position = np.clip(self._p * (count + 1), 1, np.maximum(count, 1))
        whole = np.floor(position)
        lower = edges[:-1] + whole.astype(np.int64) - 1
        upper = np.minimum(lower + 1, edges[1:] - 1)
        column = np.full(self._size, np.nan)
        full = count > 0
        low, high = values[lower[full]], values[upper[full]]
        column[full] = low + (position - whole)[full] * (high - low)
        return column

    def _sorted(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """All values, ascending within each slot, and the slots' edges."""
        indexes = np.concatenate([np.empty(0, np.intp), *self._indexes])
        values = np.concatenate([np.empty(0), *self._values])
        if (indexes[1:] < indexes[:-1]).any():
            order = np.argsort(indexes, kind="stable")
            indexes, values = indexes[order], values[order]
        edges = group_edges(indexes, self._size)
        return sorted_within(values, edges), edges


def percentile(name: str, p: float) -> Aggregator:
    """A percentile aggregator: of numbers by OpenTSDB's estimator, of digests by their own definition once merged."""

    def of_samples(digests: Digests, keys: Indexes, size: int) -> NDArray[np.float64]:
        return quantile(digests, keys, size, p)

    return Aggregator(name, partial(PercentileList, p=p), INTERPOLATE, of_samples, merges_digests=True)


PERCENTILES = (
    percentile("p50", 0.5),
    percentile("p75", 0.75),
    percentile("p90", 0.9),
    percentile("p95", 0.95),
    percentile("p99", 0.99),
    percentile("p999", 0.999),
)
