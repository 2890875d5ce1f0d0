"""`m=sum:10s-avg-nan:metric{group=*}{filter=a|b}` → SubQuery: `GET /api/query`."""

import re

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Downsample, FilterSpec, Query, SubQuery
from tsdbserver.wire.query_json import parse_span
from tsdbserver.wire.tag_value import legacy_filter

_METRIC = re.compile(r"(?P<name>[^{}]+)(?:\{(?P<group>[^{}]*)\})?(?:\{(?P<only>[^{}]*)\})?")


def parse_query(
    start: str | None, end: str | None, m: list[str], now: int, ms: bool = False, arrays: bool = False
) -> Query:
    """The query of a GET request's parameters, asked at `now` (ms). BadQuery says what is wrong."""
    if not start:
        raise BadQuery("Missing parameter <code>start</code>")
    if not m:
        raise BadQuery("Missing sub queries")
    return Query(parse_span(start, end, now), [parse_m(text) for text in m], ms, arrays)


def parse_m(text: str) -> SubQuery:
    """One `m` parameter. The first pair of braces holds filters that group, the second ones that only select."""
    aggregator, *options, metric = _pieces(text)
    downsample, explicit_tags = None, False
    for option in options:
        if option[:1].isdigit():
            downsample = Downsample.parse(option)
        elif option.lower() == "explicit_tags":
            explicit_tags = True
        else:
            raise BadQuery(f"Invalid parameter m={text}: unknown option '{option}'")
    name, filters = parse_metric(metric)
    return SubQuery(aggregator, name, downsample, filters, explicit_tags)


def parse_metric(text: str) -> tuple[str, tuple[FilterSpec, ...]]:
    """`metric{group}{only}` → the metric and its filters."""
    match = _METRIC.fullmatch(text)
    if match is None:
        raise BadQuery(f"Missing '}}' at the end of: {text}" if "{" in text else f"Invalid metric: '{text}'")
    return match["name"], (*_filters(match["only"], group_by=False), *_filters(match["group"], group_by=True))


def _pieces(text: str) -> list[str]:
    pieces = text.split(":")
    if len(pieces) < 2:
        raise BadQuery(f"Invalid parameter m={text} (not enough :-separated parts)")
    if len(pieces) > 5:
        raise BadQuery(f"Invalid parameter m={text} (too many :-separated parts)")
    if not all(pieces):
        raise BadQuery(f"Invalid parameter m={text} (an empty part)")
    return pieces


def _filters(braces: str | None, group_by: bool) -> list[FilterSpec]:
    return [_filter(tag, group_by) for tag in braces.split(",")] if braces else []


def _filter(tag: str, group_by: bool) -> FilterSpec:
    key, equals, value = tag.partition("=")
    if not (key and equals and value) or "=" in value:
        raise BadQuery(f"When parsing tag '{tag}': invalid tag: {tag}")
    return legacy_filter(key, value, group_by)
