"""Times and durations as OpenTSDB writes them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS, UNIT_MS, Duration, floor_to, parse_duration, parse_time

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    "text, ms",
    [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("2d", 172_800_000), ("1w", 604_800_000),
     ("1n", 2_592_000_000), ("1y", 31_536_000_000), ("1H", 3_600_000), ("1mS", 1), ("1MS", 1000)],
)  # fmt: skip
def test_durations(text, ms):
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "10", "s", "1.5h", "0s", "-1h", "1x", "1 h", "1h1m", "99999999999999999y", "٣s"])
def test_what_is_no_duration_is_named(text):
    with pytest.raises(BadQuery, match=text.replace(".", r"\.") or "duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "value, ms",
    [(1356998400, 1356998400_000), ("1356998400", 1356998400_000), (1356998400123, 1356998400123),
     ("1356998400.5", 1356998400_500), ("1356998400.123", 1356998400_123), (1356998400.5, 1356998400_500),
     ("1356998400000ms", 1356998400_000), ("now", NOW), ("1h-ago", NOW - 3_600_000), ("2013/01/01", 1356998400_000),
     ("2013/01/01-00:01", 1356998460_000), ("2013/01/01 00:00:01", 1356998401_000), ("2012/13/01", 1356998400_000),
     ("2012/12/31-24:00", 1356998400_000), (0, 0), ("", None), (None, None)],
)  # fmt: skip
def test_times(value, ms):
    assert parse_time(value, NOW) == ms


@pytest.mark.parametrize("text", ["-5", "yesterday", "2013/ab/01", "2013/1/1", "0000/01/01", "1h-before", "12.5"])
def test_what_is_no_time_is_named(text):
    with pytest.raises(BadQuery, match=text.replace("-", ".")):
        parse_time(text, NOW)


@pytest.mark.parametrize("time, start", [(10_000, 10_000), (19_999, 10_000), (-1, -10_000), (0, 0)])
def test_floor_goes_down_before_1970_too(time, start):
    assert floor_to(time, 10_000) == start


def test_a_date_is_read_in_its_zone():
    assert parse_time("2013/01/01", NOW, "Asia/Kabul") == 1356982200_000


@pytest.mark.parametrize("zone", ["Nowhere/City", "/etc/passwd", "../UTC", "America", "\0"])
def test_an_unknown_zone_matters_only_where_a_date_is_read(zone):
    assert parse_time("1356998400", NOW, zone) == 1356998400_000
    with pytest.raises(BadQuery, match="Invalid timezone name"):
        parse_time("2013/01/01", NOW, zone)


WHY_NO_TIME = {
    "-5": "Invalid time: -5. Negative timestamps are not supported.",
    "1356998400s": "Invalid time: 1356998400s. Invalid character 's' in 1356998400s",
    "1355961603587168438418": "Invalid time: 1355961603587168438418. Value too long: 1355961603587168438418",
    "1s-ago-ago": "Invalid duration (suffix): 1s-ago",
    "5-ago": "Invalid duration, must have an integer and unit: 5",
    "0h-ago": "Zero or negative duration: 0h",
    "h-ago": "Invalid duration (number): h",
    "1x-ago": "Invalid duration (suffix): 1x",
}


@pytest.mark.parametrize("text, message", WHY_NO_TIME.items())
def test_errors_are_opentsdbs(text, message):
    with pytest.raises(BadQuery) as error:
        parse_time(text, NOW)
    assert error.value.message == message


def test_what_is_no_time_is_told_what_a_time_is():
    with pytest.raises(BadQuery) as error:
        parse_time("banana", NOW)

    assert error.value.message.startswith("Invalid time: banana.")
    assert "5m-ago, or a date such as 2013/01/01-12:30:00" in error.value.details


@given(st.text() | st.text("0123456789./:- msnowag", max_size=22) | st.integers() | st.floats())
def test_any_text_is_a_time_or_a_client_error(value):
    with suppress(BadQuery):
        assert isinstance(parse_time(value, NOW), int | None)


@given(st.integers(1, MAX_TIMESTAMP_MS // UNIT_MS["y"]), st.sampled_from(list(UNIT_MS)))
def test_a_duration_reads_what_it_prints(count, unit):
    duration = Duration(count, unit)

    assert Duration.parse(str(duration)) == duration
