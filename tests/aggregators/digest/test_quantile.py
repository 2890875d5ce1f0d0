import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import Digests, quantile
from aggregators.digest import rank_select
from tests.aggregators.digest import reference
from tests.aggregators.digest_columns import centroid_lists, digest_of, digests_of, one_key, pairs, samples, spread

QUANTILES = (0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 1.0)

shares = st.sampled_from(QUANTILES) | st.floats(0, 1)


def read(digests, q):
    return quantile(digests, one_key(digests), 1, q)[0]


@given(st.lists(samples, min_size=1, max_size=100), shares)
def test_few_samples_give_numpys_quantile(values, q):
    assert read(digest_of(values), q) == pytest.approx(np.quantile(values, q), rel=1e-12, abs=1e-6)


@given(st.lists(st.sampled_from([0.0, 1.0, -3.0, 0.1, 1e6]), min_size=1, max_size=3000), shares)
def test_repeated_values_give_numpys_quantile(values, q):
    assert read(digest_of(values), q) == pytest.approx(np.quantile(values, q), rel=1e-12, abs=1e-9)


@given(st.lists(st.lists(samples, max_size=60), min_size=1, max_size=12), shares)
def test_a_union_of_exact_digests_gives_the_quantile_of_all_samples(groups, q):
    values = [value for group in groups for value in group]
    expected = np.quantile(values, q) if values else np.nan

    assert read(digests_of(groups), q) == pytest.approx(expected, rel=1e-12, abs=1e-6, nan_ok=True)


@given(st.lists(centroid_lists, min_size=1, max_size=8), st.data(), shares)
def test_every_key_reads_as_the_definition_says(runs, data, q):
    size = data.draw(st.integers(1, 5))
    keys = np.array(data.draw(st.lists(st.integers(0, size - 1), min_size=len(runs), max_size=len(runs))), np.intp)
    digests = spread(runs)

    column = quantile(digests, keys, size, q)

    for key in range(size):
        members = digests.take(np.flatnonzero(keys == key))
        all_pairs = [pair for i in range(len(members)) for pair in pairs(members, i)]
        low, high = members.min.min(initial=np.inf), members.max.max(initial=-np.inf)
        expected = reference.quantile(all_pairs, low, high, q)
        assert column[key] == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


@pytest.fixture
def narrow_early(monkeypatch):
    """Histograms of few bins and no sorting before the last bit: many rounds on little data."""
    monkeypatch.setattr(rank_select, "BINS", 64)
    monkeypatch.setattr(rank_select, "LEAST_DEPTH", 2)
    monkeypatch.setattr(rank_select, "FEW", 4)
    monkeypatch.setattr(rank_select, "FEW_EACH", 0)


DISTRIBUTIONS = {
    "lognormal": lambda random, n: random.lognormal(3, 1, n),
    "around zero": lambda random, n: random.normal(0, 1, n),
    "constant": lambda random, n: np.full(n, 13.25),
    "two values": lambda random, n: random.choice([0.0, 1e300], n),
    "mostly zero": lambda random, n: np.where(random.random(n) < 0.8, 0, random.lognormal(3, 1, n)),
    "one outlier": lambda random, n: np.append(random.uniform(1, 100, n - 1), 1e300),
    "neighbouring doubles": lambda random, n: np.nextafter(1.0, 2.0) + random.integers(0, 9, n) * np.spacing(1.0),
    "all magnitudes": lambda random, n: random.choice([-1, 1], n) * 10.0 ** random.uniform(-300, 300, n),
    "negative": lambda random, n: -random.lognormal(3, 1, n),
    "levels": lambda random, n: np.floor(random.uniform(-5, 5, n)),
}


