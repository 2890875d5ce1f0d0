"""buckets: how many of all samples lie in each bucket of values, one series per bucket, for heatmaps."""

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator, Buckets
from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.functions.count import COUNT

_STEPS = np.array([1.0, 2.0, 5.0])
_MOST_DECADES = 6
"""Below the largest value; what is smaller falls into the lowest bucket."""


def bucket_bounds(lowest: float, highest: float, positive: float) -> NDArray[np.float64]:
    """Upper bounds 1, 2, 5, 10, 20 … of every power of ten, from the first not below `positive`, the smallest value
    above 0, to the first not below `highest`; 0 stands below them if `lowest` is not positive.
    """
    if not highest > 0:
        return np.zeros(1)
    last = int(np.ceil(np.log10(highest)))
    first = max(last - _MOST_DECADES, int(np.floor(np.log10(positive))))
    bounds = (10.0 ** np.arange(first, last + 1)[:, None] * _STEPS).ravel()
    low, high = np.searchsorted(bounds, [positive, highest])
    return np.append([] if lowest > 0 else [0.0], bounds[low : high + 1])


def _smallest_positive(digests: Digests, highest: float) -> float:
    """The smallest value above 0 that a bucket has to hold: of a digest with others, too, it is a centroid's mean."""
    return min(float(column.min(where=column > 0, initial=highest)) for column in (digests.min, digests.means))


def _of_samples(digests: Digests, keys: Indexes, size: int) -> Buckets:
    """Each centroid counts whole where its mean lies: the buckets of a slot hold all of its samples."""
    highest = float(digests.max.max(initial=-np.inf))
    bounds = bucket_bounds(float(digests.min.min(initial=np.inf)), highest, _smallest_positive(digests, highest))
    keys_of_centroids = np.repeat(keys, np.diff(digests.edges))
    bucket = np.minimum(np.searchsorted(bounds, digests.means), len(bounds) - 1)
    cells = keys_of_centroids * len(bounds) + bucket
    counts = np.bincount(cells, digests.weights, size * len(bounds)).reshape(size, len(bounds))
    totals = digests.totals(keys, size)
    return Buckets(bounds, np.stack([totals.where_sampled(column) for column in counts.T]))


BUCKETS = Aggregator("buckets", COUNT.make_list, samples=COUNT.samples, merges_digests=True, buckets=_of_samples)
