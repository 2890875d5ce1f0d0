"""Time as OpenTSDB writes it. Inside, every time is an int of milliseconds since the epoch."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from time import time_ns

from tsdbserver.errors import BadQuery
from tsdbserver.model.zone import parse_zone

UNIT_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "n": 30 * 86_400_000,
    "y": 365 * 86_400_000,
}
"""Fixed lengths of the units of a duration; `n` is a month of 30 days."""

SECOND_MS = UNIT_MS["s"]
HOUR_MS = UNIT_MS["h"]
MAX_SECONDS = 0xFFFFFFFF
"""A bare number up to here counts seconds, a larger one milliseconds."""
MAX_TIMESTAMP_MS = 9_999_999_999_999
"""The greatest time that OpenTSDB stores: 13 digits."""

_MAX_INT64 = (1 << 63) - 1
_EPOCH = datetime.fromtimestamp(0, UTC)
_DURATION = re.compile(r"([0-9]+)([^\W\d_]+)")
_DATE = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})(?:[- ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")
_DATE_LENGTHS = (10, 16, 19)
_TIME_FORMS = (
    "A time is a number of seconds or milliseconds since 1970, now, a duration ago such as 5m-ago, "
    "or a date such as 2013/01/01-12:30:00"
)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Milliseconds since the epoch; both ends belong to the span."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Duration:
    """`30s`, `5m`, `1h`: a positive number of units (see UNIT_MS)."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read a duration; BadQuery for anything that is not a positive integer and a unit."""
        count, unit = _split_duration(text)
        if not 0 < count * UNIT_MS[unit] <= _MAX_INT64:
            raise BadQuery(f"Zero or negative duration: {text}" if count == 0 else f"Invalid duration (number): {text}")
        return cls(count, unit)

    @property
    def ms(self) -> int:
        """Its length in milliseconds, of a month or year the nominal one."""
        return self.count * UNIT_MS[self.unit]

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def _split_duration(text: str) -> tuple[int, str]:
    match = _DURATION.fullmatch(text)
    if match is None:
        if not text or text.isdecimal():
            raise BadQuery(f"Invalid duration, must have an integer and unit: {text}")
        raise BadQuery(f"Invalid duration ({'suffix' if text[0].isdecimal() else 'number'}): {text}")
    if (unit := _unit(match[2])) is None:
        raise BadQuery(f"Invalid duration (suffix): {text}")
    if len(match[1]) > len(str(_MAX_INT64)):
        raise BadQuery(f"Invalid duration (number): {text}")
    return int(match[1]), unit


def _unit(text: str) -> str | None:
    # OpenTSDB looks for a small m only: it reads 1MS and 1Ms as seconds.
    unit = "s" if text in ("MS", "Ms") else text.lower()
    return unit if unit in UNIT_MS else None


def clock_ms() -> int:
    """The time by the clock of this machine."""
    return time_ns() // 1_000_000


def floor_to(time: int, width: int) -> int:
    """The latest multiple of `width` not after `time`; before 1970, too."""
    return time - time % width


def to_ms(moment: datetime) -> int:
    """The time of a datetime that knows its zone."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_local(time: int, zone: tzinfo) -> datetime:
    """The datetime of a time in a zone."""
    return (_EPOCH + timedelta(milliseconds=time)).astimezone(zone)


def parse_duration(text: str) -> int:
    """`30s`, `5m`, `1h` … in milliseconds; BadQuery for anything that is not a positive integer and a unit."""
    return Duration.parse(text).ms


def parse_time(value: str | int | float | None, now: int, zone: str = "") -> int | None:
    """A query's start or end in milliseconds; None for one that is absent or empty.

    Takes seconds or milliseconds, `1356998400.500`, `now`, `5m-ago`, and `2013/01/01`, `2013/01/01-12:30`,
    `2013/01/01-12:30:00` in the time zone named `zone`. BadQuery for anything else, and for a zone that is needed and
    does not exist.
    """
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    lowered = text.lower()
    if lowered == "now":
        return now
    if lowered.endswith("-ago"):
        return now - parse_duration(text[:-4])
    if "/" in text or ":" in text:
        return _parse_date(text, parse_zone(zone))
    return _parse_number(text)


def _parse_date(text: str, zone: tzinfo) -> int:
    if len(text) not in _DATE_LENGTHS:
        raise BadQuery(f"Invalid absolute date: {text}")
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadQuery(f'Invalid date: {text}. Unparseable date: "{text}"', _TIME_FORMS)
    year, month, day, hour, minute, second = (int(field or 0) for field in match.groups())
    try:
        # Fields that are too large roll over: month 13 is the next year's January.
        first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=zone)
        return to_ms(first + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second))
    except (ValueError, OverflowError):
        raise BadQuery(f"Invalid date: {text}. The year is out of range") from None


def _parse_number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,18}ms", text):
        return int(text[:-2])
    if match := re.fullmatch(r"([0-9]{10})\.([0-9]{1,3})", text):
        return int(match[1] + match[2].ljust(3, "0"))
    if "." in text:
        raise BadQuery(
            f"Invalid time: {text}. Millisecond timestamps must be in the format <seconds>.<ms> where the milliseconds "
            "are limited to 3 digits",
            _TIME_FORMS,
        )
    if not re.fullmatch(r"\+?[0-9]{1,18}", text):
        raise BadQuery(f"Invalid time: {text}. {_why_no_time(text)}", _TIME_FORMS)
    return int(text) * 1000 if len(text) <= 10 else int(text)


def _why_no_time(text: str) -> str:
    """What Java has against an integer that OpenTSDB cannot read."""
    digits = text[1:] if text[0] in "+-" else text
    if not digits:
        return f"Just a sign, no value: {text}"
    if len(digits) > len(str(_MAX_INT64)):
        return f"Value too long: {text}"
    if stranger := re.search(r"[^0-9]", digits):
        return f"Invalid character '{stranger[0]}' in {text}"
    return "Negative timestamps are not supported." if text[0] == "-" else f"Overflow in {text}"