def digests_by_key(draw, sizes, seed=3):
    """Digests of samples, the key of each digest, and every key's samples."""
    random = np.random.default_rng(seed)
    groups = [draw(random, int(n)) for n in sizes]
    keys = random.integers(0, 7, len(groups))
    return digests_of(groups), keys, groups


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("q", QUANTILES)
def test_narrowing_round_after_round_changes_no_answer(name, q, narrow_early):
    digests, keys, _ = digests_by_key(DISTRIBUTIONS[name], np.arange(1, 180, 3))

    column = quantile(digests, keys, 7, q)

    for key in range(7):
        members = digests.take(np.flatnonzero(keys == key))
        all_pairs = [pair for i in range(len(members)) for pair in pairs(members, i)]
        expected = reference.quantile(all_pairs, members.min.min(), members.max.max(), q)
        assert column[key] == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.lists(samples, max_size=30), min_size=1, max_size=8), st.randoms(), shares)
def test_the_order_of_digests_does_not_matter(groups, random, q):
    digests = digests_of(groups)
    order = list(range(len(groups)))
    random.shuffle(order)

    assert read(digests.take(order), q) == pytest.approx(read(digests, q), rel=0, abs=0, nan_ok=True)


def test_a_lone_centroid_stands_at_its_centre_rank():
    digests = spread([[(0.0, 1), (10.0, 9), (20.0, 1)]])

    assert read(digests, 0.5) == 10.0  # rank 5, the centre of ranks 1 to 9
    assert read(digests, 0.3) == 6.0  # rank 3 of the way from 0 to 5
    assert read(digests, 0.8) == 16.0


def test_centroids_of_equal_mean_are_flat_from_first_to_last_rank():
    digests = spread([[(0.0, 1), (10.0, 5)], [(10.0, 4), (20.0, 1)]])

    assert [read(digests, rank / 10) for rank in (1, 5, 9)] == [10.0, 10.0, 10.0]
    assert read(digests, 0.05) == 5.0


def test_the_ends_reach_out_to_the_exact_minimum_and_maximum():
    lone = spread([[(10.0, 5)]])
    digests = Digests(lone.count, lone.sum, np.array([2.0]), np.array([30.0]), lone.edges, lone.means, lone.weights)

    assert [read(digests, q) for q in (0, 0.25, 0.5, 0.75, 1)] == [2.0, 6.0, 10.0, 20.0, 30.0]


def test_means_outside_the_exact_minimum_and_maximum_are_clamped():
    lossy = spread([[(0.99, 1), (5.01, 1)]])
    digests = Digests(lossy.count, lossy.sum, np.array([1.0]), np.array([5.0]), lossy.edges, lossy.means, lossy.weights)

    assert (read(digests, 0), read(digests, 1)) == (1.0, 5.0)


def test_negative_zero_and_zero_are_one_run():
    digests = spread([[(-1.0, 1), (-0.0, 4)], [(0.0, 4), (1.0, 1)]])

    assert [read(digests, rank / 9) for rank in (1, 4, 8)] == [0.0, 0.0, 0.0]


def test_a_key_without_samples_reads_nan():
    digests = Digests.concatenate([digest_of([1.0]), Digests.empty(1)])

    column = quantile(digests, np.array([3, 1]), 5, 0.5)

    assert np.isnan(column[[0, 1, 2, 4]]).all()
    assert column[3] == 1.0


def test_many_keys_without_samples_cost_no_histogram():
    column = quantile(digest_of([1.0, 2.0]), np.array([1_500_000]), 2_000_000, 0.5)

    assert column[1_500_000] == 1.5


def test_no_digests_read_nan():
    assert np.isnan(quantile(Digests.empty(), np.empty(0, np.intp), 3, 0.5)).all()


def test_values_too_far_apart_to_subtract_read_as_the_far_one():
    assert read(digest_of([-1.7e308, 1.7e308]), 0.5) == 1.7e308


@pytest.mark.parametrize("q", [-0.1, 1.1, np.nan])
def test_a_quantile_outside_0_to_1_is_an_error(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(digest_of([1.0]), np.zeros(1, np.intp), 1, q)
