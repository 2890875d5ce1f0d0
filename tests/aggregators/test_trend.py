"""The predicting fill against a walk from slot to slot."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregators import FillPolicy
from aggregators.trend import TREND, follow_trend

NAN = np.nan
TIMES = np.array([0, 10, 20, 40, 50, 60])


def test_the_line_of_the_last_two_values_goes_on():
    column = np.array([[NAN, 1, 2, NAN, NAN, 9], [5, NAN, 5, NAN, 7, NAN], [NAN, 3, NAN, NAN, NAN, NAN]])

    np.testing.assert_allclose(
        follow_trend(TIMES, column),
        [[NAN, 1, 2, 4, 5, 9], [5, NAN, 5, 5, 7, 7 + 10 * 2 / 30], [NAN, 3, NAN, NAN, NAN, NAN]],
    )


def test_the_other_policies_predict_nothing():
    column = np.array([1.0, 2, NAN, NAN, NAN, NAN])

    np.testing.assert_array_equal(TREND[FillPolicy.NAN](TIMES, column), column)
    np.testing.assert_array_equal(TREND[FillPolicy.ZERO](TIMES, column), [1, 2, 0, 0, 0, 0])


def walked(column):
    filled, known = list(column), []
    for i, value in enumerate(column):
        if not np.isnan(value):
            known.append(i)
        elif len(known) >= 2:
            left, right = known[-2:]
            slope = (column[right] - column[left]) / (TIMES[right] - TIMES[left])
            filled[i] = column[right] + (TIMES[i] - TIMES[right]) * slope
    return filled


values = st.one_of(st.just(NAN), st.integers(-50, 50).map(float))


@given(st.lists(st.lists(values, min_size=6, max_size=6), min_size=1, max_size=4))
def test_it_agrees_with_a_walk(matrix):
    got = follow_trend(TIMES, np.array(matrix))

    np.testing.assert_allclose(got, [walked(column) for column in matrix], atol=1e-9)
