"""Rings of several widths, read as one, against the join of all their points."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.numbers.interval_rings import IntervalRings
from tsdbserver.store.numbers.merge_points import Points, join, together

points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=30)


@settings(deadline=None)
@given(
    widths=st.dictionaries(st.sampled_from([1, 2, 5]), points, max_size=3),
    rows=st.lists(st.integers(0, 7), unique=True).map(sorted),
    start=st.integers(0, 30),
    kind=st.sampled_from([MetricKind.COUNTER, MetricKind.GAUGE]),
)
def test_reading_joins_what_is_of_one_row_and_time(widths, rows, start, kind):
    rings, parts = IntervalRings(kind, lambda width: 1_000), []
    for width, written in widths.items():
        row, time, value = (np.array(column) for column in zip(*written, strict=True))
        fields = {name: value * (i + 1.0) for i, name in enumerate(FIELDS[kind])}
        rings.write(row.astype(np.intp), time, fields, width)
        parts.append(join(kind, Points(row.astype(np.intp), time, fields)))
    span, wanted = TimeSpan(start, 30), np.array(rows, np.intp)
    for field in FIELDS[kind]:
        right = []
        if parts:
            every = join(kind, together(parts))
            columns = zip(every.rows.tolist(), every.times.tolist(), every.fields[field].tolist(), strict=True)
            right = [(r, t, v) for r, t, v in columns if r in rows and start <= t <= 30]
        got = rings.read(wanted, span, field)
        places = wanted[got.series_of_points()].tolist()
        assert list(zip(places, got.times.tolist(), got.values.tolist(), strict=True)) == right
