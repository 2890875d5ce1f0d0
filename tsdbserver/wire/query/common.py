"""What both spellings of a query have in common: its span, its numbers, and how its sub queries become one Query."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.query import Query, Shown, SubQuery
from tsdbserver.model.time import MAX_TIMESTAMP_MS, SECOND_MS, TimeSpan, parse_time
from tsdbserver.model.uid import check_tsuid
from tsdbserver.model.zone import parse_zone

DELETING = "Deleting data is not enabled (tsd.http.query.allow_delete=false)"
"""Why a query that asks to erase what it finds is refused."""
MAX_SUB_QUERIES = 1_000
"""Of one query."""
MAX_FILTERS = 100
"""Of one sub query: a series has no more tags than that."""
MAX_TSUIDS = 10_000
"""Series that one sub query, or one question for newest points, may list."""
PRE_AGGREGATES = "No pre-aggregates are stored: pre-agg"
"""Why a query for data that somebody else has aggregated is refused."""


def parse_span(start: int | float | str | None, end: int | float | str | None, now: int, zone: str = "") -> TimeSpan:
    """The span asked for, of what times can be stored at all; without an end it ends now.

    BadQuery without a start or if it ends before it starts.
    """
    first, last = parse_time(start, now, zone), parse_time(end, now, zone)
    if first is None:
        raise BadQuery("Missing start time")
    last = now if last is None else last
    if last < first:
        raise BadQuery(f"End time [{last}] must be greater than or equal to the start time [{first}]")
    return TimeSpan(_storable(first), _storable(last))


def parse_percentiles(values: Iterable[float]) -> tuple[float, ...]:
    """Percentiles in ascending order; BadQuery for one that is not between 0 and 100."""
    for value in values:
        if not 0 <= value <= 100:
            raise BadQuery(f"Invalid percentile parameters: {value}")
    return tuple(sorted(values))


def parse_tsuids(texts: Sequence[str]) -> tuple[str, ...]:
    """The ids of time series, in capitals; BadQuery for one that is none, and for too many."""
    check_count("tsuids", len(texts), MAX_TSUIDS)
    return tuple(map(check_tsuid, texts))


def check_count(name: str, count: int, most: int) -> None:
    """BadQuery if there are more than `most` of what is named."""
    if count > most:
        raise BadQuery(f"Too many {name}: {count} maximum allowed: {most}")


def assemble(
    span: TimeSpan,
    subs: Sequence[SubQuery],
    zone: str,
    use_calendar: bool,
    shown: Shown,
    profile: Profile = FAITHFUL,
) -> Query:
    """The query of some sub queries; identical ones are asked once. BadQuery for an unknown zone that would matter, and
    for more sub queries or filters than a query may have.
    """
    check_count("sub queries", len(subs), MAX_SUB_QUERIES)
    check_count("filters of a sub query", max((len(sub.filters) for sub in subs), default=0), MAX_FILTERS)
    if use_calendar:
        subs = [_by_calendar(sub) for sub in subs]
    subs = [_suited(sub, shown, profile) for sub in subs]
    return Query(span, tuple(dict.fromkeys(subs)), shown, _zone(zone, subs), profile, tuple(subs))


def _by_calendar(sub: SubQuery) -> SubQuery:
    if sub.downsample is None or sub.downsample.step is None:
        return sub
    return replace(sub, downsample=replace(sub.downsample, calendar=True))


def _suited(sub: SubQuery, shown: Shown, profile: Profile) -> SubQuery:
    """The sub query with the slots that a mount makes of those asked for."""
    narrowest = SECOND_MS if profile.fits_seconds and not shown.ms_resolution else 1
    downsample = sub.downsample and replace(sub.downsample, steady=profile.counts_steadily and sub.downsample.calendar)
    return replace(sub, downsample=downsample, resolution=narrowest)


def _zone(name: str, subs: Sequence[SubQuery]) -> tzinfo:
    try:
        return parse_zone(name)
    except BadQuery:
        if any(sub.downsample for sub in subs):
            raise BadQuery("The timezone specification could not be found", f"There is no time zone '{name}'") from None
        return UTC


def _storable(time: int) -> int:
    return min(max(time, 0), MAX_TIMESTAMP_MS)
