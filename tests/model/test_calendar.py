"""Calendar buckets: where they begin, also on the days on which clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.calendar import bucket_edges, previous_interval
from tsdbserver.model.time import MAX_TIMESTAMP_MS, UNIT_MS, Duration, TimeSpan, to_local, to_ms

ZONES = [UTC, *map(ZoneInfo, ("America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"))]


def edges(first, last, step, zone):
    """The edges from local date to local date, as local times."""
    span = TimeSpan(*(to_ms(datetime.fromisoformat(text).replace(tzinfo=zone)) for text in (first, last)))
    found = bucket_edges(span, Duration.parse(step), zone)
    return [to_local(int(edge), zone).strftime("%m-%d %H:%M") for edge in found]


@pytest.mark.parametrize(
    "zone, first, last, step, starts",
    [("UTC", "2015-12-15T03:00", "2015-12-16T00:00", "1d", ["12-15 00:00", "12-16 00:00", "12-17 00:00"]),
     # 23 and 25 hours are one day; a step of hours goes by the clock's hours
     ("Europe/Berlin", "2015-03-29T05:00", "2015-03-30T05:00", "1d", ["03-29 00:00", "03-30 00:00", "03-31 00:00"]),
     ("Europe/Berlin", "2015-10-25T05:00", "2015-10-26T05:00", "1d", ["10-25 00:00", "10-26 00:00", "10-27 00:00"]),
     ("Europe/Berlin", "2015-03-29T01:00", "2015-03-29T03:30", "1h",
      ["03-29 01:00", "03-29 03:00", "03-29 04:00"]),
     # this day has no midnight, the next one has
     ("America/Sao_Paulo", "2015-10-18T05:00", "2015-10-19T05:00", "1d",
      ["10-18 01:00", "10-19 00:00", "10-20 00:00"]),
     ("UTC", "2015-12-15T03:00", "2015-12-20T00:00", "1w", ["12-13 00:00", "12-20 00:00", "12-27 00:00"]),
     ("UTC", "2015-12-15T03:00", "2016-01-15T00:00", "1n", ["12-01 00:00", "01-01 00:00", "02-01 00:00"]),
     ("UTC", "2015-12-15T03:00", "2016-01-15T00:00", "5n", ["11-01 00:00", "04-01 00:00"]),
     ("UTC", "2015-12-15T03:00", "2016-01-15T00:00", "1y", ["01-01 00:00", "01-01 00:00", "01-01 00:00"])],
)  # fmt: skip
def test_edges(zone, first, last, step, starts):
    assert edges(first, last, step, ZoneInfo(zone)) == starts


times = st.integers(0, MAX_TIMESTAMP_MS)
steps = st.builds(Duration, st.integers(1, 500), st.sampled_from(list(UNIT_MS)))


@given(times, steps, st.sampled_from(ZONES))
def test_a_bucket_begins_no_later_than_what_it_holds_and_is_not_longer_than_its_step(time, step, zone):
    longest = UNIT_MS["w"] if step.unit == "w" else 366 * UNIT_MS["d"] if step.unit == "y" else step.ms * 31 / 30

    assert 0 <= time - previous_interval(time, step, zone) <= longest + 3 * UNIT_MS["d"]


@given(times, steps, st.integers(0, 1000), st.sampled_from(ZONES))
def test_edges_ascend_and_hold_the_span(start, step, buckets, zone):
    span = TimeSpan(start, min(start + buckets * step.ms, MAX_TIMESTAMP_MS))
    found = bucket_edges(span, step, zone)

    assert found[0] == previous_interval(span.start, step, zone)
    assert found[-2] <= span.end < found[-1]
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("unit", UNIT_MS)
def test_a_step_longer_than_all_time_is_one_bucket(unit):
    found = bucket_edges(TimeSpan(0, MAX_TIMESTAMP_MS), Duration((1 << 62) // UNIT_MS[unit], unit), UTC)

    assert len(found) == 2
