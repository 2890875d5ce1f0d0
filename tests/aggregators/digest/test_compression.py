import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import Digests, TDigest, compress, fold
from aggregators.digest.centroids import Centroids
from aggregators.digest.compression import compress_rows
from tests.aggregators.digest import reference
from tests.aggregators.digest_columns import centroid_lists, digest_of, digests_of, one_key, pairs, samples, spread

random_sizes = st.lists(st.integers(0, 1500), min_size=1, max_size=5)


@given(st.lists(st.lists(samples, max_size=40), max_size=6))
def test_count_sum_min_and_max_are_conserved(groups):
    values = np.array([value for group in groups for value in group])
    digests = digests_of(groups)
    merged = compress(digests, one_key(digests), 1)

    assert merged.count[0] == merged.weights.sum(dtype=np.int64) == len(values)
    assert merged.sum[0] == pytest.approx(values.sum(), abs=1e-3)
    assert (merged.min[0], merged.max[0]) == (values.min(initial=np.inf), values.max(initial=-np.inf))


@given(random_sizes, st.integers(0, 2**32), st.sampled_from([20, 50, 100]))
def test_folding_is_adding_one_by_one(sizes, seed, delta):
    random = np.random.default_rng(seed)
    cells = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    values = np.round(random.lognormal(1, 1, len(cells)), 2)

    digests = fold(cells, values, len(sizes), delta)

    for cell in range(len(sizes)):
        assert pairs(digests, cell) == reference.folded(values[cells == cell].tolist(), delta)


@given(st.lists(centroid_lists, min_size=1, max_size=6), st.data(), st.sampled_from([20, 100]))
def test_merging_is_compressing_the_union(runs, data, delta):
    keys = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(runs), max_size=len(runs))), np.intp)
    merged = compress(spread(runs), keys, 3, delta)

    for key in range(3):
        union = [pair for run, own in zip(runs, keys.tolist(), strict=True) if own == key for pair in run]
        assert pairs(merged, key) == reference.compressed(union, delta)


@given(st.lists(samples, max_size=100))
def test_compressing_an_exact_digest_changes_nothing(values):
    digest = digest_of(values)

    assert pairs(compress(digest, one_key(digest), 1)) == pairs(digest)


@given(st.integers(1, 20), st.integers(0, 2**32))
def test_samples_split_at_random_stay_within_the_bound_of_a_centroid(parts, seed):
    random = np.random.default_rng(seed)
    values = random.lognormal(3, 1, 5_000)
    split = fold(random.integers(0, parts, len(values)), values, parts, 100)
    merged = compress(split, one_key(split), 1, 100)

    mixed = merged.weights[1:-1]
    assert mixed.max() <= len(values) / 100
    assert len(merged.means) <= 225
    assert (np.diff(merged.means) >= 0).all()


def test_long_and_short_rows_are_compressed_alike():
    random = np.random.default_rng(5)
    groups = [np.round(random.normal(0, 5, n), 2).tolist() for n in (1, 700, 3, 0, 60_000, 150, 12)]
    rows = Centroids.of_samples(np.cumsum([0, *map(len, groups)]), np.concatenate(groups))
    got = compress_rows(rows, 100)

    for row, values in enumerate(groups):
        own = slice(got.edges[row], got.edges[row + 1])
        expected = reference.compressed([(value, 1) for value in values])
        assert list(zip(got.means[own].tolist(), got.weights[own].tolist(), strict=True)) == expected


def test_up_to_the_compression_nothing_is_merged():
    values = np.random.default_rng(1).normal(size=100)

    assert pairs(digest_of(values)) == [(value, 1) for value in sorted(values.tolist())]


def test_a_run_of_equal_samples_keeps_its_ends():
    assert pairs(digest_of([7.0] * 1000)) == [(7.0, 1), (7.0, 998), (7.0, 1)]


def test_a_key_without_digests_is_empty():
    merged = compress(digest_of([1.0]), np.array([1]), 3)

    assert merged.count.tolist() == [0, 1, 0]
    assert merged.min.tolist() == [np.inf, 1.0, np.inf]
    assert merged.edges.tolist() == [0, 0, 1, 1]


def test_nothing_compresses_to_nothing():
    assert len(compress(Digests.empty(), np.empty(0, np.intp), 0)) == 0
    assert len(fold(np.empty(0, np.intp), np.empty(0), 0)) == 0


def test_samples_too_far_apart_to_be_averaged_stay_finite_and_in_order():
    values = np.random.default_rng(1).uniform(-1, 1, 5000) * 1.7e308
    digest = digest_of(np.append(values, [-1.7e308, 1.7e308]))

    assert np.isfinite(digest.means).all()
    assert (digest.means[1:] >= digest.means[:-1]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_are_finite(value):
    with pytest.raises(ValueError, match="NaN or infinite"):
        fold(np.zeros(2, np.intp), np.array([1.0, value]), 1)
    with pytest.raises(ValueError, match="must be finite"):
        TDigest().add(value)


def test_a_weight_that_does_not_fit_is_an_error():
    heavy = spread([[(1.0, 1), (1.0, 2**32 - 1)]] * 2)

    with pytest.raises(OverflowError, match="8589934590 samples"):
        compress(heavy, one_key(heavy), 1)


def test_taking_and_concatenating_digests():
    digests = digests_of([[1.0, 2.0], [], [3.0], [4.0, 4.0, 4.0]])
    taken = digests.take([3, 1, 3, 0])

    assert [pairs(taken, i) for i in range(4)] == [[(4.0, 1)] * 3, [], [(4.0, 1)] * 3, [(1.0, 1), (2.0, 1)]]
    assert taken.count.tolist() == [3, 0, 3, 2]
    both = Digests.concatenate([digests, taken])
    assert [pairs(both, i) for i in (2, 4)] == [[(3.0, 1)], [(4.0, 1)] * 3]
    assert len(Digests.concatenate([])) == 0


def test_a_growing_digest_can_be_read_and_merged_at_any_time():
    low, high = TDigest(), TDigest()
    low.add_many(range(50))
    high.add_many(range(50, 100))
    assert low.quantile(0.5) == 24.5

    low.merge(high)
    low.merge(TDigest())

    assert (low.count, low.sum, low.min, low.max) == (100, 4950.0, 0.0, 99.0)
    assert low.quantile(0.5) == 49.5
    assert high.count == 50


def test_an_empty_digest_has_no_quantile():
    digest = TDigest()

    assert np.isnan([digest.quantile(0.5), digest.min, digest.max]).all()
    assert digest.centroids() == []
    digest.merge(TDigest())
    assert digest.count == 0
