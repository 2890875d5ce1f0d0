import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import CARRY, HIGHEST, INTERPOLATE, LOWEST, SKIP, ZERO, FillPolicy, builtin
from aggregators.updaters import carry_previous, interpolate_linear, skip_missing, within_own_span, zero_missing

_ = np.nan
IRREGULAR = np.array([0, 10, 20, 60, 70])


def known(value):
    return not np.isnan(value)


def line(times, values, i):
    left = next((j for j in range(i, -1, -1) if known(values[j])), None)
    right = next((j for j in range(i, len(values)) if known(values[j])), None)
    if left is None or right is None:
        return _
    return values[left] + (times[i] - times[left]) * (values[right] - values[left]) / (times[right] - times[left])


PLAIN = {
    interpolate_linear: line,
    carry_previous: lambda times, values, i: next((v for v in reversed(values[: i + 1]) if known(v)), _),
    zero_missing: lambda times, values, i: 0.0,
    skip_missing: lambda times, values, i: _,
}
"""Every fill at one missing slot, point by point."""


columns = st.integers(0, 9).flatmap(
    lambda slots: st.tuples(
        st.lists(st.integers(1, 1000), min_size=slots, max_size=slots).map(np.cumsum),
        st.lists(
            st.lists(st.just(_) | st.floats(-1e6, 1e6), min_size=slots, max_size=slots), min_size=1, max_size=4
        ).map(lambda rows: np.array(rows, np.float64).reshape(len(rows), slots)),
    )
)


@pytest.mark.parametrize("fill", PLAIN, ids=lambda fill: fill.__name__)
@given(grid=columns)
def test_fills_do_to_a_matrix_what_they_do_point_by_point(fill, grid):
    times, matrix = grid
    untouched = matrix.copy()

    filled = fill(times, matrix)

    for row, values in zip(filled, matrix.tolist(), strict=True):
        expected = [v if known(v) else PLAIN[fill](times.tolist(), values, i) for i, v in enumerate(values)]
        assert row.tolist() == pytest.approx(expected, nan_ok=True)
        assert fill(times, np.array(values)).tolist() == pytest.approx(expected, nan_ok=True)
    assert np.array_equal(matrix, untouched, equal_nan=True)


CHOICES = (INTERPOLATE, ZERO, SKIP, CARRY, HIGHEST, LOWEST)

TABLE = [
    (INTERPOLATE, FillPolicy.NONE, [_, 1, 2, 6, _]),
    (ZERO, FillPolicy.NONE, [_, 1, 0, 6, _]),
    (SKIP, FillPolicy.NONE, [_, 1, _, 6, _]),
    (CARRY, FillPolicy.NONE, [_, 1, 1, 6, _]),
    (HIGHEST, FillPolicy.NONE, [_, 1, sys.float_info.max, 6, _]),
    (LOWEST, FillPolicy.NONE, [_, 1, -sys.float_info.max, 6, _]),
    *[(choice, FillPolicy.NAN, [_, 1, _, 6, _]) for choice in CHOICES],
    *[(choice, FillPolicy.NULL, [_, 1, _, 6, _]) for choice in CHOICES],
    *[(choice, FillPolicy.ZERO, [0, 1, 0, 6, 0]) for choice in CHOICES],
]


@pytest.mark.parametrize("choice, policy, expected", TABLE, ids=lambda value: getattr(value, "name", ""))
def test_what_a_gap_means_under_each_policy(choice, policy, expected):
    filled = choice[policy](IRREGULAR, np.array([_, 1, _, 6, _]))

    assert np.array_equal(filled, expected, equal_nan=True)


def test_a_full_column_is_given_back_as_it_is():
    column = np.arange(5.0)

    assert all(fill(IRREGULAR, column) is column for fill in (*PLAIN, within_own_span(zero_missing)))


def test_the_values_of_policies_are_the_words_of_queries():
    assert [FillPolicy(word).name for word in ("none", "nan", "null", "zero")] == ["NONE", "NAN", "NULL", "ZERO"]


RULES = {
    ZERO: {"count", "zimsum", "squareSum", "first", "last", "none"},
    HIGHEST: {"mimmin"},
    LOWEST: {"mimmax"},
    CARRY: {"pfsum"},
}


def test_the_rules_of_the_built_in_aggregators():
    for aggregator in builtin():
        expected = next((rule for rule, names in RULES.items() if aggregator.name in names), INTERPOLATE)
        assert aggregator.updaters is expected, aggregator.name


def test_count_alone_has_a_rule_of_its_own_when_it_downsamples():
    assert [a.name for a in builtin() if a.own_rule is not None] == ["count"]
