"""`/api/query/last`: the question in a query string or a body, and the answer."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import orjson

from tsdbserver.errors import BadPoint, BadQuery
from tsdbserver.model.last import LastOf, LastPoint, LastQuestion
from tsdbserver.wire.decoding import decoded
from tsdbserver.wire.points.telnet_tags import parse_tags
from tsdbserver.wire.query.common import MAX_TSUIDS, check_count, parse_tsuids

_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_MOST_HOURS = (1 << 31) - 1
_LARGEST_INTEGER = float(1 << 53)
"""Up to here every whole double is the integer that was written."""


class _LastOf(msgspec.Struct):
    metric: str | None = None
    tags: dict[str, str] | None = None
    tsuids: list[str] | None = None


class _LastQuestion(msgspec.Struct):
    queries: list[_LastOf] | None = None
    resolveNames: bool | None = None  # noqa: N815 - names on the wire are OpenTSDB's
    backScan: int | None = None  # noqa: N815


# Not strict: OpenTSDB takes "true" for true and "5" for 5.
_decoder = msgspec.json.Decoder(_LastQuestion, strict=False)


def parse_last_uri(parameters: Mapping[str, Sequence[str]]) -> LastQuestion:
    """The question of a GET request's parameters, each name with its values. BadQuery says what is wrong."""
    series = [
        *map(_series, parameters.get("timeseries", ())),
        *(LastOf(tsuids=parse_tsuids(text.split(","))) for text in parameters.get("tsuids", ())),
    ]
    hours = parameters.get("back_scan", ("0",))[-1]
    if not _INTEGER.fullmatch(hours):
        raise BadQuery("Unable to parse back_scan parameter", f"not an integer: {hours}")
    return _question(series, int(hours), "resolve" in parameters)


def parse_last_json(body: bytes) -> LastQuestion:
    """The question of a POST request's body. BadQuery says what is wrong."""
    if not body:
        raise BadQuery("Missing message content", "Supply valid JSON formatted data in the body of your request")
    message = decoded(_decoder.decode, body, partial(BadQuery, "Unable to parse the given JSON"))
    series = [LastOf(one.metric or "", one.tags or {}, parse_tsuids(one.tsuids or ())) for one in message.queries or ()]
    return _question(series, message.backScan or 0, bool(message.resolveNames))


def _question(series: Sequence[LastOf], hours: int, named: bool) -> LastQuestion:
    if not series:
        raise BadQuery("Missing sub queries")
    if any(not (one.metric or one.tsuids) for one in series):
        raise BadQuery("Missing the metric or tsuids, provide at least one")
    check_count("series", sum(len(one.tsuids) or 1 for one in series), MAX_TSUIDS)
    if hours > _MOST_HOURS:
        raise BadQuery("Unable to parse back_scan parameter", f"more than {_MOST_HOURS} hours: {hours}")
    return LastQuestion(series, hours, named)


def _series(text: str) -> LastOf:
    """`metric{key=value,…}`."""
    metric, brace, rest = text.partition("{")
    if brace and not rest.endswith("}"):
        raise BadQuery(f"Missing '}}' at the end of: {text}")
    try:
        return LastOf(metric, parse_tags(rest[:-1].split(",")))
    except BadPoint as error:
        raise BadQuery(f"When parsing tags of '{text}': {error.message}") from None


def render_last(points: Sequence[LastPoint], named: bool) -> bytes:
    """The answer: values are texts; metric and tags are there if they are wanted."""
    return orjson.dumps([_fields(point, named) for point in points])


def _fields(point: LastPoint, named: bool) -> dict[str, object]:
    names = {"metric": point.metric, "tags": point.tags} if named else {}
    return {**names, "timestamp": point.time, "value": _text(point.value), "tsuid": point.tsuid}


def _text(value: float) -> str:
    """A whole number as the integer that most writers sent, any other as a double."""
    return str(int(value)) if value.is_integer() and abs(value) <= _LARGEST_INTEGER else repr(value)
