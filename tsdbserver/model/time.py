"""Time as OpenTSDB writes it. Inside, every time is an int of milliseconds since the epoch."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tsdbserver.errors import BadQuery

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

HOUR_MS = UNIT_MS["h"]
MAX_SECONDS = 0xFFFFFFFF
"""A bare number up to here counts seconds, a larger one milliseconds."""
MAX_TIMESTAMP_MS = 9_999_999_999_999
"""The greatest time that OpenTSDB stores: 13 digits."""

_DURATION = re.compile(r"(\d{1,15})(ms|[smhdwny])", re.IGNORECASE)
_DATES = {10: "%Y/%m/%d", 16: "%Y/%m/%d-%H:%M", 19: "%Y/%m/%d-%H:%M:%S"}


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Milliseconds since the epoch; both ends belong to the span."""

    start: int
    end: int


def floor_to(time: int, width: int) -> int:
    """The latest multiple of `width` not after `time`; before 1970, too."""
    return time - time % width


def parse_duration(text: str) -> int:
    """`30s`, `5m`, `1h` … in milliseconds; BadQuery for anything that is not a positive integer and a unit."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadQuery(f"Invalid duration, must have an integer and unit: {text}")
    length = int(match[1]) * UNIT_MS[match[2].lower()]
    if length <= 0:
        raise BadQuery(f"Zero or negative duration: {text}")
    return length


def parse_time(value: str | int | float | None, now: int) -> int | None:
    """A query's start or end in milliseconds; None for one that is absent or empty.

    Takes seconds or milliseconds, `1356998400.500`, `now`, `5m-ago`, and `2013/01/01`, `2013/01/01-12:30`,
    `2013/01/01-12:30:00` in UTC. BadQuery for anything else.
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
        return _parse_date(text)
    return _parse_number(text)


def _parse_date(text: str) -> int:
    form = _DATES.get(len(text))
    if form is None:
        raise BadQuery(f"Invalid absolute date: {text}")
    try:
        date = datetime.strptime(text.replace(" ", "-", 1), form).replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"Invalid date: {text}. Expected yyyy/MM/dd-HH:mm:ss") from None
    return (date - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _parse_number(text: str) -> int:
    if re.fullmatch(r"\d{1,15}ms", text):
        return int(text[:-2])
    if match := re.fullmatch(r"(\d{10})\.(\d{1,3})", text):
        return int(match[1] + match[2].ljust(3, "0"))
    if not re.fullmatch(r"\d{1,15}", text):
        raise BadQuery(f"Invalid time: {text}. Expected seconds or milliseconds since the epoch")
    return int(text) * 1000 if len(text) <= 10 else int(text)
