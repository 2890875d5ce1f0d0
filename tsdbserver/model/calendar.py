"""Calendar buckets: days, weeks and months as a time zone has them, with 23 or 25 hours where its clocks change.

Buckets of N units are counted anew in each *period*, whose last bucket may be shorter than the others:

| unit     | period                                         |
|----------|------------------------------------------------|
| ms       | second if N divides 1000, else minute          |
| s, m     | minute, hour if N divides 60, else hour, day   |
| h        | day if N divides 24, else month                |
| d        | day if N is 1, else year                       |
| n        | year                                           |

Weeks begin on Sunday.

OpenTSDB counts from the period of the query's start alone. Here that is so for several days, weeks, months and years,
and for steps longer than their period, unless they are `steady`: buckets then do not depend on where a query begins.
A step of ms to hours that is longer than its period then has the next period that holds it, and several weeks and
years, and what is longer than a year, are counted from 1970 (weeks from Sunday 1969-12-28).
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS, UNIT_MS, Duration, TimeSpan, to_local, to_ms
from tsdbserver.model.zone import midnights

_FINE: dict[str, tuple[int, str, str]] = {
    "ms": (1000, "s", "m"),
    "s": (60, "m", "h"),
    "m": (60, "h", "d"),
    "h": (24, "d", "n"),
}
"""Units that last as long everywhere: how many of them the next unit holds, and the period if N divides that number,
or else.
"""
_PERIODS = ("s", "m", "h", "d", "n", "y")
_EPOCH = date(1970, 1, 1)
_MIDNIGHT = datetime.min.time()
_FIRST_SUNDAY = date(1969, 12, 28)
_DAYS_OF_YEAR = 366
_MONTHS_OF_YEAR = 12


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


_START_OF: dict[str, Callable[[datetime], datetime]] = {
    "d": _midnight,
    "w": lambda local: _midnight(local) - timedelta(days=local.isoweekday() % 7),
    "n": lambda local: _midnight(local).replace(day=1),
    "y": lambda local: _midnight(local).replace(month=1, day=1),
}


def previous_interval(time: int, step: Duration, zone: tzinfo, steady: bool = False) -> int:
    """The start (ms) of the calendar bucket of `step` in `zone` that holds `time` (ms, from 1970 on)."""
    if time < 0 or step.count <= 0:
        raise BadQuery(f"Invalid calendar interval: {step} at {time}")
    local = to_local(time, zone)
    if step.unit not in _FINE:
        return to_ms(_coarse_start(local, step, steady))
    period = _period(step, steady)
    within = time - to_ms(_outer_start(local, period))
    if inner := _inner_ms(period):
        within %= inner
    return time - within % step.ms


def bucket_edges(span: TimeSpan, step: Duration, zone: tzinfo, steady: bool = False) -> NDArray[np.int64]:
    """Where the calendar buckets of `step` in `zone` begin: from the one that holds the span's start to the first that
    begins after its end.

    Bucket `i` lasts from edge `i` to just before edge `i + 1`, so there is one edge more than there are buckets.
    """
    find = _fine_edges if step.unit in _FINE else _coarse_edges
    edges = find(span, step, zone, steady)
    first = int(np.searchsorted(edges, span.start, side="right")) - 1
    end = int(np.searchsorted(edges, span.end, side="right"))
    return edges[first : end + 1]


def _period(step: Duration, steady: bool) -> str:
    """The unit in which buckets of ms to hours are counted anew, empty if they are `steady` and longer than a year."""
    in_next_unit, divides, otherwise = _FINE[step.unit]
    first = _PERIODS.index(otherwise if in_next_unit % step.count else divides)
    if not steady:
        return _PERIODS[first]
    return next((unit for unit in _PERIODS[first:] if UNIT_MS[unit] >= step.ms), "")


def _inner_ms(period: str) -> int:
    """The length of a period that is a part of a day, which is counted from midnight; 0 for a longer one."""
    return UNIT_MS[period] if period in ("s", "m", "h") else 0


def _outer_start(local: datetime, period: str) -> datetime:
    if not period:
        return datetime.combine(_EPOCH, _MIDNIGHT, local.tzinfo)
    return _START_OF[period if period in _START_OF else "d"](local)


def _fine_edges(span: TimeSpan, step: Duration, zone: tzinfo, steady: bool) -> NDArray[np.int64]:
    """The edges of all periods around the span, and of those within them only as far as the span reaches."""
    width, period = min(step.ms, MAX_TIMESTAMP_MS + 1), _period(step, steady)
    if period and UNIT_MS[period] < width:
        first = previous_interval(span.start, step, zone)
        return np.arange(first, span.end + width + 1, width, dtype=np.int64)
    inner = _inner_ms(period)
    starts = (
        _starts_of_days(span, zone)
        if inner or period == "d"
        else np.array(list(_outer_starts(span, period, zone, width)), np.int64)
    )
    if not inner or inner % width == 0:
        return _regular_edges(span, starts, width, inner or width)
    parts = []
    for start, end in pairwise(starts.tolist()):
        skipped = max(span.start - start, 0) // (inner or width) * (inner or width)
        length = min(end - start, span.end - start + 2 * max(inner, width))
        parts.append(start + _offsets(skipped, length, width, inner))
    return np.concatenate([*parts, starts[-1:]])


def _regular_edges(span: TimeSpan, starts: NDArray[np.int64], width: int, unit: int) -> NDArray[np.int64]:
    """The edges of buckets that are `width` long from each start to the next, but for the last one. Of what lies before
    the span whole units are skipped.
    """
    firsts = starts[:-1] + np.maximum(span.start - starts[:-1], 0) // unit * unit
    counts = np.maximum(-((firsts - np.minimum(starts[1:], span.end + 2 * unit)) // width), 0)
    places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.concatenate([np.repeat(firsts, counts) + width * places, starts[-1:]])


def _starts_of_days(span: TimeSpan, zone: tzinfo) -> NDArray[np.int64]:
    """The starts of the days from the one that holds the span's start to one after its end."""
    first, last = (_day(to_local(time, zone)) for time in (span.start, span.end))
    starts = midnights(np.arange(first, last + 3, dtype=np.int64), zone)
    return starts[: int(np.searchsorted(starts, span.end, side="right")) + 1]


