"""Times and durations as OpenTSDB writes them."""

import pytest

from tsdbserver.errors import BadQuery
from tsdbserver.model.time import floor_to, parse_duration, parse_time

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    "text, ms",
    [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("2d", 172_800_000), ("1w", 604_800_000),
     ("1n", 2_592_000_000), ("1y", 31_536_000_000), ("1H", 3_600_000)],
)  # fmt: skip
def test_durations(text, ms):
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "10", "s", "1.5h", "0s", "-1h", "1x", "1 h", "1h1m"])
def test_what_is_no_duration_is_named(text):
    with pytest.raises(BadQuery, match=text.replace(".", r"\.") or "duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "value, ms",
    [(1356998400, 1356998400_000), ("1356998400", 1356998400_000), (1356998400123, 1356998400123),
     ("1356998400.5", 1356998400_500), ("1356998400.123", 1356998400_123), (1356998400.5, 1356998400_500),
     ("1356998400000ms", 1356998400_000), ("now", NOW), ("1h-ago", NOW - 3_600_000), ("2013/01/01", 1356998400_000),
     ("2013/01/01-00:01", 1356998460_000), ("2013/01/01 00:00:01", 1356998401_000), (0, 0), ("", None), (None, None)],
)  # fmt: skip
def test_times(value, ms):
    assert parse_time(value, NOW) == ms


@pytest.mark.parametrize("text", ["-5", "yesterday", "2013/13/01", "2013/1/1", "1h-before", "12.5"])
def test_what_is_no_time_is_named(text):
    with pytest.raises(BadQuery, match=text.replace("-", ".")):
        parse_time(text, NOW)


@pytest.mark.parametrize("time, start", [(10_000, 10_000), (19_999, 10_000), (-1, -10_000), (0, 0)])
def test_floor_goes_down_before_1970_too(time, start):
    assert floor_to(time, 10_000) == start
