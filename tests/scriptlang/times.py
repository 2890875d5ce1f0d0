"""Times as scripts write them: `90s` and `1m30s` count from `BASE`, `2013/03/31-01:30` is a date."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BASE = 1_356_998_400_000
"""2013-01-01 00:00 UTC: where the relative times of a script begin."""

_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_LENGTH = re.compile(r"(\d+)(ms|[smhdw])")
_DATE = re.compile(r"\d{4}/\d\d/\d\d(-\d\d:\d\d(:\d\d)?)?")


def length(text: str) -> int:
    """`10s`, `1m30s` or `1500ms` in ms. ValueError for anything else."""
    if not re.fullmatch(f"({_LENGTH.pattern})+", text):
        raise ValueError(f"'{text}' is no time, such as 90s, 1m30s, 1500ms or 2013/03/31-01:30")
    return sum(int(number) * _UNIT_MS[unit] for number, unit in _LENGTH.findall(text))


def is_local_date(text: str) -> bool:
    """Whether the time depends on a time zone."""
    return _DATE.fullmatch(text) is not None


def moment(text: str, zone: str | None = None) -> int:
    """A time in ms since the epoch. A date is in `zone`, or in UTC if it ends in Z. ValueError if it is none."""
    date = text.removesuffix("Z")
    if not is_local_date(date):
        return BASE + length(text)
    form = "%Y/%m/%d-%H:%M:%S"[: {10: 8, 16: 14, 19: 17}[len(date)]]
    local = datetime.strptime(date, form).replace(tzinfo=_zone(zone) if zone and date == text else UTC)
    return round(local.timestamp() * 1000)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"'{name}' is no time zone") from None


def shown(time: int) -> str:
    """A time as a script could write it: since `BASE` within the first day, else a date in UTC."""
    since = time - BASE
    if not 0 <= since < _UNIT_MS["d"]:
        return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y/%m/%d-%H:%M:%SZ")
    parts = []
    for unit in ("h", "m", "s", "ms"):
        count, since = divmod(since, _UNIT_MS[unit])
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"
