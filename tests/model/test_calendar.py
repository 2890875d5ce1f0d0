"""Calendar buckets: where they begin, also on the days on which clocks change."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbserver.model.calendar import bucket_edges, previous_interval
from tsdbserver.model.time import HOUR_MS, MAX_TIMESTAMP_MS, UNIT_MS, Duration, TimeSpan, to_local, to_ms
from tsdbserver.model.zone import midnights

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


@settings(deadline=None)
@given(times, steps, st.integers(0, 1000), st.sampled_from(ZONES))
def test_edges_ascend_and_hold_the_span(start, step, buckets, zone):
    span = TimeSpan(start, min(start + buckets * step.ms, MAX_TIMESTAMP_MS))
    found = bucket_edges(span, step, zone)

    assert found[0] == previous_interval(span.start, step, zone)
    assert found[-2] <= span.end < found[-1]
    assert (np.diff(found) > 0).all()


@settings(deadline=None)
@given(times, steps, st.integers(0, 300), st.floats(0, 1), st.sampled_from(ZONES))
def test_steady_buckets_do_not_depend_on_the_start(start, step, buckets, share, zone):
    span = TimeSpan(start, min(start + buckets * step.ms, MAX_TIMESTAMP_MS))
    later = TimeSpan(start + int(share * (span.end - start)), span.end)
    every, some = (bucket_edges(one, step, zone, steady=True) for one in (span, later))

    assert every[np.searchsorted(every, some[0]) :].tolist() == some.tolist()
    assert some[0] == previous_interval(later.start, step, zone, steady=True)


@settings(deadline=None)
@given(times, st.sampled_from(["6h", "5h", "24h", "7m", "90m", "7s", "700ms"]), st.floats(0, 5), st.sampled_from(ZONES))
def test_hours_and_less_never_depend_on_the_start(start, text, days, zone):
    step = Duration.parse(text)
    span = TimeSpan(start, min(start + min(int(days * UNIT_MS["d"]), 2000 * step.ms), MAX_TIMESTAMP_MS))
    later = TimeSpan((span.start + span.end) // 2, span.end)
    every, some = (bucket_edges(one, step, zone) for one in (span, later))

    assert every[np.searchsorted(every, some[0]) :].tolist() == some.tolist()


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize("first", ["2015-10-31T20:00", "2015-11-01T00:00", "2015-11-01T05:30", "2015-11-01T23:30"])
def test_six_hours_over_a_change_of_the_clock(first):
    """The day of 25 hours ends with a bucket of one."""
    starts = ["10-31 18:00", "11-01 00:00", "11-01 05:00", "11-01 11:00", "11-01 17:00", "11-01 23:00", "11-02 00:00",
              "11-02 06:00", "11-02 12:00"]  # fmt: skip
    found = edges(first, "2015-11-02T06:30", "6h", NEW_YORK)

    assert found == starts[-len(found) :]


@pytest.mark.parametrize("first", ["2015-02-28T12:00", "2015-03-01T00:00", "2015-03-10T09:00"])
def test_hours_that_do_not_divide_a_day_begin_anew_with_the_month(first):
    found = edges(first, "2015-03-10T20:00", "5h", NEW_YORK)

    assert "03-01 00:00" in found or first > "2015-03-01"
    assert found[-3:] == ["03-10 15:00", "03-10 20:00", "03-11 01:00"]


@pytest.mark.parametrize("first", ["2015-12-15T03:00", "2015-12-20T00:00"])
def test_two_weeks_count_from_the_last_sunday_of_1969(first):
    span = TimeSpan(*(to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC)) for text in (first, "2016-01-01T00:00")))
    found = bucket_edges(span, Duration(2, "w"), UTC, steady=True)

    assert {(edge - to_ms(datetime(1969, 12, 28, tzinfo=UTC))) % (2 * UNIT_MS["w"]) for edge in found.tolist()} == {0}


@pytest.mark.parametrize("unit", UNIT_MS)
def test_a_step_longer_than_all_time_is_one_bucket(unit):
    found = bucket_edges(TimeSpan(0, MAX_TIMESTAMP_MS), Duration((1 << 62) // UNIT_MS[unit], unit), UTC)

    assert len(found) == 2


ODD_ZONES = ("Pacific/Apia", "Africa/Casablanca", "Africa/Monrovia", "Europe/Dublin", "America/Havana", "Asia/Gaza")


@settings(deadline=None)
@given(st.integers(0, 60_000), st.sampled_from([1, 1, 2, 7, 400]), st.sampled_from(ODD_ZONES))
def test_days_begin_where_a_datetime_says(first, width, name):
    """Clocks that skip midnight or a whole day, change for a month of fasting, or are not ahead by whole minutes."""
    zone, days = ZoneInfo(name), np.arange(first, first + 900 * width, width)
    naive = [to_ms(datetime(1970, 1, 1, tzinfo=zone) + timedelta(days=day)) for day in days.tolist()]

    assert midnights(days, zone).tolist() == naive


class CountingZone(tzinfo):
    """Berlin's clocks, which count how often they are looked at."""

    def __init__(self):
        self.looks = 0

    def utcoffset(self, moment):
        self.looks += 1
        return moment.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()

    def dst(self, moment):
        return moment.replace(tzinfo=ZoneInfo("Europe/Berlin")).dst()

    def tzname(self, _moment):
        return "Berlin"

    def fromutc(self, moment):
        self.looks += 1
        return ZoneInfo("Europe/Berlin").fromutc(moment.replace(tzinfo=ZoneInfo("Europe/Berlin"))).replace(tzinfo=self)


@pytest.mark.parametrize("text", ["1d", "1440m", "1w", "3d", "90m", "25h"])
@pytest.mark.parametrize("steady", [True, False])
def test_clocks_are_looked_at_by_the_week_and_once(text, steady):
    zone, span, step = CountingZone(), TimeSpan(0, MAX_TIMESTAMP_MS), Duration.parse(text)
    found = bucket_edges(span, step, zone, steady)
    looks = zone.looks
    again = bucket_edges(span, step, zone, steady)

    assert looks < 60_000
    assert zone.looks - looks < 25_000  # months, where there are any, are still counted one by one
    assert found.tolist() == again.tolist() == bucket_edges(span, step, ZoneInfo("Europe/Berlin"), steady).tolist()


@pytest.mark.parametrize("text", ["1440m", "1000m", "7s", "24h", "1d", "2d"])
def test_edges_of_a_long_span_are_those_of_each_time_in_it(text):
    zone, step = ZoneInfo("America/Sao_Paulo"), Duration.parse(text)
    begin = to_ms(datetime(2014, 12, 30, tzinfo=zone))
    span = TimeSpan(begin, begin + min(800 * step.ms, 400 * UNIT_MS["d"]))
    naive = {
        previous_interval(time, step, zone, True) for time in range(begin, span.end + 1, min(step.ms, HOUR_MS) // 2)
    }

    assert bucket_edges(span, step, zone, steady=True)[:-1].tolist() == sorted(naive)


@pytest.mark.parametrize("unit", "dwny")
def test_a_step_longer_than_all_time_may_be_steady(unit):
    found = bucket_edges(TimeSpan(0, 1), Duration((1 << 62) // UNIT_MS[unit], unit), NEW_YORK, steady=True)

    assert len(found) == 2
