"""`POST /api/query` body → Query. Fields that are not named here are ignored, as OpenTSDB ignores them."""

import msgspec

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Downsample, FilterSpec, Query, SubQuery
from tsdbserver.model.time import TimeSpan, parse_time
from tsdbserver.wire.tag_value import legacy_filter


class _Filter(msgspec.Struct):
    type: str
    tagk: str
    filter: str
    groupBy: bool | None = None  # noqa: N815 - names on the wire are OpenTSDB's
    group_by: bool | None = None


class _SubQuery(msgspec.Struct):
    aggregator: str | None = None
    metric: str | None = None
    downsample: str | None = None
    rate: bool | str | None = None
    tags: dict[str, str] | None = None
    filters: list[_Filter] | None = None
    explicitTags: bool | None = None  # noqa: N815


class _Query(msgspec.Struct):
    queries: list[_SubQuery] | None = None
    start: int | float | str | None = None
    end: int | float | str | None = None
    msResolution: bool | None = None  # noqa: N815
    delete: bool | None = None


_decoder = msgspec.json.Decoder(_Query)


def parse_query(body: bytes, now: int, arrays: bool = False) -> Query:
    """The query in `body`, asked at `now` (ms); `arrays` stands in the query string. BadQuery says what is wrong."""
    if not body:
        raise BadQuery("Missing message content")
    try:
        message = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadQuery("Unable to parse the given JSON", str(error)) from None
    if message.delete:
        raise BadQuery("Bad request", "Deleting data is not enabled (tsd.http.query.allow_delete=false)")
    span = parse_span(message.start, message.end, now)
    if not message.queries:
        raise BadQuery("Missing queries")
    return Query(span, [_sub_query(sub) for sub in message.queries], bool(message.msResolution), arrays)


def parse_span(start: int | float | str | None, end: int | float | str | None, now: int) -> TimeSpan:
    """The span asked for; without an end it ends now. BadQuery without a start or if it ends before it starts."""
    first, last = parse_time(start, now), parse_time(end, now)
    if first is None:
        raise BadQuery("Missing start time")
    last = now if last is None else last
    if last < first:
        raise BadQuery(f"End time [{last}] must be greater than or equal to the start time [{first}]")
    return TimeSpan(first, last)


def _sub_query(sub: _SubQuery) -> SubQuery:
    if not sub.aggregator:
        raise BadQuery("Missing the aggregation function")
    if not sub.metric:
        raise BadQuery("Missing the metric or tsuids, provide at least one")
    if sub.rate in (True, "true"):
        raise BadQuery("rate is not supported yet; a k6 counter's increase per second is its companion metric .rate")
    legacy = [legacy_filter(key, value, group_by=True) for key, value in (sub.tags or {}).items()]
    filters = [FilterSpec(f.type, f.tagk, f.filter, bool(f.groupBy or f.group_by)) for f in sub.filters or ()]
    downsample = Downsample.parse(sub.downsample) if sub.downsample else None
    return SubQuery(sub.aggregator, sub.metric, downsample, (*filters, *legacy), bool(sub.explicitTags))
