"""The answer's body, against the dictionary it stands for."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Downsample, Query, Shown, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.wire.results.query_result import render

SHOWN = {FillPolicy.NONE: "NaN", FillPolicy.NAN: "NaN", FillPolicy.NULL: None, FillPolicy.ZERO: 0.0}


def result(points, fill=FillPolicy.NONE):
    times, values = (np.array(column) for column in zip(*points, strict=True)) if points else (np.empty(0), np.empty(0))
    sub_query = SubQuery("sum", "m", Downsample(10_000, "sum", fill))
    return ResultSeries("m", {"k": '"v"', "%": "100%b"}, ["a"], times.astype(np.int64), values.astype(float), sub_query)


def rendered(*results, **options):
    return json.loads(render(results, Query(TimeSpan(0, 1), [], Shown(**options))))


@pytest.mark.parametrize("fill", FillPolicy)
def test_a_gap_is_printed_as_the_policy_says(fill):
    (answer,) = rendered(result([(1000, 1.5), (2000, np.nan)], fill))

    tags = {"k": '"v"', "%": "100%b"}
    assert answer == {"metric": "m", "tags": tags, "aggregateTags": ["a"], "dps": {"1": 1.5, "2": SHOWN[fill]}}


def test_results_of_different_times_do_not_share_a_template():
    answers = rendered(result([(1000, 1)]), result([(2000, 2), (3000, 3)]), result([]), result([(1000, 4)]))

    assert [answer["dps"] for answer in answers] == [{"1": 1}, {"2": 2, "3": 3}, {}, {"1": 4}]


@pytest.mark.parametrize("arrays", [False, True])
def test_results_that_share_their_times(arrays):
    times = np.arange(0, 5_000_000, 500)  # two in each second, of which the second stays
    values = np.arange(8.0 * len(times)).reshape(8, -1)
    fills = [FillPolicy.NONE] * 5 + [FillPolicy.NULL] * 3
    subs = [SubQuery("sum", "m", Downsample(500, "sum", fill)) for fill in fills]
    shared = [ResultSeries("m", {}, [], times, values[i], sub) for i, sub in enumerate(subs)]

    answers = rendered(*shared, arrays=arrays)
    points = [dict(answer["dps"]) if arrays else answer["dps"] for answer in answers]
    assert [list(column.values()) for column in points] == values[:, 1::2].tolist()
    assert [int(time) for time in points[7]] == list(range(5_000))


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_an_infinity_fails_the_query_and_names_the_metric(infinity):
    with pytest.raises(BadQuery, match="Got Infinity: a value of metric 'm' at 2000 ms"):
        rendered(result([(1000, np.nan), (2000, infinity)]))


points = st.lists(
    st.tuples(st.integers(-(10**12), 10**13), st.floats(allow_infinity=False)), unique_by=lambda point: point[0]
).map(sorted)


@given(st.lists(points, max_size=4), st.booleans(), st.booleans(), st.sampled_from(FillPolicy))
def test_it_reads_back_as_the_points(columns, ms, arrays, fill):
    answers = rendered(*(result(column, fill) for column in columns), ms_resolution=ms, arrays=arrays)

    for answer, column in zip(answers, columns, strict=True):
        kept = {time if ms else time // 1000: SHOWN[fill] if np.isnan(value) else value for time, value in column}
        assert answer["dps"] == ([list(p) for p in kept.items()] if arrays else {str(t): v for t, v in kept.items()})
