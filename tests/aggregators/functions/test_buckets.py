"""Buckets hold every sample once, whatever the values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import builtin, fold
from aggregators.functions.buckets import bucket_bounds

BOUNDS = {
    "both within a decade": (1.5, 30, 1.5, [2, 5, 10, 20, 50]),
    "on the bounds": (1, 10, 1, [1, 2, 5, 10]),
    "one value": (3, 3, 3, [5]),
    "nothing positive": (-5, 0, 0, [0]),
    "zeros among them": (0, 20, 3, [0, 5, 10, 20]),
    "zeros and one value": (0, 2, 2, [0, 2]),
    "many decades": (0, 2, 1e-9, [0, *(step * 10.0**power for power in range(-5, 0) for step in (1, 2, 5)), 1, 2]),
    "a fraction": (0.03, 0.07, 0.03, [0.05, 0.1]),
    "no samples": (np.inf, -np.inf, -np.inf, [0]),
}


@pytest.mark.parametrize("low, high, positive, bounds", BOUNDS.values(), ids=BOUNDS.keys())
def test_bounds(low, high, positive, bounds):
    assert bucket_bounds(low, high, positive).tolist() == pytest.approx(bounds, rel=1e-12, abs=0)


values = st.one_of(st.floats(-1e9, 1e9), st.integers(0, 50).map(float), st.just(0.0))


@given(st.lists(st.tuples(st.integers(0, 3), values), max_size=60))
def test_every_sample_is_in_its_bucket(samples):
    keys = np.array([key for key, _ in samples], np.intp)
    digests = fold(keys, np.array([value for _, value in samples]), 4)
    of_samples = builtin()["buckets"].buckets
    assert of_samples is not None
    bounds, counts = of_samples(digests, np.arange(4), 4)

    assert (np.diff(bounds) > 0).all()
    if any(value > 0 for _, value in samples):
        assert np.nansum(counts[bounds > 0][0]) > 0  # no empty rows below the smallest positive sample
    for key in range(4):
        own = [value for other, value in samples if other == key]
        expected = (
            np.bincount(np.searchsorted(bounds, own), minlength=len(bounds)) if own else np.full(len(bounds), np.nan)
        )
        np.testing.assert_array_equal(counts[:, key], expected)
