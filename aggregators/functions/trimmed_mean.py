"""trimmed_mean_<percent>: the mean without the smallest and the largest values, that percentage of them at each end.

Of n values the ⌊n · percent / 100⌋ smallest and as many of the largest are left out (Tukey 1960; scipy.stats.trim_mean
cuts the same way).
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import Indexes, edges_of, group_edges, order_within, sum_by
from aggregators.digest.digests import Digests, Totals
from aggregators.family import AggregatorFamily
from aggregators.functions.ordered import OrderedList


class TrimmedMeanList(OrderedList):
    def __init__(self, size: int, percent: float) -> None:
        super().__init__(size)
        self._percent = percent

    def read(self, values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        cut = _cut(np.diff(edges), self._percent)
        first, end = edges[:-1] + cut, edges[1:] - cut
        kept = np.stack([first, end], axis=1).ravel()
        return np.add.reduceat(np.append(values, 0), kept)[::2] / (end - first)


def _cut(count: NDArray[np.int64], percent: float) -> NDArray[np.int64]:
    """How many values are left out at each end."""
    return np.floor(count * percent / 100).astype(np.int64)


def _of_samples(digests: Digests, keys: Indexes, size: int, percent: float) -> NDArray[np.float64]:
    """A centroid that lies across a cut is left out in part, as if all of its samples were its mean."""
    grouped, groups = digests.take(np.argsort(keys, kind="stable")), np.sort(keys)
    rows = grouped.edges[group_edges(groups, size)]
    order = order_within(grouped.means, rows)
    group = np.repeat(np.arange(size), np.diff(rows))
    before = edges_of(grouped.weights[order])
    start, end = before[:-1] - before[rows[group]], before[1:] - before[rows[group]]

    totals = digests.totals(keys, size)
    cut = _cut(totals.count, percent)
    inside = np.minimum(end, (totals.count - cut)[group]) - np.maximum(start, cut[group])
    trimmed = sum_by(group, grouped.means[order] * np.maximum(inside, 0), size)
    return _mean(totals, np.where(cut > 0, trimmed, totals.sum), totals.count - 2 * cut)


def _mean(totals: Totals, total: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    return totals.where_sampled(total / np.maximum(count, 1))


def _trimmed_mean(name: str, percent: float) -> Aggregator:
    if percent >= 50:
        raise ValueError("the percentage left out at each end must be less than 50")
    return Aggregator(
        name,
        partial(TrimmedMeanList, percent=percent),
        samples=partial(_of_samples, percent=percent),
        merges_digests=True,
    )


TRIMMED_MEANS = AggregatorFamily("trimmed_mean_", "percent", "5", _trimmed_mean)
