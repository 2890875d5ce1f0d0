"""Calendar buckets: days, weeks and months as a time zone has them, with 23 or 25 hours where its clocks change.

| unit     | the first bucket begins with the … that holds a time, and steps of N units up to it |
|----------|--------------------------------------------------------------------------------------|
| ms       | second if N divides 1000, else minute                                                |
| s, m     | minute, hour if N divides 60, else hour, day                                         |
| h        | day if N divides 24, else month                                                      |
| d        | day itself if N is 1, else year                                                      |
| w        | week itself (from Sunday on), whatever N is                                          |
| n        | year                                                                                 |
| y        | year itself, whatever N is                                                           |
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS, Duration, TimeSpan, to_local, to_ms

_FINE: dict[str, tuple[int, str, str]] = {
    "ms": (1000, "s", "m"),
    "s": (60, "m", "h"),
    "m": (60, "h", "d"),
    "h": (24, "d", "n"),
}
"""Units that last as long everywhere: how many of them the next unit holds, and where buckets begin if N divides that
number, or else.
"""


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


_START_OF: dict[str, Callable[[datetime], datetime]] = {
    "s": lambda local: local.replace(microsecond=0),
    "m": lambda local: local.replace(second=0, microsecond=0),
    "h": lambda local: local.replace(minute=0, second=0, microsecond=0),
    "d": _midnight,
    "w": lambda local: _midnight(local) - timedelta(days=local.isoweekday() % 7),
    "n": lambda local: _midnight(local).replace(day=1),
    "y": lambda local: _midnight(local).replace(month=1, day=1),
}


def previous_interval(time: int, step: Duration, zone: tzinfo) -> int:
    """The start (ms) of the calendar bucket of `step` in `zone` that holds `time` (ms, from 1970 on)."""
    if time < 0 or step.count <= 0:
        raise BadQuery(f"Invalid calendar interval: {step} at {time}")
    local = to_local(time, zone)
    if step.unit not in _FINE:
        return to_ms(_coarse_start(local, step))
    anchor = to_ms(_fine_anchor(local, step))
    return anchor + (time - anchor) // step.ms * step.ms


def bucket_edges(span: TimeSpan, step: Duration, zone: tzinfo) -> NDArray[np.int64]:
    """Where the calendar buckets of `step` in `zone` begin: from the one that holds the span's start to the first that
    begins after its end.

    Bucket `i` lasts from edge `i` to just before edge `i + 1`, so there is one edge more than there are buckets.
    """
    first = previous_interval(span.start, step, zone)
    if step.unit in _FINE:
        width = min(step.ms, MAX_TIMESTAMP_MS + 1)
        buckets = (span.end - first) // width + 1
        return first + width * np.arange(buckets + 1, dtype=np.int64)
    # Counted from the clock's midnight, which a day on which the clocks change may not have.
    edges, local = [first], _coarse_start(to_local(span.start, zone), step)
    while edges[-1] <= span.end:
        edges.append(to_ms(_later(local, step, len(edges))))
    return np.array(edges, np.int64)


def _fine_anchor(local: datetime, step: Duration) -> datetime:
    in_next_unit, divides, otherwise = _FINE[step.unit]
    return _START_OF[otherwise if in_next_unit % step.count else divides](local)


def _coarse_start(local: datetime, step: Duration) -> datetime:
    if step.unit in ("w", "y") or step == Duration(1, "d"):
        return _START_OF[step.unit](local)
    year = _START_OF["y"](local)
    units = (local.date() - year.date()).days if step.unit == "d" else local.month - 1
    return _later(year, step, units // step.count)


def _later(local: datetime, step: Duration, times: int) -> datetime:
    """`times` steps of days or more later by the calendar: the hour on the clock stays."""
    # A step longer than any span ends after it, wherever; datetime knows no year 300000.
    count = times * min(step.count, _LONGEST[step.unit])
    if step.unit in ("d", "w"):
        return local + timedelta(days=count * (7 if step.unit == "w" else 1))
    months = local.year * 12 + local.month - 1 + count * (12 if step.unit == "y" else 1)
    return local.replace(year=months // 12, month=months % 12 + 1)


_LONGEST = {unit: MAX_TIMESTAMP_MS // Duration(1, unit).ms + 1 for unit in ("d", "w", "n", "y")}
