"""The newest points of rows, against all that is stored."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbserver.model.metric import MetricKind
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.numbers.ring import NumberRing

ALWAYS = TimeSpan(0, 10_000)
points = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200), st.integers(-9, 9)), max_size=60)


@settings(deadline=None)
@given(batches=st.lists(points, min_size=1, max_size=4), rows=st.lists(st.integers(0, 4), unique=True))
def test_the_newest_of_each_row_is_the_last_that_is_read(batches, rows):
    ring = NumberRing(MetricKind.POINT, capacity=7)
    ring.write(np.arange(5), np.full(5, 1), {"value": np.zeros(5)})
    for batch in batches:
        row, time, value = (np.array(column) for column in zip(*batch, strict=True)) if batch else (np.empty(0),) * 3
        ring.write(row.astype(np.intp), time.astype(np.int64), {"value": value.astype(float)})
    wanted = np.array(rows, np.intp)
    everything, newest = ring.read(wanted, ALWAYS, "value"), ring.newest(wanted, "value")
    lasts = everything.edges[1:] - 1

    assert newest.edges.tolist() == list(range(len(rows) + 1))
    assert newest.times.tolist() == everything.times[lasts].tolist()
    assert newest.values.tolist() == everything.values[lasts].tolist()
    for moment in (0, 1, 50, 199, 10_000):
        all_times = ring.read(np.arange(5), ALWAYS, "value").times
        assert ring.newest_time_by(moment) == max((t for t in all_times.tolist() if t <= moment), default=None)


def test_a_row_without_a_point_has_no_newest():
    ring = NumberRing(MetricKind.POINT, capacity=7)
    ring.write(np.array([1, 3]), np.array([10, 30]), {"value": np.array([1.0, 3.0])})
    newest = ring.newest(np.array([3, 2, 1, 0]), "value")

    assert (newest.edges.tolist(), newest.times.tolist()) == ([0, 1, 1, 2, 2], [30, 10])
