"""Near gaps: the value of a percentile is bounded as well as its rank, and digests stay small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import cdf, compress, fold, quantile
from tests.aggregators.digest import reference
from tests.aggregators.digest_columns import digest_of, digests_of, one_key, pairs, spread
from tests.bench.families import FAMILIES, NAMED, POINTS, measure

MAX_VALUE_ERROR = 0.03


def read(digests, q):
    return quantile(digests, one_key(digests), 1, q)[0]


def one(values):
    return fold(np.zeros(len(values), np.intp), values, 1)


def together(values, parts=6):
    return fold(np.arange(len(values)) % parts, values, parts)


def merged(values):
    digests = together(values)
    return compress(digests, one_key(digests), 1)


@pytest.mark.parametrize("build", [one, together, merged], ids=lambda build: build.__name__)
@pytest.mark.parametrize("size", [300, 600, 1000, 3000])
@pytest.mark.parametrize("name", FAMILIES)
def test_named_percentiles_are_near_in_rank_and_in_value(name, size, build):
    for seed in range(3):
        values = FAMILIES[name](np.random.default_rng([seed, size, 7]), size)
        digests = build(values)

        off = measure(np.array([read(digests, q) for q in NAMED]), np.sort(values))

        assert off.rank.max() <= POINTS
        assert np.where(off.excused, 0, off.value).max() <= MAX_VALUE_ERROR


@pytest.mark.parametrize("sign", [1, -1], ids=["positive", "negative"])
@pytest.mark.parametrize("fast", [949, 950, 951, 952])
@pytest.mark.parametrize("offset", [0.0, 150.0], ids=["far from zero", "around zero"])
def test_p95_at_the_edge_between_two_modes_is_a_sample(sign, fast, offset):
    random = np.random.default_rng(fast)
    values = sign * (np.append(random.uniform(20, 40, fast), random.uniform(280, 320, 1000 - fast)) - offset)
    ordered = np.sort(values)
    digest = digest_of(values)
    q = (fast if sign > 0 else 1000 - fast) / 999

    # The edges of the gap stand at their own ranks, so that one step leads across.
    below, above = ordered[np.searchsorted(ordered, sign * (150 - offset)) + np.array([-1, 0])]
    rank = int(np.searchsorted(ordered, above))
    assert read(digest, (rank - 1) / 999) == pytest.approx(below, rel=1e-12)
    assert read(digest, rank / 999) == pytest.approx(above, rel=1e-12)
    assert read(digest, q) == pytest.approx(np.quantile(values, q), rel=0.03)
    assert cdf(digest, one_key(digest), 1, (below + above) / 2)[0] == rank / 1000


def test_samples_on_both_sides_of_a_gap_stay_single():
    digest = digest_of(np.append(np.linspace(10, 11, 400), np.linspace(20, 22, 400)))

    assert (11.0, 1) in pairs(digest)
    assert (20.0, 1) in pairs(digest)


def test_a_gap_of_less_than_three_percent_is_none():
    step = 1.0309
    digest = digest_of(np.append(np.linspace(100, 101, 400), np.linspace(101 * step, 102 * step, 400)))

    assert (101.0, 1) not in pairs(digest)


def test_near_zero_a_gap_is_relative_to_the_middle_half():
    """Else all neighbours of zero would be far apart, and other gaps would have to give way."""
    values = np.random.default_rng(1).normal(0, 1, 20_000)

    assert len(pairs(digest_of(values, 200))) < 400


def test_unequal_gaps_of_too_many_the_largest_stay():
    """300 pairs of samples, the two of a pair 4 % apart; ten wide gaps between them."""
    values, start = [], 1000.0
    for i in range(300):
        start *= 2 if i % 30 == 29 else 1.05
        values += [start, start * 1.04]

    digest = digest_of(values, 50)

    ordered = np.sort(values)
    assert len(pairs(digest)) <= 2 * 50 + 13
    middle = np.subtract(*np.quantile(ordered, [0.75, 0.25]))
    wide = np.flatnonzero(np.diff(ordered) / np.maximum(ordered[1:], middle) > 0.4)
    assert len(wide) >= 3
    for i in wide.tolist():
        assert read(digest, i / 599) == pytest.approx(ordered[i], rel=1e-9)
        assert read(digest, (i + 1) / 599) == pytest.approx(ordered[i + 1], rel=1e-9)


@given(
    st.lists(
        st.tuples(st.floats(-1e4, 1e4), st.sampled_from([0.0, 1e-3, 1, 50]), st.integers(1, 300), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 2**32),
    st.sampled_from([20, 50]),
)
def test_mixtures_are_what_plain_python_makes_of_them(modes, seed, delta):
    random = np.random.default_rng(seed)
    drawn = [(random.normal(centre, deviation, n), whole) for centre, deviation, n, whole in modes]
    values = random.permutation(np.concatenate([np.round(v) if whole else v for v, whole in drawn])) + 0.0

    digest = digest_of(values, delta)

    assert pairs(digest) == reference.folded(values.tolist(), delta)
    halves = digests_of([values[::2], values[1::2]], delta)
    union = pairs(halves, 0) + pairs(halves, 1)
    assert pairs(compress(halves, one_key(halves), 1, delta)) == reference.compressed(union, delta)


extreme = st.sampled_from([5e-324, -5e-324, 2.3e-308, 1.7e308, -1.7e308, 1.0, -1.0, 0.0]) | st.floats(
    allow_nan=False, allow_infinity=False
)


@given(st.lists(extreme, min_size=1, max_size=150))
def test_any_finite_values_are_what_plain_python_makes_of_them(values):
    with np.errstate(over="ignore", invalid="ignore"):  # the sum of all may be beyond float64
        digest = digest_of(values, 20)

    assert pairs(digest) == reference.folded(values, 20)
    assert np.isfinite(digest.means).all()
    assert (digest.means[1:] >= digest.means[:-1]).all()


@given(st.integers(1, 12), st.integers(0, 2**32), st.sampled_from(list(FAMILIES)))
def test_digests_stay_within_their_size(parts, seed, name):
    delta = 50
    values = FAMILIES[name](np.random.default_rng(seed), 300 * parts)
    digests = fold(np.arange(len(values)) % parts, values, parts, delta)
    whole = compress(digests, one_key(digests), 1, delta)

    assert max(np.diff(digests.edges).max(), len(whole.means)) <= 3 * delta
    if not name.startswith("discrete"):
        assert max(np.diff(digests.edges).max(), len(whole.means)) <= 2.25 * delta


@pytest.mark.parametrize("name", FAMILIES)
def test_twice_the_compression_of_distinct_samples_is_exact(name):
    values = FAMILIES[name](np.random.default_rng(3), 400)
    digest = one(values)

    for q in NAMED:
        assert read(digest, q) == pytest.approx(np.quantile(values, q), rel=1e-12)


def test_one_centroid_and_a_lone_run_are_left_alone():
    heavy = spread([[(1.0, 5)], [(1.0, 5)], [(2.0, 2**20)]])

    assert pairs(compress(heavy, one_key(heavy), 1, 20)) == [(1.0, 1), (1.0, 8), (1.0, 1), (2.0, 2**20)]
