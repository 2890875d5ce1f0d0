"""Time zones by the names of the IANA database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery

DAY_MS = 86_400_000
_EPOCH = datetime.fromtimestamp(0, UTC)
_WEEK_S = 7 * 86_400
"""Clocks never change twice within a week."""


class Change(NamedTuple):
    """A change of the clocks: when (seconds since the epoch), and what they are ahead of UTC before and after (s)."""

    time: int
    before: int
    after: int


def midnights(days: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """When days begin (ms) that are counted from 1970-01-01 by the calendar of a zone; the days must ascend.

    As with `datetime`, the first of two midnights counts, and what the clocks skip is as if they did not.
    """
    first, last = (_EPOCH + timedelta(days=int(day)) for day in (days[0], days[-1]))
    changes = [change for year in range(first.year - 1, last.year + 2) for change in changes_of(zone, year)]
    start = _offset(int(first.timestamp()) - 2 * _WEEK_S, zone)
    changes = [change for change in changes if change.time > first.timestamp() - 2 * _WEEK_S]
    local = [(change.time + max(change.before, change.after)) * 1000 for change in changes]
    offsets = 1000 * np.array([start, *(change.after for change in changes)], np.int64)
    clock = days * DAY_MS
    return clock - offsets[np.searchsorted(np.array(local, np.int64), clock, side="right")]


@lru_cache(maxsize=16_384)
def changes_of(zone: tzinfo, year: int) -> tuple[Change, ...]:
    """The changes of the clocks in a year of UTC."""
    begin, end = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    return tuple(_find_changes([*range(begin, end, _WEEK_S), end], zone))


def _find_changes(times: list[int], zone: tzinfo) -> Iterator[Change]:
    offsets = [_offset(time, zone) for time in times]
    for (low, high), (before, after) in zip(pairwise(times), pairwise(offsets), strict=True):
        if before == after:
            continue
        earlier, later = low, high
        while later - earlier > 1:
            middle = (earlier + later) // 2
            earlier, later = (middle, later) if _offset(middle, zone) == before else (earlier, middle)
        yield Change(later, before, after)


def _offset(time: int, zone: tzinfo) -> int:
    """What the clocks are ahead of UTC, in seconds."""
    offset = (_EPOCH + timedelta(seconds=time)).astimezone(zone).utcoffset()
    return offset // timedelta(seconds=1) if offset else 0


def parse_zone(name: str) -> tzinfo:
    """The zone of that name, UTC for an empty one; BadQuery if there is none."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError and OSError: a name that is a path
        raise BadQuery(f"Invalid timezone name: {name}") from None
