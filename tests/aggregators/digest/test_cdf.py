"""Shares, trimmed means and the like of merged digests, against samples and against the definition read backwards."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import builtin, cdf, quantile
from tests.aggregators.digest import reference
from tests.aggregators.digest_columns import centroid_lists, digest_of, digests_of, one_key, pairs, samples, spread


def share_of(digests, limit):
    return float(cdf(digests, one_key(digests), 1, limit)[0])


@given(
    groups=st.lists(st.lists(samples, max_size=20), min_size=1, max_size=4),
    limit=samples,
    keys=st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_of_single_samples_it_is_exact(groups, limit, keys):
    column = cdf(digests_of(groups), np.array(keys[: len(groups)]), 3, limit)

    for key in range(3):
        own = [v for group, of in zip(groups, keys, strict=False) if of == key for v in group]
        expected = sum(v <= limit for v in own) / len(own) if own else math.nan
        assert column[key] == pytest.approx(expected, rel=1e-15, nan_ok=True)


@given(runs=st.lists(centroid_lists, min_size=1, max_size=3), limit=samples)
def test_it_counts_the_ranks_whose_quantiles_are_at_most_the_limit(runs, limit):
    digests = spread(runs)
    centroids = [pair for i in range(len(runs)) for pair in pairs(digests, i)]
    n = int(digests.count.sum())
    if n == 0 or n > 3000:
        return
    low, high = float(digests.min.min()), float(digests.max.max())
    by_rank = [reference.quantile(centroids, low, high, rank / max(n - 1, 1)) for rank in range(n)]

    counted = share_of(digests, limit) * n

    # Next to the limit rounding may go either way, by one sample.
    blur = 1e-9 * max(abs(low), abs(high), 1)
    assert sum(v <= limit - blur for v in by_rank) - 0.5 <= counted <= sum(v <= limit + blur for v in by_rank) + 0.5


@given(values=st.lists(samples, min_size=1, max_size=60), limits=st.tuples(samples, samples))
def test_it_never_falls(values, limits):
    digests = digest_of(values * 7, compression=20)

    assert share_of(digests, min(limits)) <= share_of(digests, max(limits))


def test_all_and_nothing_are_exact():
    digests = digest_of(np.random.default_rng(1).lognormal(3, 1, 100_000))

    assert share_of(digests, digests.max[0]) == 1
    assert share_of(digests, np.nextafter(digests.max[0], 0)) < 1
    assert share_of(digests, digests.min[0]) == 1e-5
    assert share_of(digests, np.nextafter(digests.min[0], 0)) == 0


@pytest.mark.parametrize("q", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999])
def test_of_many_samples_it_is_as_exact_as_the_quantile(q):
    values = np.random.default_rng(1).lognormal(3, 1, 100_000)
    digests = digests_of(np.split(values, 20))
    limit = np.quantile(values, q)

    assert share_of(digests, limit) == pytest.approx(q, abs=0.01 * math.sqrt(q * (1 - q)))
    assert share_of(digests, quantile(digests, one_key(digests), 1, q)[0]) == pytest.approx(q, abs=2e-5)


def test_values_at_the_end_of_float64_are_told_apart():
    digests = digest_of([-1.7e308, 1.7e308])

    assert [share_of(digests, limit) for limit in (-1.75e308, -1.7e308, 0, 1.7e308)] == [0, 0.5, 0.5, 1]


def of_samples(name, digests, keys, size):
    samples = builtin()[name].samples
    assert samples is not None
    return samples(digests, keys, size)


@given(values=st.lists(samples, min_size=1, max_size=90), percent=st.sampled_from([0, 1, 5, 12.5, 25, 49.9]))
def test_a_trimmed_mean_of_single_samples_is_exact(values, percent):
    digests, name = digests_of([values[::2], values[1::2]]), f"trimmed_mean_{percent}"
    numbers = builtin()[name].make_list(1)
    numbers.add_many(np.zeros(len(values), np.intp), np.array(values))
    cut = int(len(values) * percent / 100)
    kept = sorted(values)[cut : len(values) - cut]

    expected = pytest.approx(math.fsum(kept) / len(kept), rel=1e-9, abs=1e-6)
    assert of_samples(name, digests, np.zeros(2, np.intp), 1)[0] == expected
    assert numbers.get(0) == expected


@pytest.mark.parametrize("name", ["trimmed_mean_5", "trimmed_mean_40", "iqr", "apdex_20"])
def test_of_many_samples_digests_tell_what_numbers_tell(name):
    values = np.random.default_rng(1).lognormal(3, 1, 100_000)
    numbers = builtin()[name].make_list(1)
    numbers.add_many(np.zeros(len(values), np.intp), values)
    digests = digests_of(np.split(values, 20))

    assert of_samples(name, digests, one_key(digests), 1)[0] == pytest.approx(numbers.get(0), rel=0.01)


@pytest.mark.parametrize("name", ["cdf_5", "apdex_5", "trimmed_mean_5", "iqr", "median"])
def test_without_samples_there_is_no_value(name):
    column = of_samples(name, digests_of([[1.0], []]), np.array([3, 1]), 4)

    assert np.isnan(column).tolist() == [True, True, True, False]
    assert np.isnan(of_samples(name, digests_of([]), np.empty(0, np.intp), 2)).all()
