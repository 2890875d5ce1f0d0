"""`m=sum:10s-avg-nan:metric{group=*}{filter=a|b}` → SubQuery: `GET /api/query`."""

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.query import Downsample, FilterSpec, Query, Shown, SubQuery
from tsdbserver.wire.query.common import PRE_AGGREGATES, assemble, parse_percentiles, parse_span, parse_tsuids
from tsdbserver.wire.query.grafana_repair import mended_downsample
from tsdbserver.wire.query.legacy_filter import legacy_filter
from tsdbserver.wire.query.rate_options import parse_rate

_METRIC = re.compile(r"(?P<name>[^{}]*)(?:\{(?P<group>[^{}]*)\})?(?P<only>(?:\{[^{}]*\})*)")
_INTERVAL = re.compile(r"[0-9]|allc?(?:-|$)", re.IGNORECASE)
_MENDED_INTERVAL = re.compile(r"\s*(?:\.?[0-9]|allc?\s*(?:-|$))", re.IGNORECASE)
"""What an option begins with that is a downsample."""
_PERCENTILES = re.compile(r"percentiles\s*\[(?P<values>[^\]]*)\]", re.IGNORECASE)


def parse_query(parameters: Mapping[str, Sequence[str]], now: int, profile: Profile = FAITHFUL) -> Query:
    """The query of a GET request's parameters (each name with its values), asked at `now` (ms).

    Flags such as `ms` and `arrays` count when present; of anything else that stands there twice, the last counts.
    BadQuery says what is wrong.
    """
    check_start(parameters)
    subs = [
        *(parse_tsuid(text, profile) for text in parameters.get("tsuid", ())),
        *(parse_m(text, profile) for text in parameters.get("m", ())),
    ]
    if not subs:
        raise BadQuery("Missing sub queries")
    return query_of(parameters, subs, now, profile)


def check_start(parameters: Mapping[str, Sequence[str]]) -> None:
    """BadQuery if no start is among the parameters."""
    if not parameters.get("start", ("",))[-1]:
        raise BadQuery("Missing parameter <code>start</code>")


def query_of(
    parameters: Mapping[str, Sequence[str]], subs: Sequence[SubQuery], now: int, profile: Profile = FAITHFUL
) -> Query:
    """The query of some sub queries and of the parameters that are about all of them; there must be a start."""
    last = {name: values[-1] for name, values in parameters.items()}
    zone = last.get("timezone") or last.get("tz") or ""
    span = parse_span(last["start"], last.get("end"), now, zone)
    return assemble(span, subs, zone, "use_calendar" in last, _shown(parameters), profile)


def _shown(flags: Container[str]) -> Shown:
    return Shown(
        ms_resolution="ms" in flags,
        arrays="arrays" in flags,
        query="show_query" in flags,
        tsuids="show_tsuids" in flags,
        stats="show_stats" in flags,
        summary="show_summary" in flags,
        annotations="no_annotations" not in flags,
        global_annotations="global_annotations" in flags,
    )


def parse_m(text: str, profile: Profile = FAITHFUL) -> SubQuery:
    """One `m` parameter. The first pair of braces holds filters that group, the others ones that only select."""
    if not text:
        raise BadQuery("The query string was empty")
    aggregator, options, metric = _pieces(text)
    name, filters = parse_metric(metric, profile)
    return SubQuery(aggregator, name, filters=filters, **_read(options, profile))


def parse_tsuid(text: str, profile: Profile = FAITHFUL) -> SubQuery:
    """One `tsuid` parameter: as `m`, with ids of time series in the place of the metric and no explicit tags."""
    if not text:
        raise BadQuery("The tsuid query string was empty")
    aggregator, options, tsuids = _pieces(text)
    return SubQuery(aggregator, "", tsuids=parse_tsuids(tsuids.split(",")), **_read(options, profile))


def parse_metric(text: str, profile: Profile = FAITHFUL) -> tuple[str, tuple[FilterSpec, ...]]:
    """`metric{group}{only}` → the metric and its filters, those that only select first."""
    if not text:
        raise BadQuery("Metric cannot be null or empty")
    if "{" not in text:
        return text, ()
    match = _METRIC.fullmatch(text)
    if match is None:
        raise BadQuery(f"Missing '}}' at the end of: {text}")
    if not match["name"]:
        raise BadQuery("Missing the metric or tsuids, provide at least one")
    only = [_filter(tag, False, profile) for pair in match["only"][1:-1].split("}{") for tag in _tags(pair)]
    return match["name"], (*only, *(_filter(tag, True, profile) for tag in _tags(match["group"])))


def _pieces(text: str) -> tuple[str, list[str], str]:
    pieces = text.split(":")
    if len(pieces) < 2:
        raise BadQuery(f"Invalid parameter m={text} (not enough :-separated parts)")
    if len(pieces) > 5:
        raise BadQuery(f"Invalid parameter m={text} (too many :-separated parts)")
    if not pieces[0]:
        raise BadQuery("Missing the aggregation function")
    if not all(pieces):
        raise BadQuery(f"Invalid parameter m={text} (an empty part)")
    return pieces[0], pieces[1:-1], pieces[-1]


def _read(options: Sequence[str], profile: Profile) -> dict[str, Any]:
    """The fields of SubQuery that some options set, in whatever order they stand."""
    fields: dict[str, Any] = {}
    for option in options:
        fields.update(_option(option, profile))
    return fields


def _option(text: str, profile: Profile) -> dict[str, Any]:
    if (_MENDED_INTERVAL if profile.mends_queries else _INTERVAL).match(text):
        return {"downsample": Downsample.parse(mended_downsample(text) if profile.mends_queries else text)}
    word = text.lower()
    if word.startswith("rate"):
        return {"rate": parse_rate(text)}
    if word.startswith("percentiles"):
        return {"percentiles": _percentiles(text)}
    if word.startswith("show-histogram-buckets"):
        return {"show_histogram_buckets": True}
    if word.startswith("explicit_tags"):
        return {"explicit_tags": True}
    if word == "pre-agg":
        raise BadQuery(PRE_AGGREGATES)
    return {}  # OpenTSDB does not look at what it does not know


def _percentiles(text: str) -> tuple[float, ...]:
    match = _PERCENTILES.fullmatch(text)
    if match is None:
        raise BadQuery(f"Malformated percentile query paramater: {text}")
    return parse_percentiles([_percentile(value, text) for value in match["values"].split(",")])


def _percentile(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadQuery(f"Invalid percentile '{text}' in {option}") from None


def _tags(braces: str | None) -> list[str]:
    return braces.split(",") if braces else []


def _filter(tag: str, group_by: bool, profile: Profile) -> FilterSpec:
    key, equals, value = tag.partition("=")
    if not (key and equals and value) or "=" in value:
        raise BadQuery(f"When parsing tag '{tag}': invalid tag: {tag}")
    try:
        return legacy_filter(key, value, group_by, profile.reads_choices)
    except BadQuery as error:
        raise BadQuery(f"When parsing tag '{tag}': {error.message}") from None
