"""Rates against a walk from point to point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.query import Rate
from tsdbserver.query.execution.rate import rates

TIMES = np.array([0, 10_000, 20_000, 40_000, 50_000])
NAN = np.nan

CASES = {
    "a change per second, at the later point": (Rate(), [0, 10, 30, 30, 0], [NAN, 1, 2, 0, -3]),
    "a gap is passed over": (Rate(), [0, NAN, 30, NAN, 0], [NAN, NAN, 1.5, NAN, -1]),
    "a counter that falls has wrapped": (
        Rate(counter=True, counter_max=100), [90, 10, 20, NAN, 5], [NAN, 2, 1, NAN, 85 / 30],
    ),
    "a high rate across a wrap is a restart": (
        Rate(counter=True, counter_max=100, reset_value=1), [90, 10, 90, NAN, 91], [NAN, 0, 8, NAN, 1 / 30],
    ),
    "a dropped reset is the new beginning": (
        Rate(counter=True, drop_resets=True), [90, 10, 20, NAN, 50], [NAN, NAN, 1, NAN, 1],
    ),
    "a reset value without a counter means nothing": (Rate(reset_value=1), [0, 100, 0, 0, 0], [NAN, 10, -10, 0, 0]),
    "one point has no rate": (Rate(), [NAN, 5, NAN, NAN, NAN], [NAN] * 5),
}  # fmt: skip


@pytest.mark.parametrize("options, values, expected", CASES.values(), ids=CASES.keys())
def test_rates(options, values, expected):
    got = rates(TIMES, np.array([values], float), options, across_gaps=True)

    np.testing.assert_allclose(got, [expected])


def test_a_gap_that_is_filled_with_nan_takes_the_next_rate_with_it():
    got = rates(TIMES, np.array([0.0, NAN, 30, 30, 0]), Rate(), across_gaps=False)

    np.testing.assert_array_equal(got, [NAN, NAN, NAN, 0, -3])


values = st.one_of(st.just(NAN), st.integers(0, 100).map(float))


def walked(column, options):
    """The rates of one series, point by point."""
    result, last = [NAN] * len(column), None
    for i, value in enumerate(column):
        if np.isnan(value):
            continue
        if last is not None:
            seconds = (TIMES[i] - TIMES[last]) / 1000
            rate = (value - column[last]) / seconds
            if options.counter and value < column[last]:
                rate = (options.counter_max - column[last] + value) / seconds
                rate = 0 if 0 < options.reset_value < rate else rate
                rate = NAN if options.drop_resets else rate
            result[i] = rate
        last = i
    return result


@given(
    st.lists(st.lists(values, min_size=5, max_size=5), min_size=1, max_size=4),
    st.builds(Rate, st.booleans(), st.integers(1, 200), st.integers(0, 20), st.booleans()),
)
def test_it_agrees_with_a_walk(matrix, options):
    got = rates(TIMES, np.array(matrix), options, across_gaps=True)

    np.testing.assert_allclose(got, [walked(column, options) for column in matrix])
