"""gexp's functions against plain Python, a point at a time."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Shown, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.expressions.gexp import moving_average
from tsdbserver.query.expressions.gexp.functions import FUNCTIONS
from tsdbserver.query.expressions.series import Scope

NAN = math.nan
SCOPE = Scope(TimeSpan(0, 10**12), 1_000_000, Shown())
MINUTE = 60_000


def series(points, **tags):
    """A result of (time, value) pairs."""
    times, values = np.array([t for t, _ in points], np.int64), np.array([v for _, v in points], np.float64)
    return ResultSeries("m", tags, [], times, values, SubQuery("sum", "m"))


def minutely(*values, **tags):
    return series([(MINUTE * i, value) for i, value in enumerate(values)], **tags)


def run(function, *operands, literals=(), scope=SCOPE):
    return FUNCTIONS[function].run(operands, literals, scope)


def values(results):
    return [result.values.tolist() for result in results]


def mean_of_points(points, size):
    known, means = [], []
    for _, value in points:
        known += [] if math.isnan(value) else [value]
        means.append(math.fsum(known[-size:]) / size if len(known) >= size else 0.0)
    return means


def mean_of_time(points, width):
    means = []
    for i, (now, _) in enumerate(points):
        inside = [v for t, v in points[: i + 1] if t > now - width and not math.isnan(v)]
        means.append(math.fsum(inside) / len(inside) if now - points[0][0] >= width and inside else 0.0)
    return means


POINTS = st.lists(st.tuples(st.integers(1, 90_000), st.just(NAN) | st.floats(-1e6, 1e6)), min_size=1, max_size=40).map(
    lambda gaps: [(sum(gap for gap, _ in gaps[: i + 1]), value) for i, (_, value) in enumerate(gaps)]
)


@given(POINTS, st.integers(1, 45))
def test_moving_average_of_points(points, size):
    (result,) = run("movingAverage", [series(points)], literals=[str(size)])

    assert result.values.tolist() == pytest.approx(mean_of_points(points, size), rel=1e-9, abs=1e-9)


@given(POINTS, st.integers(1, 600))
def test_moving_average_of_time(points, seconds):
    (result,) = run("movingAverage", [series(points)], literals=[f"'{seconds}sec'"])

    assert result.values.tolist() == pytest.approx(mean_of_time(points, seconds * 1000), rel=1e-9, abs=1e-9)


@given(
    st.lists(st.lists(st.just(NAN) | st.floats(-9, 9), min_size=4, max_size=4), min_size=1, max_size=6),
    st.sampled_from(["1", "2", "3", "'1min'", "'2min'"]),
    st.integers(1, 9),
)
def test_averages_of_many_are_those_of_each(rows, window, cells):
    times = minutely(0, 0, 0, 0).times
    shared = [replace(minutely(*row), times=times) for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving_average, "_CELLS", cells)
        together = run("movingAverage", shared, literals=[window])
    alone = [run("movingAverage", [minutely(*row)], literals=[window])[0] for row in rows]

    assert values(together) == values(alone)


def test_a_spike_leaves_no_trace_behind_its_window():
    (result,) = run("movingAverage", [minutely(1e18, 0.1, 0.1, 0.1)], literals=["2"])

    assert result.values[2:].tolist() == [0.1, 0.1]


@pytest.mark.parametrize("window, means", [("2", [0, 0, 2.5, 3.5]), ("'2min'", [0, 0, 0, 3.5])])
def test_moving_average_begins_with_the_span(window, means):
    late = replace(SCOPE, span=TimeSpan(MINUTE, 10**12))
    (result,) = run("movingAverage", [minutely(1, 2, 3, 4)], literals=[window], scope=late)

    assert result.values.tolist() == means


@given(POINTS.filter(lambda points: not any(math.isnan(value) for _, value in points)))
def test_first_difference(points):
    (result,) = run("firstDiff", [series(points)])

    assert result.values.tolist() == [0.0] + [b - a for (_, a), (_, b) in pairwise(points)]


def test_scale_and_absolute_leave_gaps_alone():
    (result,) = run("absolute", run("scale", [minutely(1, NAN, 3)], literals=["-1.5"]))

    assert result.values.tolist() == pytest.approx([1.5, NAN, 4.5], nan_ok=True)


def test_highest_looks_at_the_span_and_puts_the_highest_first():
    low, high, empty = minutely(9, 1, 2, h="low"), minutely(0, 5, 1, h="high"), minutely(NAN, NAN, NAN, h="empty")
    late = replace(SCOPE, span=TimeSpan(MINUTE, 10**12))

    def hosts(function, count):
        return [r.tags["h"] for r in run(function, [empty, low, high], literals=[count], scope=late)]

    assert hosts("highestMax", "1") == ["high"]
    assert hosts("highestMax", "9") == ["high", "low", "empty"]
    assert hosts("highestCurrent", "2") == ["low", "high"]


def current(*operands, count="9", span=SCOPE.span):
    return [one.tags["h"] for one in run("highestCurrent", operands, literals=[count], scope=replace(SCOPE, span=span))]


def test_a_series_that_has_ended_has_no_current_value():
    assert current(minutely(1, 2, 3, 4, 5, h="goes on"), minutely(10, 11, 12, h="ended"), count="1") == ["goes on"]
    assert current(minutely(10, 11, 12, h="ended"), minutely(-5, -4, -3, -2, h="goes on")) == ["goes on", "ended"]


def test_a_current_value_lies_between_neighbouring_points():
    sparse, steady = series([(0, 0), (4 * MINUTE, 40)], h="sparse"), minutely(*[29] * 4, h="steady")

    assert current(sparse, steady, span=TimeSpan(0, 3 * MINUTE)) == ["sparse", "steady"]
    assert current(sparse, steady, span=TimeSpan(0, 2 * MINUTE)) == ["steady", "sparse"]


def test_gaps_at_the_end_of_a_span_are_no_points():
    assert current(minutely(1, 2, NAN, h="low"), minutely(7, 8, NAN, h="high")) == ["high", "low"]
    assert current(minutely(1, 2, 3, h="low"), minutely(7, 8, NAN, h="gap"), minutely(9, NAN, 9, h="hole")) == [
        "hole",
        "low",
        "gap",
    ]


def test_points_outside_of_the_span_alone_are_no_current_value():
    span = TimeSpan(MINUTE, 2 * MINUTE)
    before, after, both = series([(0, 9)], h="before"), series([(180_000, 9)], h="after"), minutely(9, h="both")
    inside = series([(MINUTE, -1e300), (2 * MINUTE, -1e308)], h="inside")

    assert current(before, after, inside, both, span=span) == ["inside", "before", "after", "both"]
    assert current(before, after, span=span) == ["before", "after"]


def test_equal_current_values_stay_in_their_order():
    assert current(minutely(5, h="a"), minutely(6, h="b"), minutely(5, h="c"), count="2") == ["b", "a"]


def naive_current(points, latest):
    known = [(time, value) for time, value in points if not math.isnan(value)]
    for (t0, v0), (t1, v1) in pairwise([*known, *known[-1:]]):
        if t0 <= latest <= t1:
            return v0 if t0 == t1 else v0 + (v1 - v0) * (latest - t0) / (t1 - t0)
    return -math.inf


@given(st.lists(POINTS, min_size=1, max_size=5), st.integers(1, 9))
def test_highest_current_of_any_series(many, count):
    latest = max((t for points in many for t, v in points if not math.isnan(v)), default=0)
    heights = [naive_current(points, latest) for points in many]
    chosen = run("highestCurrent", [series(points, i=str(i)) for i, points in enumerate(many)], literals=[str(count)])
    shown = [heights[int(one.tags["i"])] for one in chosen]

    assert shown == pytest.approx(sorted(heights, reverse=True)[:count])


def test_equal_heights_stay_in_their_order():
    results = run("highestMax", [minutely(1, h="a"), minutely(1, h="b")], [minutely(1, h="c")], literals=["3"])

    assert [result.tags["h"] for result in results] == ["a", "b", "c"]


def test_alias_names_and_takes_the_tags():
    (result,) = run("alias", [minutely(-1, host="web01", hostname="x")], literals=["cpu_@host", "@hostname/@none"])

    assert (result.metric, result.tags, result.values.tolist()) == ("cpu_web01,x/@none", {}, [-1.0])


def test_shift_moves_times_forward():
    (result,) = run("shift", [minutely(1, 2)], literals=["'2min'"])

    assert (result.times // MINUTE).tolist() == [2, 3]
    assert FUNCTIONS["timeShift"].earlier(["'2weeks'"]) == 14 * 86_400_000


OPERATIONS = {
    "sum": lambda a, b: a + b,
    "diffSeries": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divideSeries": lambda a, b: a / b if b else 0.0,
}
HOSTS = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(-3, 3) | st.just(NAN), min_size=3, max_size=3))


@given(st.sampled_from(list(OPERATIONS)), st.lists(HOSTS, min_size=2, max_size=4))
def test_operations_join_by_tags_and_count_what_is_missing_as_0(name, operands):
    def at(operand, host, i):
        value = operand.get(host, [0, 0, 0])[i]
        return 0 if math.isnan(value) else value

    expected: dict[str, list[float]] = {}
    for host in dict.fromkeys(host for operand in operands for host in operand):
        rows = [[at(operand, host, i) for operand in operands] for i in range(3)]
        expected[host] = []
        for first, *others in rows:
            for other in others:
                first = OPERATIONS[name](first, other)  # noqa: PLW2901
            expected[host].append(first)

    results = run(name, *([minutely(*column, h=host) for host, column in operand.items()] for operand in operands))

    hosts = list(expected)
    assert values(results) == [pytest.approx(expected[host]) for host in hosts]
    assert [result.tags for result in results] == [{"h": host} if host in operands[0] else {} for host in hosts]


def test_series_that_meet_must_have_points_at_the_same_times():
    with pytest.raises(BadQuery) as refused:
        run("sum", [minutely(1, 2, h="a")], [minutely(1, 2, 3, h="a")])

    assert refused.value.message == "No more elements"
    assert values(run("sum", [minutely(1, 2, h="a")], [minutely(1, 2, 3, h="b")])) == [[1, 2], [1, 2, 3]]


REFUSED = {
    ("scale",): "Missing scaling factor",
    ("scale", "1e3"): "Unparseable scale factor value: 0.0",
    ("scale", "1-2"): "Invalid parameter, must be an integer or floating point",
    ("movingAverage",): "Missing moving average window size",
    ("movingAverage", "0"): "Moving average window must be an integer greater than zero",
    ("movingAverage", "'0min'"): "Moving average window must be an integer greater than zero",
    ("movingAverage", "5min"): "Unparseable window size: 5min",
    ("movingAverage", "'min'"): "Invalid moving window parameter: 'min'",
    ("movingAverage", "'5wk'"): "Unknown time unit=wk in window='5wk'",
    ("movingAverage", "9" * 30): "Invalid parameter, must be an integer",
    ("movingAverage", "'" + "9" * 30 + "d'"): "Invalid moving window parameter: '" + "9" * 30 + "d'",
    ("highestMax",): "Need aggregation window for moving average",
    ("highestMax", "x"): "Unparseable top n value: x",
    ("highestCurrent", "0"): "Top n value must be greater than zero: 0",
    ("highestCurrent", "9" * 30): "Invalid parameter, must be an integer",
    ("shift",): "Need amount of timeshift to perform timeshift",
    ("shift", "10min"): "Invalid timeshift parameter: eg '10min'",
    ("shift", "'10years'"): "unknown time unit=years",
    ("shift", "'0sec'"): "timeshift <= 0",
    ("sum",): "Must have 2 to 26 series, got 1 instead",
}


@pytest.mark.parametrize("call, message", REFUSED.items())
def test_arguments_that_a_function_does_not_take(call, message):
    function, *literals = call
    with pytest.raises(BadQuery) as refused:
        run(function, [minutely(1)], literals=literals)

    assert refused.value.message == message


def test_more_cells_than_may_be_laid_out_are_refused():
    with pytest.raises(BadQuery, match="max-cells"):
        run("sum", [minutely(1, 2, 3)], [minutely(1, 2, 3)], scope=replace(SCOPE, most_cells=5))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_takes_nothing_for_nothing(name):
    literals = {"movingAverage": ["2"], "scale": ["2"], "shift": ["'1min'"], "timeShift": ["'1min'"]}
    count = {"highestMax": ["2"], "highestCurrent": ["2"]}

    assert not run(name, [], [], literals={**literals, **count}.get(name, ()))
