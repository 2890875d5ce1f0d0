"""Columns of digests for tests."""

import numpy as np
from hypothesis import strategies as st

from aggregators import Digests, fold

samples = st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float)
"""Some apart, some repeated, some zero, some negative."""


def digest_of(values, compression=100):
    """A column of one digest."""
    return fold(np.zeros(len(values), np.intp), np.asarray(values, np.float64), 1, compression)


def digests_of(groups, compression=100):
    """A column with one digest of each group of samples."""
    return Digests.concatenate([digest_of(group, compression) for group in groups])


def pairs(digests, index=0):
    """(mean, weight) of one digest's centroids."""
    own = slice(digests.edges[index], digests.edges[index + 1])
    return list(zip(digests.means[own].tolist(), digests.weights[own].tolist(), strict=True))


def one_key(digests):
    return np.zeros(len(digests), np.intp)


def spread(runs):
    """A Digests column out of lists of (mean, weight): min and max are the outer means."""
    means = [mean for run in runs for mean, _ in run]
    weights = [weight for run in runs for _, weight in run]
    return Digests(
        count=np.array([sum(weight for _, weight in run) for run in runs], np.int64),
        sum=np.array([sum(mean * weight for mean, weight in run) for run in runs], np.float64),
        min=np.array([min((mean for mean, _ in run), default=np.inf) for run in runs], np.float64),
        max=np.array([max((mean for mean, _ in run), default=-np.inf) for run in runs], np.float64),
        edges=np.cumsum([0, *map(len, runs)], dtype=np.int64),
        means=np.array(means, np.float64),
        weights=np.array(weights, np.uint32),
    )


centroid_lists = st.lists(st.tuples(samples, st.integers(1, 1000)), max_size=40).map(sorted)
