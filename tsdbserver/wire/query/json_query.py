"""`POST /api/query` body → Query. Fields that are not named here are ignored, as OpenTSDB ignores them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.query import Downsample, FilterSpec, Query, Shown, SubQuery
from tsdbserver.wire.decoding import UNREADABLE, decoded, without_rest
from tsdbserver.wire.query.common import (
    DELETING,
    MAX_SUB_QUERIES,
    PRE_AGGREGATES,
    assemble,
    check_count,
    parse_percentiles,
    parse_span,
    parse_tsuids,
)
from tsdbserver.wire.query.grafana_repair import MendedRateOptions, mended_downsample, without_variables
from tsdbserver.wire.query.legacy_filter import legacy_filter
from tsdbserver.wire.query.rate_options import RateOptions

_Text = str | int | float | bool
"""OpenTSDB's library takes a number or a boolean for its text."""


class _Filter(msgspec.Struct):
    type: _Text
    tagk: _Text
    filter: _Text
    groupBy: bool | None = None  # noqa: N815 - names on the wire are OpenTSDB's
    group_by: bool | None = None


class _SubQuery(msgspec.Struct):
    aggregator: _Text | None = None
    metric: _Text | None = None
    tsuids: list[_Text] | None = None
    downsample: _Text | None = None
    rate: bool | None = None
    rateOptions: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815
    tags: dict[str, _Text] | list[Any] | None = {}
    filters: list[_Filter] | None = None
    explicitTags: bool | None = None  # noqa: N815
    percentiles: list[float] | None = None
    preAggregate: bool | None = None  # noqa: N815
    showHistogramBuckets: bool | None = None  # noqa: N815


class _Query(msgspec.Struct):
    queries: list[msgspec.Raw] | None = None
    start: _Text | None = None
    end: _Text | None = None
    timezone: _Text | None = None
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
_rate_decoder = msgspec.json.Decoder(RateOptions | None, strict=False)
_mended_rate_decoder = msgspec.json.Decoder(MendedRateOptions | None, strict=False)
_keys_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse_query(body: bytes, now: int, arrays: bool = False, profile: Profile = FAITHFUL) -> Query:
    """The query in `body`, asked at `now` (ms); `arrays` stands in the query string. BadQuery says what is wrong."""
    if not body:
        raise BadQuery("Missing message content", "Supply valid JSON formatted data in the body of your request")
    message = _message(body)
    check_count("sub queries", len(message.queries or ()), MAX_SUB_QUERIES)  # before any is looked at
    subs = [_Parts.of(bytes(text), profile) for text in message.queries or ()]
    if message.delete:
        raise BadQuery("Bad request", DELETING)
    zone = _text(message.timezone)
    span = parse_span(_text(message.start), _text(message.end), now, zone)
    if not subs:
        raise BadQuery("Missing queries")
    questions = [_sub_query(parts, profile) for parts in subs]
    return assemble(span, questions, zone, bool(message.useCalendar), _shown(message, arrays), profile)


def _message(body: bytes) -> _Query:
    try:
        return _query_decoder.decode(body)
    except UNREADABLE:
        return decoded(_query_decoder.decode, without_rest(body), _not_understood)


def _text(value: _Text | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


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


class _Parts(NamedTuple):
    """A sub query, and what of it is not as it stands in the text."""

    sub: _SubQuery
    filters: list[FilterSpec]
    rate: RateOptions | MendedRateOptions

    @classmethod
    def of(cls, text: bytes, profile: Profile) -> "_Parts":
        sub = decoded(_sub_query_decoder.decode, text, _not_understood)
        try:
            filters = _filters(sub, text, profile)
        except BadQuery as error:
            raise refused_filter(error.message, profile) from None
        return cls(sub, filters, _rate_options(bytes(sub.rateOptions), profile))


def refused_filter(reason: str, profile: Profile) -> BadQuery:
    """What to say of a filter that cannot be built: OpenTSDB takes it for bad JSON."""
    return BadQuery(reason) if profile.tells_reasons else _not_understood(reason)


def _not_understood(reason: str) -> BadQuery:
    return BadQuery("Unable to parse the given JSON", reason)


def _rate_options(text: bytes, profile: Profile) -> RateOptions | MendedRateOptions:
    if profile.mends_queries:
        return decoded(_mended_rate_decoder.decode, text, _not_understood) or MendedRateOptions()
    return decoded(_rate_decoder.decode, text, _not_understood) or RateOptions()


def _filters(sub: _SubQuery, text: bytes, profile: Profile) -> list[FilterSpec]:
    """The filters of a sub query; where it has `tags` and `filters`, whichever stands last in its text, or both."""
    filters = [_filter(f) for f in sub.filters or ()]
    tags = _tags(sub, profile)
    if not (tags and filters):
        return filters or _legacy_filters(tags, profile)
    if profile.joins_tags_and_filters:
        return [*filters, *_legacy_filters(without_variables(tags), profile)]
    return filters if _last(text, ("tags", "filters")) == "filters" else _legacy_filters(tags, profile)


def _filter(message: _Filter) -> FilterSpec:
    by_group = bool(message.groupBy or message.group_by)
    return FilterSpec(_text(message.type), _text(message.tagk), _text(message.filter), by_group)


def _tags(sub: _SubQuery, profile: Profile) -> Mapping[str, str]:
    """The legacy tags. An empty array is an empty object: that is how some Grafanas write one."""
    match sub.tags:
        case dict():
            return {key: _text(value) for key, value in sub.tags.items()}
        case []:
            return {}
        case None if profile.mends_queries:
            return {}
    raise BadQuery(f"Expected `object`, got `{'null' if sub.tags is None else 'array'}` - at `$.tags`")


def _legacy_filters(tags: Mapping[str, str], profile: Profile) -> list[FilterSpec]:
    return [legacy_filter(key, value, True, profile.reads_choices) for key, value in tags.items()]


def _last(text: bytes, names: Iterable[str]) -> str:
    order = list(decoded(_keys_decoder.decode, text, _not_understood))
    return max(names, key=order.index)


def _downsample(text: str, profile: Profile) -> Downsample | None:
    if not text:
        return None
    return Downsample.parse(mended_downsample(text) if profile.mends_queries else text)


def _sub_query(parts: _Parts, profile: Profile) -> SubQuery:
    sub = parts.sub
    if not sub.aggregator:
        raise BadQuery("Missing the aggregation function")
    if not (sub.metric or sub.tsuids):
        raise BadQuery("Missing the metric or tsuids, provide at least one")
    if sub.preAggregate:
        raise BadQuery(PRE_AGGREGATES)
    return SubQuery(
        aggregator=_text(sub.aggregator),
        metric=_text(sub.metric),
        downsample=_downsample(_text(sub.downsample), profile),
        filters=tuple(parts.filters),
        explicit_tags=bool(sub.explicitTags),
        rate=parts.rate.rate() if sub.rate else None,
        tsuids=parse_tsuids([_text(text) for text in sub.tsuids or ()]),
        percentiles=parse_percentiles(sub.percentiles or ()),
        show_histogram_buckets=bool(sub.showHistogramBuckets),
    )
