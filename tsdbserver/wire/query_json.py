"""`POST /api/query` body → Query. Fields that are not named here are ignored, as OpenTSDB ignores them."""

from collections.abc import Iterable

import msgspec

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Downsample, FilterSpec, Query, Shown, SubQuery
from tsdbserver.wire.decoding import decoded
from tsdbserver.wire.query_parts import DELETING, assemble, parse_percentiles, parse_span, parse_tsuids
from tsdbserver.wire.rate_options import RateOptions
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
    tsuids: list[str] | None = None
    downsample: str | None = None
    rate: bool | None = None
    rateOptions: RateOptions | None = None  # noqa: N815
    tags: dict[str, str] = {}
    filters: list[_Filter] | None = None
    explicitTags: bool | None = None  # noqa: N815
    percentiles: list[float] | None = None
    showHistogramBuckets: bool | None = None  # noqa: N815


class _Query(msgspec.Struct):
    queries: list[msgspec.Raw] | None = None
    start: int | float | str | None = None
    end: int | float | str | None = None
    timezone: str | None = None
    useCalendar: bool | None = None  # noqa: N815
    msResolution: bool | None = None  # noqa: N815
    showQuery: bool | None = None  # noqa: N815
    showTSUIDs: bool | None = None  # noqa: N815
    showStats: bool | None = None  # noqa: N815
    showSummary: bool | None = None  # noqa: N815
    noAnnotations: bool | None = None  # noqa: N815
    globalAnnotations: bool | None = None  # noqa: N815
    delete: bool | None = None


# Not strict: OpenTSDB takes "true" for true and "5" for 5.
_query_decoder = msgspec.json.Decoder(_Query, strict=False)
_sub_query_decoder = msgspec.json.Decoder(_SubQuery, strict=False)
_keys_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse_query(body: bytes, now: int, arrays: bool = False) -> Query:
    """The query in `body`, asked at `now` (ms); `arrays` stands in the query string. BadQuery says what is wrong."""
    if not body:
        raise BadQuery("Missing message content", "Supply valid JSON formatted data in the body of your request")
    message, subs = _decode(body)
    if message.delete:
        raise BadQuery("Bad request", DELETING)
    zone = message.timezone or ""
    span = parse_span(message.start, message.end, now, zone)
    if not subs:
        raise BadQuery("Missing queries")
    questions = [_sub_query(sub, filters) for sub, filters in subs]
    return assemble(span, questions, zone, use_calendar=bool(message.useCalendar), shown=_shown(message, arrays))


def _shown(message: _Query, arrays: bool) -> Shown:
    return Shown(
        ms_resolution=bool(message.msResolution),
        arrays=arrays,
        query=bool(message.showQuery),
        tsuids=bool(message.showTSUIDs),
        stats=bool(message.showStats),
        summary=bool(message.showSummary),
        annotations=not message.noAnnotations,
        global_annotations=bool(message.globalAnnotations),
    )


def _decode(body: bytes) -> tuple[_Query, list[tuple[_SubQuery, list[FilterSpec]]]]:
    message = decoded(_query_decoder.decode, body, _not_understood)
    texts = [bytes(text) for text in message.queries or ()]
    subs = [(decoded(_sub_query_decoder.decode, text, _not_understood), text) for text in texts]
    try:
        return message, [(sub, _filters(sub, text)) for sub, text in subs]
    except BadQuery as error:
        raise _not_understood(error.message) from None


def _not_understood(reason: str) -> BadQuery:
    return BadQuery("Unable to parse the given JSON", reason)


def _filters(sub: _SubQuery, text: bytes) -> list[FilterSpec]:
    """The filters of a sub query; where it has both `tags` and `filters`, whichever stands last in its text."""
    filters = [FilterSpec(f.type, f.tagk, f.filter, bool(f.groupBy or f.group_by)) for f in sub.filters or ()]
    if not sub.tags or (filters and _last(text, ("tags", "filters")) == "filters"):
        return filters
    return [legacy_filter(key, value, group_by=True) for key, value in sub.tags.items()]


def _last(text: bytes, names: Iterable[str]) -> str:
    order = list(decoded(_keys_decoder.decode, text, _not_understood))
    return max(names, key=order.index)


def _sub_query(sub: _SubQuery, filters: list[FilterSpec]) -> SubQuery:
    if not sub.aggregator:
        raise BadQuery("Missing the aggregation function")
    if not (sub.metric or sub.tsuids):
        raise BadQuery("Missing the metric or tsuids, provide at least one")
    options = sub.rateOptions or RateOptions()
    return SubQuery(
        aggregator=sub.aggregator,
        metric=sub.metric or "",
        downsample=Downsample.parse(sub.downsample) if sub.downsample else None,
        filters=tuple(filters),
        explicit_tags=bool(sub.explicitTags),
        rate=options.rate() if sub.rate else None,
        tsuids=parse_tsuids(sub.tsuids or ()),
        percentiles=parse_percentiles(sub.percentiles or ()),
        show_histogram_buckets=bool(sub.showHistogramBuckets),
    )
