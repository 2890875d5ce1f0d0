"""The ring of numbers against a dict that keeps everything and is cut to the ring's length when asked."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregators import builtin
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.numbers.ring import NumberRing

EVERYTHING = TimeSpan(-(1 << 60), 1 << 60)
CAPACITY = 20


def write(ring, points, **more):
    rows, times, values = (np.array(column) for column in zip(*points, strict=True))
    fields = {"value": values.astype(float), **{name: np.array(column, float) for name, column in more.items()}}
    return ring.write(rows.astype(np.intp), times.astype(np.int64), fields)


def downsample(ring, rows, edges, into):
    for runs in ring.downsample(rows, edges, into, "value"):
        into.add_runs(*runs)


def read(ring, row, span=EVERYTHING, field="value"):
    columns = ring.read(np.array([row]), span, field)
    return list(zip(columns.times.tolist(), columns.values.tolist(), strict=True))


def test_points_come_back_in_time_order():
    ring = NumberRing(MetricKind.POINT, 100)
    write(ring, [(0, 30, 3.0), (0, 10, 1.0), (1, 20, 9.0), (0, 20, 2.0)])

    assert read(ring, 0) == [(10, 1.0), (20, 2.0), (30, 3.0)]
    assert read(ring, 1) == [(20, 9.0)]


def test_a_span_holds_both_its_ends():
    ring = NumberRing(MetricKind.POINT, 100)
    write(ring, [(0, time, float(time)) for time in range(10)])

    assert [time for time, _ in read(ring, 0, TimeSpan(3, 5))] == [3, 4, 5]


def test_a_later_value_for_the_same_time_replaces_the_earlier():
    ring = NumberRing(MetricKind.POINT, 100)
    write(ring, [(0, 10, 1.0), (0, 20, 2.0)])
    write(ring, [(0, 10, 5.0), (0, 20, 6.0)])

    assert read(ring, 0) == [(10, 5.0), (20, 6.0)]


def test_a_full_ring_overwrites_its_oldest_points_and_counts_them():
    ring = NumberRing(MetricKind.POINT, 5)
    write(ring, [(0, time, float(time)) for time in range(4)])
    write(ring, [(0, time, float(time)) for time in range(4, 12)])

    assert [time for time, _ in read(ring, 0)] == [7, 8, 9, 10, 11]
    assert ring.overwritten == 7


def test_a_point_older_than_a_full_ring_is_refused():
    ring = NumberRing(MetricKind.POINT, 3)
    write(ring, [(0, time, 0.0) for time in (10, 20, 30)])

    assert write(ring, [(0, 5, 1.0), (1, 5, 1.0)]).tolist() == [True, False]
    assert [time for time, _ in read(ring, 0)] == [10, 20, 30]


def test_a_late_point_finds_its_place_in_a_ring_that_has_wrapped():
    ring = NumberRing(MetricKind.POINT, 4)
    write(ring, [(0, time, float(time)) for time in (10, 20, 30, 40, 50)])
    write(ring, [(0, 35, 35.0)])

    assert read(ring, 0) == [(30, 30.0), (35, 35.0), (40, 40.0), (50, 50.0)]


def test_counters_of_one_interval_add_up():
    ring = NumberRing(MetricKind.COUNTER, 100)
    write(ring, [(0, 10, 5.0), (0, 20, 1.0)], count=[2, 1], rate=[0.5, 0.1])
    write(ring, [(0, 20, 3.0), (0, 10, 1.0)], count=[3, 1], rate=[0.3, 0.1])

    assert read(ring, 0) == [(10, 6.0), (20, 4.0)]
    assert read(ring, 0, field="count") == [(10, 3.0), (20, 4.0)]


def gauge(ring, time, last, at, low, high, total, n):
    write(ring, [(0, time, last)], at=[at], min=[low], max=[high], sum=[total], count=[n])


def test_the_last_of_a_gauge_is_the_last_by_its_own_time():
    ring = NumberRing(MetricKind.GAUGE, 100)
    gauge(ring, 10, last=7, at=18, low=1, high=9, total=20, n=4)
    gauge(ring, 10, last=3, at=12, low=0, high=3, total=3, n=2)  # a late supplement of the same interval

    fields = {name: read(ring, 0, field=name) for name in ("value", "at", "min", "max", "sum", "count")}
    assert fields == {
        "value": [(10, 7.0)],
        "at": [(10, 18.0)],
        "min": [(10, 0.0)],
        "max": [(10, 9.0)],
        "sum": [(10, 23.0)],
        "count": [(10, 6.0)],
    }


rows_and_times = st.tuples(
    st.integers(0, 3), st.one_of(st.integers(0, 60), st.integers(0, 12).map((5).__mul__)), st.integers(-9, 9)
)


@settings(deadline=None)
@given(st.lists(st.lists(rows_and_times, min_size=1, max_size=12), max_size=12))
def test_the_ring_agrees_with_a_dict(writes):
    ring = NumberRing(MetricKind.POINT, CAPACITY)
    model: dict[int, dict[int, float]] = {}
    for points in writes:
        write(ring, points)
        for row, time, value in points:
            model.setdefault(row, {})[time] = float(value)
        for row, kept in model.items():
            model[row] = dict(sorted(kept.items())[-CAPACITY:])

    for row in range(4):
        if model.get(row):
            assert read(ring, row) == sorted(model[row].items())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=60))
def test_nothing_that_a_counter_counts_is_lost(points):
    ring = NumberRing(MetricKind.COUNTER, 100)
    for row, time, value in points:
        write(ring, [(row, time, value)], count=[1], rate=[value / 10])

    rows = np.unique([row for row, _, _ in points])
    assert ring.read(rows, EVERYTHING, "value").values.sum() == sum(value for *_, value in points)


@pytest.mark.parametrize("capacity", [1, 2, 7, 8, 9])
def test_any_capacity_keeps_its_newest_points(capacity):
    ring = NumberRing(MetricKind.POINT, capacity)
    for time in range(30):
        write(ring, [(0, time, 0.0), (2, 2 * time, 0.0)])

    assert [time for time, _ in read(ring, 0)] == list(range(30 - capacity, 30))
    assert [time for time, _ in read(ring, 2)] == list(range(60 - 2 * capacity, 60, 2))


slot_edges = st.lists(st.integers(-5, 70), min_size=2, max_size=6, unique=True).map(sorted)


@settings(deadline=None)
@given(st.lists(st.lists(rows_and_times, min_size=1, max_size=12), min_size=1, max_size=12), slot_edges, st.data())
def test_downsampling_agrees_with_reading(writes, edges, data):
    ring = NumberRing(MetricKind.POINT, CAPACITY)
    for points in writes:
        write(ring, points)
    known = sorted({row for points in writes for row, _, _ in points})
    rows = data.draw(st.lists(st.sampled_from(known), unique=True, min_size=1))
    slots = len(edges) - 1
    into = builtin()["sum"].make_list(len(rows) * slots + 1)
    downsample(ring, np.array(rows), np.array(edges), into)

    sums: dict[int, float] = {}
    for position, row in enumerate(rows):
        for time, value in read(ring, row, TimeSpan(edges[0], edges[-1] - 1)):
            slot = position * slots + int(np.searchsorted(edges, time, side="right")) - 1
            sums[slot] = sums.get(slot, 0) + value
    assert {slot: into.get(slot) for slot in range(len(rows) * slots) if into.get(slot) is not None} == sums


LONG = 1_300
FAR = 1 << 33


@st.composite
def bursts(draw):
    """Points of a row: at regular times, jittered, with gaps, or so far apart that no chunk holds two of them."""
    row, count = draw(st.integers(0, 2)), draw(st.integers(1, 700))
    step = draw(st.sampled_from([1, 7, 10, 1_000, FAR]))
    start = draw(st.one_of(st.integers(-5, 5), st.integers(0, 900).map(lambda n: 10 * n), st.just(40 * FAR)))
    times = start + step * np.arange(count)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    match draw(st.sampled_from(["even", "jitter", "gaps", "far"])):
        case "jitter":
            times = times + random.integers(0, max(step - 2, 1), count)
        case "gaps":
            times = times[np.append(True, random.random(count - 1) < 0.9)]
        case "far":
            times = start + np.cumsum(random.integers(FAR // 2, FAR, min(count, 60)))
    size = draw(st.sampled_from([1, 3, 50, 1_000]))
    parts = [part for part in np.array_split(times, -(-len(times) // size)) if len(part)][:25]
    order = draw(st.permutations(range(len(parts)))) if draw(st.booleans()) and len(parts) < 20 else range(len(parts))
    return [(row, parts[i]) for i in order]


@settings(deadline=None, max_examples=60)
@given(st.lists(bursts(), min_size=1, max_size=5), st.data())
def test_long_rings_agree_with_a_dict(drawn, data):
    ring = NumberRing(MetricKind.POINT, LONG)
    model: dict[int, dict[int, float]] = {}
    for n, (row, times) in enumerate(part for burst in drawn for part in burst):
        kept = model.setdefault(row, {})
        joined = dict(sorted({**kept, **{time: float(n) for time in times.tolist()}}.items()))
        model[row] = dict(list(joined.items())[-LONG:])

        refused = write(ring, [(row, time, n) for time in times.tolist()])
        assert [time for time in times[refused].tolist() if time in model[row]] == []

    for row, kept in model.items():
        assert read(ring, row) == list(kept.items())
    every = sorted({time for kept in model.values() for time in kept})
    edges = sorted({data.draw(st.sampled_from(every)) + data.draw(st.integers(-3, 3)) for _ in range(6)})
    rows = sorted(model)
    for name, reference in (("sum", sum), ("last", lambda values: values[-1])):
        into = builtin()[name].make_list(len(rows) * (len(edges) - 1) + 1)
        downsample(ring, np.array(rows), np.array(edges), into)
        cells = [
            [value for time, value in model[row].items() if start <= time < end]
            for row in rows
            for start, end in pairwise(edges)
        ]
        assert [into.get(i) for i in range(len(cells))] == [reference(values) if values else None for values in cells]


def test_regular_points_cost_little_more_than_their_values():
    ring = NumberRing(MetricKind.POINT, 21_600)
    for time in range(3_600):
        ring.write(np.arange(20), np.full(20, 1000 * time), {"value": np.ones(20)})

    assert ring.nbytes / (20 * 3_600) < 10


def test_points_that_change_places_on_their_way_leave_the_row_regular():
    ring, ordered = NumberRing(MetricKind.POINT, 21_600), NumberRing(MetricKind.POINT, 21_600)
    times = np.arange(4_000)
    swapped = times.reshape(-1, 4)[:, [0, 2, 3, 1]].ravel()
    for time, other in zip(swapped.tolist(), times.tolist(), strict=True):
        write(ring, [(0, time, 1.0)])
        write(ordered, [(0, other, 1.0)])

    assert [time for time, _ in read(ring, 0)] == times.tolist()
    assert ring.nbytes <= ordered.nbytes + 4 * 1_024  # one chunk of each width had offsets for a while


def test_one_long_row_does_not_make_the_others_wider():
    ring, alone = NumberRing(MetricKind.POINT, 21_600), NumberRing(MetricKind.POINT, 21_600)
    short = (np.arange(1_000), np.zeros(1_000, np.int64), {"value": np.ones(1_000)})
    ring.write(*short)
    before = ring.nbytes
    long = (np.zeros(20_000, np.int64), np.arange(1, 20_001), {"value": np.ones(20_000)})
    ring.write(*long)
    alone.write(*long)

    assert ring.nbytes - before < alone.nbytes + 1_000 * 64 * 4


def test_a_ring_that_has_wrapped_is_downsampled_in_order_of_time():
    ring = NumberRing(MetricKind.POINT, 60)
    write(ring, [(0, time, float(time)) for time in range(100)])

    def asked(name):
        into = builtin()[name].make_list(2)
        downsample(ring, np.array([0]), np.array([0, 120]), into)
        return into.get(0)

    assert [asked(name) for name in ("first", "last", "diff")] == [40, 99, 59]


def test_a_slot_without_any_point_gets_none():
    ring = NumberRing(MetricKind.POINT, 60)
    write(ring, [(0, 10, 1.0)])
    into = builtin()["sum"].make_list(2)
    downsample(ring, np.array([0]), np.array([50, 60]), into)

    assert into.get(0) is None


def test_what_is_only_reduced_is_handed_over_read_only():
    class Greedy(type(builtin()["sum"].make_list(1))):  # type: ignore[misc]
        def add_runs(self, indexes, edges, values):
            values[:] = 0

    ring = NumberRing(MetricKind.POINT, 8)
    write(ring, [(0, 10, 1.0), (0, 20, 2.0)])

    with pytest.raises(ValueError, match="read-only"):
        ring.downsample(np.array([0]), np.array([0, 30]), Greedy(2), "value")
    assert read(ring, 0) == [(10, 1.0), (20, 2.0)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=60))
def test_a_point_is_refused_if_and_only_if_a_full_ring_is_newer(points):
    ring = NumberRing(MetricKind.COUNTER, 5)
    model: dict[int, dict[int, float]] = {}
    for row, time in points:
        kept = model.setdefault(row, {})
        too_old = len(kept) == 5 and time < min(kept)

        assert write(ring, [(row, time, 1.0)], count=[1], rate=[1]).tolist() == [too_old]
        if not too_old:
            kept[time] = kept.get(time, 0) + 1
            model[row] = dict(sorted(kept.items())[-5:])

    for row, kept in model.items():
        assert read(ring, row) == sorted(kept.items())


def test_late_points_that_a_ring_has_no_room_for_are_refused_and_not_overwritten():
    ring = NumberRing(MetricKind.POINT, 3)

    def write(*times):
        columns = np.zeros(len(times), np.intp), np.array(times, np.int64), {"value": np.zeros(len(times))}
        return ring.write(*columns).tolist()

    assert write(10, 20) == [False, False]
    assert write(2, 5, 1) == [True, False, True]
    assert (ring.overwritten, ring.size(np.array([0]))) == (0, 3)
