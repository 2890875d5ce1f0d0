"""The cumulative distribution of merged digests, read without merging them: how many samples are at most so large."""

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes, sum_between, sum_by
from aggregators.digest.digests import Digests, Totals

Positions = NDArray[np.int64]


def cdf(digests: Digests, keys: Indexes, size: int, limit: float) -> NDArray[np.float64]:
    """The share, from 0 to 1, of all samples of each key that are at most `limit`; NaN where there are none.

    Digest i belongs to key `keys[i]`, one of `size`, in any order. It is the quantile turned round: a digest of n
    samples stands for its quantiles at q = 0, 1/(n − 1), …, 1, and those up to the limit are counted. Exact where the
    centroids next to the limit are single samples, or samples that are all equal.
    """
    totals = digests.totals(keys, size)
    first, end = digests.edges[:-1], digests.edges[1:]
    split = first + sum_between((digests.means <= limit).view(np.int8), first, end)
    through = sum_by(keys, sum_between(digests.weights, first, split), size)

    # The nearest means of each key at or below the limit and above it, infinite if there is none.
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    np.maximum.at(lower, keys, _means_at(digests, split - 1, split > first, -np.inf))
    np.minimum.at(upper, keys, _means_at(digests, split, split < end, np.inf))
    lower_starts = split - _repeats(digests.means, split - 1, first - 1, lower[keys], -1)
    upper_ends = split + _repeats(digests.means, split, end, upper[keys], 1)

    last_rank = totals.count - 1.0
    left_rank = through - 1 - _inset(digests, keys, size, lower_starts, split)
    right_rank = through + _inset(digests, keys, size, split, upper_ends)
    left = np.where(np.isfinite(lower), (left_rank, lower), (np.zeros(size), totals.min))
    right = np.where(np.isfinite(upper), (right_rank, upper), (last_rank, totals.max))
    return _share(totals, limit, left, right)


def _means_at(digests: Digests, at: Positions, present: NDArray[np.bool_], otherwise: float) -> NDArray[np.float64]:
    means = np.full(len(at), otherwise)
    means[present] = digests.means[at[present]]
    return means


def _repeats(
    means: NDArray[np.float64], begin: Positions, stop: Positions, value: NDArray[np.float64], step: int
) -> Positions:
    """How often each row's value stands at `begin` and next to it, in the direction of `step`, before `stop`."""
    repeats = np.zeros(len(begin), np.int64)
    rows = np.arange(len(begin))
    while len(rows):
        at = begin[rows] + step * repeats[rows]
        rows, at = rows[at != stop[rows]], at[at != stop[rows]]
        rows = rows[means[at] == value[rows]]
        repeats[rows] += 1
    return repeats


def _inset(digests: Digests, keys: Indexes, size: int, starts: Positions, ends: Positions) -> NDArray[np.float64]:
    """How far from its outer ranks a run of equal means is read: a single centroid sits at its centre rank."""
    members = sum_by(keys, ends - starts, size)
    weight = sum_by(keys, sum_between(digests.weights, starts, ends), size)
    return np.where(members > 1, 0, (weight - 1) / 2)


def _share(totals: Totals, limit: float, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many ranks, of all, read as at most the limit; `left` and `right` are [rank, value] on its two sides."""
    # Where nothing lies between the two sides, or they are too far apart, what comes out is not used or infinity.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        rank = left[0] + (right[0] - left[0]) * ((limit - left[1]) / (right[1] - left[1]))
    # Rounding must not count the right side, which is above the limit.
    counted = np.minimum(np.floor(rank), np.ceil(right[0]) - 1) + 1
    counted = np.where(limit >= totals.max, totals.count, np.where(limit < totals.min, 0, counted))
    return totals.where_sampled(counted / np.maximum(totals.count, 1))
