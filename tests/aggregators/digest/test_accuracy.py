"""How near a percentile comes: named distributions, tolerances at each quantile, and two other libraries."""

import fastdigest
import numpy as np
import pytest
import tdigest

from aggregators import compress, fold, quantile
from tests.aggregators.digest_columns import one_key

N, PARTS = 60_000, 40

DISTRIBUTIONS = {
    "uniform": lambda random: random.uniform(0, 1, N),
    "normal": lambda random: random.normal(1000, 100, N),
    "lognormal": lambda random: random.lognormal(3, 1, N),
    "exponential": lambda random: random.exponential(50, N),
    "slow mode": lambda random: np.where(
        random.random(N) < 0.02, random.normal(2000, 100, N), random.normal(50, 10, N)
    ),
    "negative": lambda random: -random.lognormal(3, 1, N),
    "milliseconds": lambda random: np.round(random.lognormal(3, 1, N)),
    "mostly zero": lambda random: np.where(random.random(N) < 0.8, 0.0, random.lognormal(3, 1, N)),
}

RANK_TOLERANCE = {
    0.001: 0.0002,
    0.01: 0.001,
    0.1: 0.004,
    0.5: 0.005,
    0.9: 0.004,
    0.95: 0.002,
    0.99: 0.001,
    0.999: 0.0002,
}
"""The share of samples between the answer and the truth, by quantile."""

distribution = pytest.mark.parametrize("name", DISTRIBUTIONS)
each_quantile = pytest.mark.parametrize("q", RANK_TOLERANCE)


def parts_of(name):
    random = np.random.default_rng(17)
    values = DISTRIBUTIONS[name](random)
    return np.sort(values), fold(random.integers(0, PARTS, N), values, PARTS)


def rank_error(ordered, value, q):
    """How far a value's share of smaller samples is from q, 0 for a value that spans q."""
    low, high = np.searchsorted(ordered, value, "left") / N, np.searchsorted(ordered, value, "right") / N
    return max(low - q, q - high, 0)


@distribution
@each_quantile
def test_the_union_of_digests_is_near_in_rank(name, q):
    ordered, digests = parts_of(name)

    assert rank_error(ordered, quantile(digests, one_key(digests), 1, q)[0], q) <= RANK_TOLERANCE[q]


@distribution
@each_quantile
def test_digests_merged_twice_are_near_in_rank(name, q):
    ordered, digests = parts_of(name)
    half = compress(digests, np.arange(PARTS) // 8, PARTS // 8)
    merged = compress(half, one_key(half), 1)

    assert rank_error(ordered, quantile(merged, one_key(merged), 1, q)[0], q) <= 2 * RANK_TOLERANCE[q]


@each_quantile
def test_smooth_latencies_are_near_in_value(q):
    ordered, digests = parts_of("lognormal")

    assert quantile(digests, one_key(digests), 1, q)[0] == pytest.approx(np.quantile(ordered, q), rel=0.01)


@pytest.mark.parametrize("name", ["uniform", "lognormal", "slow mode"])
@pytest.mark.parametrize("q", [0.1, 0.5, 0.9, 0.99])
def test_fastdigest_agrees(name, q):
    ordered, digests = parts_of(name)
    other = fastdigest.TDigest.from_values(ordered.tolist(), max_centroids=1000)

    own = quantile(digests, one_key(digests), 1, q)[0]
    assert rank_error(ordered, own, q) <= rank_error(ordered, other.quantile(q), q) + RANK_TOLERANCE[q]


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9, 0.99])
def test_tdigest_agrees(q):
    values = np.random.default_rng(23).normal(100, 10, 2000)
    other = tdigest.TDigest()
    other.batch_update(values.tolist())
    digest = fold(np.zeros(len(values), np.intp), values, 1)

    assert quantile(digest, np.zeros(1, np.intp), 1, q)[0] == pytest.approx(other.percentile(100 * q), rel=0.01)
