"""The store as a whole: kinds, limits, refusals, counts, and readers beside writers."""

import threading

import numpy as np

from aggregators import builtin, fold
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits

A, B = tag_set({"host": "a"}), tag_set({"host": "b"})
EVERYTHING = TimeSpan(-(1 << 60), 1 << 60)


def put(store, metric, tags, times):
    column = np.array(times, np.int64)
    return store.write_numbers(metric, MetricKind.POINT, [tags] * len(times), column, {"value": column.astype(float)})


def digest(store, metric, tags, start, interval=10_000):
    return store.write_digests(metric, [tags], start, interval, fold(np.zeros(1, np.intp), np.ones(1), 1))


def test_a_new_series_past_the_limit_is_refused_and_named_and_the_others_go_on():
    store = RingStore(RingLimits(series=1))

    assert put(store, "cpu", A, [1]) == []
    assert [(r.position, r.reason) for r in put(store, "cpu", B, [1])] == [
        (0, "the store is full: 1 series (setting max-series)")
    ]
    assert digest(store, "rt", A, 0)[0].reason.startswith("the store is full")
    assert put(store, "cpu", A, [2]) == []
    assert (store.counts().series, store.counts().refused) == (1, 2)


def test_a_metric_holds_one_kind():
    store = RingStore()
    put(store, "m", A, [1])

    assert digest(store, "m", A, 0)[0].reason == "metric 'm' holds point series, not distribution"
    assert [(metric.name, metric.kind) for metric in store.metrics()] == [("m", MetricKind.POINT)]


def test_retention_is_counted_in_intervals():
    store = RingStore(RingLimits(retention=60_000, resolution=1_000))
    for start in range(0, 100_000, 10_000):
        digest(store, "rt", A, start)
    put(store, "cpu", A, range(0, 100_000, 1_000))

    starts = store.digests(store.select("rt", ()), EVERYTHING).times
    times = store.numbers(store.select("cpu", ()), EVERYTHING).times
    assert (starts[0], len(starts)) == (40_000, 6)
    assert (times[0], len(times)) == (40_000, 60)
    assert store.counts().overwritten == 4 + 40


def test_what_is_older_than_a_full_ring_is_refused_by_position():
    store = RingStore(RingLimits(retention=10_000, resolution=1_000))
    put(store, "cpu", A, range(0, 20_000, 1_000))
    refusals = store.write_numbers(
        "cpu", MetricKind.POINT, [B, A], np.array([5_000, 5_000]), {"value": np.array([1.0, 1.0])}
    )
    digest(store, "rt", A, 20_000)

    assert [(r.position, r.reason) for r in refusals] == [(1, "older than all that the full ring holds")]
    assert digest(store, "rt", A, 10_000)[0].position == 0
    assert store.counts().refused == 2


def test_compacting_goes_over_all_metrics():
    store = RingStore()
    for metric in ("rt", "other"):
        digest(store, metric, A, 0)
        digest(store, metric, A, 0)
    store.compact(before=10_000)

    for metric in ("rt", "other"):
        columns = store.digests(store.select(metric, ()), EVERYTHING)
        assert columns.digests.count.tolist() == [2]


def test_readers_see_whole_points_while_writers_write():
    store = RingStore(RingLimits(retention=100_000))
    stop = threading.Event()
    failures: list[object] = []

    def gauge(time):
        column = np.array([float(time % 7)])
        fields = {
            "value": column,
            "at": column,
            "min": column,
            "max": column,
            "sum": 7.0 * column,
            "count": column * 0 + 7,
        }
        store.write_numbers("vus", MetricKind.GAUGE, [A], np.array([time]), fields, 1_000)

    def look():
        series = store.select("vus", ())
        while not stop.is_set():
            total, last = store.columns(series, EVERYTHING, ("sum", "value"))
            into = builtin()["count"].make_list(2)
            store.downsample(series, np.array([0, 1 << 50]), into)
            if not np.array_equal(total.values, 7 * last.values) or not 1 <= (into.get(0) or 0) <= 100:
                failures.append((total, last, into.get(0)))

    gauge(0)
    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for time in range(1_000, 2_000_000, 1_000):
        gauge(time)
    stop.set()
    for reader in readers:
        reader.join()

    assert failures == []
