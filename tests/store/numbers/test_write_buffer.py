"""Appended points: to a reader they are in their rings, wherever they wait."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.metric import MetricKind
from tsdbserver.model.time import MAX_TIMESTAMP_MS, TimeSpan
from tsdbserver.store import memory
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.store.numbers import write_buffer
from tsdbserver.store.numbers.ring import NumberRing

ALWAYS = TimeSpan(0, MAX_TIMESTAMP_MS)
METRICS, HOSTS, CAPACITY = ("cpu", "mem", "net"), ("a", "b"), 8


def read(store, metric):
    """{tags: {time: value}} of a metric."""
    series = store.select(metric, [])
    columns = store.numbers(series, ALWAYS)
    return {
        tuple(series.tags_of(i).items()): dict(
            zip(columns.times[start:stop].tolist(), columns.values[start:stop].tolist(), strict=True)
        )
        for i, (start, stop) in enumerate(zip(columns.edges[:-1], columns.edges[1:], strict=True))
    }


def append(store, points):
    """Append (handle, time, value)s; returns the positions of those that were refused."""
    handles, times, values = zip(*points, strict=True)
    columns = np.array(handles, np.intp), np.array(times, np.int64), np.array(values, np.float64)
    return store.append_points(*columns)


points = st.tuples(st.sampled_from(METRICS), st.sampled_from(HOSTS), st.integers(1, 30), st.integers(0, 99))
writes = st.tuples(st.just("append"), st.lists(points, min_size=1, max_size=20))
reads = st.tuples(st.sampled_from(["read", "write"]), points)


@pytest.fixture(autouse=True)
def small_buffer(monkeypatch):
    monkeypatch.setattr(write_buffer, "_BUFFER", 7)
    monkeypatch.setattr(memory, "_ENOUGH", 10)
    monkeypatch.setattr(memory, "_AT_ONCE", 14)


@given(st.lists(writes | reads, max_size=12))
def test_what_is_read_is_what_was_written_last(steps):
    store = RingStore(RingLimits(retention=CAPACITY, resolution=1))
    model: dict[tuple[str, str], dict[int, float]] = {}
    for step, content in steps:
        if step == "append":
            handles = [store.point_series(metric, (("host", host),)) for metric, host, _, _ in content]
            refused = append(store, [(handle, p[2], p[3]) for handle, p in zip(handles, content, strict=True)])
            for at, (metric, host, time, value) in enumerate(content):
                if at not in refused:
                    model.setdefault((metric, host), {})[time] = value
        elif step == "write":
            metric, host, time, value = content
            tags, field = [(("host", host),)], {"value": np.array([value], np.float64)}
            if not store.write_numbers(metric, MetricKind.POINT, tags, np.array([time]), field):
                model.setdefault((metric, host), {})[time] = value
        elif store.metric(content[0]) is not None:
            check(store, model, content[0])
    for metric in METRICS:
        if store.metric(metric) is not None:
            check(store, model, metric)


def check(store, model, metric):
    """The ring holds the newest points of each series, as many as it can."""
    for tags, found in read(store, metric).items():
        expected = model.get((metric, tags[0][1]), {})
        newest = sorted(expected)[-CAPACITY:]
        model[metric, tags[0][1]] = {time: expected[time] for time in newest}
        assert found == model[metric, tags[0][1]]


def test_a_series_has_one_handle_for_ever():
    store = RingStore()
    first = store.point_series("cpu", (("host", "a"),))

    assert store.point_series("cpu", (("host", "b"),)) != first
    assert store.point_series("cpu", (("host", "a"),)) == first


def test_a_series_that_is_refused_has_no_handle_and_may_have_one_later():
    store = RingStore(RingLimits(series=1))
    store.write_numbers(
        "count", MetricKind.COUNTER, [()], np.array([1]), {n: np.ones(1) for n in ("value", "count", "rate")}
    )

    assert store.point_series("cpu", (("host", "a"),)) == "the store is full: 1 series (setting max-series)"
    assert store.point_series("count", (("host", "a"),)) == "metric 'count' holds counter series, not point"


def test_a_point_older_than_a_full_ring_is_refused_once_that_is_known():
    store = RingStore(RingLimits(retention=CAPACITY, resolution=1))
    handle = store.point_series("cpu", ())

    assert append(store, [(handle, time, 0) for time in range(10, 30)]) == []
    assert len(read(store, "cpu")[()]) == CAPACITY
    assert append(store, [(handle, 21, 1), (handle, 22, 1), (handle, 40, 1)]) == [0]


def test_more_than_a_buffer_at_once_and_upkeep():
    store = RingStore()
    handle = store.point_series("cpu", ())
    append(store, [(handle, time, time) for time in range(1, 100)])
    store.compact(0)

    assert read(store, "cpu")[()] == {time: time for time in range(1, 100)}


def test_neither_appending_nor_finding_a_series_waits_for_a_reader():
    store = RingStore()
    handle = store.point_series("cpu", ())
    found: list[object] = []
    with store._lock.reading:
        in_thread(append, store, [(handle, time, 1) for time in range(1, 100)])
        in_thread(lambda: found.extend((store.point_series("cpu", ()), store.known_point_series("cpu", ()))))
        in_thread(lambda: found.append(store.known_point_series("cpu", (("host", "new"),))))

    assert found == [handle, handle, None]
    assert len(read(store, "cpu")[()]) == 99


def in_thread(work, *arguments):
    """Have a thread do it, as the event loop would while a query's thread holds the store."""
    thread = Thread(target=work, args=arguments, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_what_was_taken_waits_no_longer():
    waiting = write_buffer.Intake()
    handles = np.array([waiting.add_series(metric, 0) for metric in (0, 1)], np.intp)
    for time in range(30):
        waiting.append(handles, np.full(2, time), np.zeros(2))
    assert 0 < waiting.sorted_points < 60
    parts = [waiting.take(0, most=7), waiting.take(0), waiting.take(1)]

    assert [part.times.tolist() for part in parts if part] == [[0, 1, 2], [*range(3, 30)], [*range(30)]]
    assert (waiting.sorted_points, waiting.metrics(), waiting.take(0)) == (0, [], None)


@pytest.mark.parametrize("rows", [1, 100])
def test_a_series_without_a_point_yet_is_read_as_empty(rows):
    store = RingStore()
    for row in range(rows):
        store.point_series("cpu", (("host", f"h{row}"),))

    assert list(read(store, "cpu").values()) == [{}] * rows


def test_a_ring_that_fails_loses_nothing_that_was_acknowledged(monkeypatch):
    store = RingStore(RingLimits(retention=CAPACITY, resolution=1))
    handle = store.point_series("cpu", (("host", "a"),))
    append(store, [(handle, 1, 1.0), (handle, 2, 2.0)])

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as failing:
        failing.setattr(NumberRing, "write", fail)
        with pytest.raises(MemoryError):
            store.settle()
    append(store, [(handle, 2, 3.0)])

    assert read(store, "cpu") == {(("host", "a"),): {1: 1.0, 2: 3.0}}


def test_upkeep_leaves_nothing_waiting_however_much_there_is():
    store = RingStore(RingLimits(retention=100, resolution=1))
    handle = store.point_series("cpu", (("host", "a"),))
    with store._lock.reading:  # so that nothing goes into its ring while it is appended
        append(store, [(handle, time, float(time)) for time in range(1, 51)])
    assert store._intake.metrics()

    store.settle()

    assert not store._intake.metrics()
    assert read(store, "cpu") == {(("host", "a"),): {time: float(time) for time in range(1, 51)}}
