"""The ring of histograms against a dict that keeps the last histogram of each row and time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregators.histogram.histogram import Histogram
from aggregators.histogram.packed import Histograms
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.histogram_ring import HistogramRing, gather

EVERYTHING = TimeSpan(-(1 << 60), 1 << 60)
ROWS = 4
WIDTH = 10
SMALL = Histogram.of({(0.0, 1.0): 5, (1.0, 2.0): 7}, underflow=1, overflow=2)
LARGE = Histogram.of({(0.0, 1.0): 1 << 36})


def write(ring, points, series=ROWS):
    """Store (row, time, histogram)s; which of them were refused."""
    rows, times, histograms = zip(*points, strict=True)
    columns = np.array(rows, np.intp), np.array(times, np.int64), Histograms.pack(histograms)
    return ring.write(*columns, series).tolist()


def read(ring, rows=range(ROWS), span=EVERYTHING):
    """{(row, time): histogram}."""
    columns = gather(ring.chunks(span), np.array(rows, np.intp), ROWS, span)
    table = columns.histograms.buckets()
    numbers = [number for i in columns.histograms.layout for number in table.of_layout[i]]
    owners = np.repeat(np.arange(len(columns.times)), columns.histograms.lengths)
    buckets: list[dict] = [{} for _ in columns.times]
    for owner, bucket, count in zip(owners, numbers, columns.histograms.counts, strict=True):
        bounds = float(table.lower[bucket]), float(table.upper[bucket])
        assert bounds not in buckets[owner]
        buckets[owner][bounds] = int(count)
    under, over = columns.histograms.underflow.tolist(), columns.histograms.overflow.tolist()
    keys = [(rows[i], time) for i, time in zip(columns.series.tolist(), columns.times.tolist(), strict=True)]
    assert len(set(keys)) == len(keys)
    return {key: Histogram.of(*parts) for key, *parts in zip(keys, buckets, under, over, strict=True)}


def test_what_is_read_is_what_was_written():
    ring = HistogramRing(100, WIDTH)
    write(ring, [(0, 25, SMALL), (3, 20, LARGE), (0, 7, LARGE)])

    assert read(ring) == {(0, 25): SMALL, (3, 20): LARGE, (0, 7): LARGE}
    assert read(ring, [3]) == {(3, 20): LARGE}
    assert read(ring, span=TimeSpan(7, 20)) == {(3, 20): LARGE, (0, 7): LARGE}


def test_a_later_histogram_of_the_same_time_takes_the_place_of_the_earlier():
    ring = HistogramRing(100, WIDTH)
    write(ring, [(0, 25, SMALL), (0, 25, LARGE)])
    write(ring, [(1, 25, LARGE)])
    write(ring, [(1, 25, SMALL)])

    assert read(ring) == {(0, 25): LARGE, (1, 25): SMALL}


def test_a_histogram_written_over_and_over_takes_no_more_room():
    ring = HistogramRing(100, WIDTH)
    write(ring, [(0, 25, SMALL)])
    room = ring.nbytes
    for _ in range(1_000):
        write(ring, [(0, 25, SMALL)])

    assert ring.nbytes < 100 * room
    assert read(ring) == {(0, 25): SMALL}
    assert ring.overwritten == 0


def test_a_ring_holds_just_as_many_as_its_series_may_have():
    ring = HistogramRing(3, WIDTH)
    full = [(0, 5, SMALL), (1, 5, SMALL), (0, 15, SMALL), (1, 15, SMALL), (0, 25, SMALL), (1, 25, SMALL)]
    write(ring, full, series=2)
    assert len(read(ring)) == 6

    write(ring, [(1, 16, SMALL)], series=2)
    assert sorted(time for _, time in read(ring)) == [15, 15, 16, 25, 25]
    assert ring.overwritten == 2


def test_settling_joins_what_came_one_by_one_and_changes_nothing():
    ring = HistogramRing(100, WIDTH)
    for row in range(ROWS):
        write(ring, [(row, 25, SMALL), (row, 35, LARGE)])
    room = ring.nbytes
    ring.settle()

    assert ring.nbytes < room
    assert [len(slab._chunks) for slab in ring._slabs] == [1, 1]
    assert read(ring) == {(row, time): value for row in range(ROWS) for time, value in ((25, SMALL), (35, LARGE))}


def test_a_full_ring_drops_its_oldest_stretch_of_time_and_counts_it():
    ring = HistogramRing(2, WIDTH)
    write(ring, [(0, 5, SMALL), (1, 6, SMALL), (0, 15, SMALL), (0, 25, LARGE)])

    assert read(ring) == {(0, 15): SMALL, (0, 25): LARGE}
    assert ring.overwritten == 2
    assert write(ring, [(0, 9, SMALL), (0, 19, LARGE), (0, 11, SMALL)]) == [True, False, False]
    assert read(ring) == {(0, 11): SMALL, (0, 15): SMALL, (0, 19): LARGE, (0, 25): LARGE}


def test_a_series_that_reports_more_often_than_expected_fills_the_ring_sooner():
    ring = HistogramRing(100, WIDTH)
    write(ring, [(0, time, SMALL) for time in range(1_000)], series=1)

    assert sorted(time for _, time in read(ring)) == list(range(900, 1_000))
    assert ring.overwritten == 900


def test_small_counts_take_few_bytes():
    def bytes_each(count):
        ring = HistogramRing(100, WIDTH)
        histogram = Histogram.of({(float(i), i + 1.0): count for i in range(20)})
        write(ring, [(row, 5, histogram) for row in range(ROWS)] * 20)
        read(ring)
        return ring.nbytes / ROWS

    assert bytes_each(200) == 20 + 15
    assert bytes_each(1 << 30) == 4 * 20 + 15


counts = st.one_of(st.integers(0, 300), st.integers(0, 1 << 35))
bounds = st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from([1.0, 3.0, 1e10]))
histograms = st.builds(Histogram.of, st.dictionaries(bounds, counts, max_size=4), counts, counts)
points = st.tuples(st.integers(0, ROWS - 1), st.integers(0, 60), histograms)
writes = st.lists(st.lists(points, min_size=1, max_size=12), max_size=12)


@given(writes, st.lists(st.integers(0, ROWS - 1), unique=True), st.integers(0, 60), st.integers(0, 60))
def test_a_ring_that_is_not_full_holds_what_a_dict_would(batches, rows, start, length):
    ring, model = HistogramRing(1_000, WIDTH), {}
    for batch in batches:
        assert not any(write(ring, batch))
        model.update({(row, time): histogram for row, time, histogram in batch})
    span = TimeSpan(start, start + length)

    assert read(ring) == model
    assert read(ring, rows, span) == {
        key: histogram for key, histogram in model.items() if key[0] in rows and start <= key[1] <= start + length
    }


@given(writes)
def test_a_full_ring_holds_the_newest_stretches_of_time(batches):
    ring, model = HistogramRing(3, WIDTH), {}
    for batch in batches:
        write(ring, batch, series=1_000)
        model.update({(row, time): histogram for row, time, histogram in batch})
        newest = sorted({time // WIDTH for _, time in model})[-3:]
        model = {key: histogram for key, histogram in model.items() if key[1] // WIDTH in newest}

    assert read(ring) == model