def _day(local: datetime) -> int:
    return local.toordinal() - _EPOCH.toordinal()


def _offsets(first: int, length: int, width: int, inner: int) -> NDArray[np.int64]:
    """The buckets' starts within a period whose units no whole number of buckets fills, from `first` on and before
    `length`.
    """
    offsets = np.arange(first, length, inner, dtype=np.int64)[:, None] + np.arange(0, inner, width, dtype=np.int64)
    return offsets.ravel()[offsets.ravel() < length]


def _outer_starts(span: TimeSpan, period: str, zone: tzinfo, width: int) -> Iterator[int]:
    """The starts of the months or years from the one that holds the span's start to one after its end."""
    local = _outer_start(to_local(span.start, zone), period)
    yield to_ms(local)
    if not period:
        yield (span.end // width + 2) * width + to_ms(local)
        return
    step, latest = Duration(1, period), to_ms(local)
    while latest <= span.end:
        local = _later(local, step, 1)
        latest = to_ms(local)
        yield latest


def _coarse_start(local: datetime, step: Duration, steady: bool) -> datetime:
    if step.unit in ("w", "y") or step == Duration(1, "d") or not _fits_year(step):
        return _counted_start(local, step) if steady and step.count > 1 else _own_start(local, step)
    year = _START_OF["y"](local)
    units = (local.date() - year.date()).days if step.unit == "d" else local.month - 1
    return _later(year, step, units // step.count)


def _fits_year(step: Duration) -> bool:
    return step.count <= (_DAYS_OF_YEAR if step.unit == "d" else _MONTHS_OF_YEAR)


def _own_start(local: datetime, step: Duration) -> datetime:
    """The week or year of a time; of days and months longer than a year the year."""
    return _START_OF["y" if step.count > 1 and step.unit in ("d", "n") else step.unit](local)


def _counted_start(local: datetime, step: Duration) -> datetime:
    """The last of the steps that are counted from 1970."""
    if step.unit in ("d", "w"):
        days = min(step.count, _LONGEST[step.unit]) * (7 if step.unit == "w" else 1)
        since = local.date() - (_FIRST_SUNDAY if step.unit == "w" else _EPOCH)
        return _midnight(local) - timedelta(days=since.days % days)
    months = min(step.count, _LONGEST[step.unit]) * (_MONTHS_OF_YEAR if step.unit == "y" else 1)
    since_1970 = (local.year - _EPOCH.year) * _MONTHS_OF_YEAR + local.month - 1
    return _later(_START_OF["n"](local), Duration(1, "n"), -(since_1970 % months))


def _coarse_edges(span: TimeSpan, step: Duration, zone: tzinfo, steady: bool) -> NDArray[np.int64]:
    # Counted from the clock's midnight, which a day on which the clocks change may not have.
    start = local = _coarse_start(to_local(span.start, zone), step, steady)
    if step.unit in ("d", "w"):
        return midnights(_days(start, span, step, zone, steady), zone)
    edges, steps = [to_ms(local)], 0
    anew = steady and step.count > 1 and step.unit == "n" and _fits_year(step)
    while edges[-1] <= span.end:
        steps += 1
        local = _later(start, step, steps)
        if anew and local.year > start.year:
            start, steps = _START_OF["y"](local), 0
            local = start
        edges.append(to_ms(local))
    return np.array(edges, np.int64)


def _days(start: datetime, span: TimeSpan, step: Duration, zone: tzinfo, steady: bool) -> NDArray[np.int64]:
    """The days on which buckets of days or weeks begin, from the one of `start` to one after the span's end."""
    first, end = _day(start), to_local(span.end, zone)
    # A step longer than any span ends after it, wherever.
    width = min(step.count, _LONGEST[step.unit]) * (7 if step.unit == "w" else 1)
    if not steady or step.count == 1 or step.unit == "w" or not _fits_year(step):
        return np.arange(first, max(_day(end), first) + 2 * width + 1, width, dtype=np.int64)
    years = [date(year, 1, 1).toordinal() - _EPOCH.toordinal() for year in range(start.year + 1, end.year + 3)]
    return np.concatenate([np.arange(*bounds, width, dtype=np.int64) for bounds in pairwise([first, *years])])


def _later(local: datetime, step: Duration, times: int) -> datetime:
    """`times` steps of days or more later by the calendar: the hour on the clock stays."""
    # A step longer than any span ends after it, wherever; datetime knows no year 300000.
    count = times * min(step.count, _LONGEST[step.unit])
    if step.unit in ("d", "w"):
        return local + timedelta(days=count * (7 if step.unit == "w" else 1))
    months = local.year * 12 + local.month - 1 + count * (12 if step.unit == "y" else 1)
    return local.replace(year=months // 12, month=months % 12 + 1)


_LONGEST = {unit: MAX_TIMESTAMP_MS // Duration(1, unit).ms + 1 for unit in ("d", "w", "n", "y")}
