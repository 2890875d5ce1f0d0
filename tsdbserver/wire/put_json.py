"""`/api/put` body → data points, each good or with the reason why not; OpenTSDB's rules and words.

One bad point does not spoil the others: the body as a whole fails only when it is no list of points at all.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import orjson

from tsdbserver.errors import BadPoint, BadRequest
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.series import SeriesKey, tag_set
from tsdbserver.model.time import MAX_SECONDS, MAX_TIMESTAMP_MS
from tsdbserver.wire.decoding import decoded

MAX_TAGS = 8
_DIGITS_AND_MARKS = frozenset("0123456789-_./")
"""What a name may hold beside letters of any alphabet."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
"""Java's numbers: unlike Python's, they have no underscores and no digits but ASCII's."""
_TIME = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_INT64 = range(-(1 << 63), 1 << 63)


class _Point(msgspec.Struct):
    metric: str | None = None
    timestamp: int | float | str | None = None
    value: int | float | str | bool | None = None
    tags: dict[str, str | None] | None = None


_decoder = msgspec.json.Decoder(_Point | list[_Point | None])


@dataclass(frozen=True, slots=True)
class PutPoint:
    """A point of a put request: `point`, or `error` and the point as it was sent, for `details`."""

    sent: dict[str, object] | None
    point: DataPoint | None = None
    error: str = ""


def parse_put(body: bytes) -> list[PutPoint]:
    """The points of a put body in order. BadRequest if it is no JSON object or array of points, or holds none."""
    text = body.lstrip()
    if not text:
        raise BadRequest("Missing request content")
    if text[:1] not in (b"{", b"["):
        raise BadRequest("The JSON must start as an object or an array")
    message = decoded(_decoder.decode, text, partial(BadRequest, "Unable to parse the given JSON"))
    points = message if isinstance(message, list) else [message]
    if not points:
        raise BadRequest("No datapoints found in content")
    return [_checked(point) for point in points]


def _checked(point: _Point | None) -> PutPoint:
    if point is None:
        return PutPoint(None, error="Unexpected null datapoint encountered in set.")
    sent: dict[str, object] = {
        "metric": point.metric,
        "timestamp": _repeatable(point.timestamp),
        "value": None if point.value is None else _text(point.value),
        "tags": point.tags,
    }
    try:
        return PutPoint(sent, _data_point(point))
    except BadPoint as error:
        return PutPoint(sent, error=error.message)


def _repeatable(timestamp: int | float | str | None) -> int | float | str | None:
    """A timestamp as `details` repeat it: an integer past 64 bits as a text, for JSON writers take no larger ones."""
    return str(timestamp) if isinstance(timestamp, int) and timestamp not in _INT64 else timestamp


def _data_point(point: _Point) -> DataPoint:
    if not point.metric:
        raise BadPoint("Metric name was empty")
    stamp = _timestamp(point.timestamp)
    if point.value is None or point.value == "":
        raise BadPoint("Empty value")
    if not point.tags:
        raise BadPoint("Missing tags")
    value = parse_value(_text(point.value))
    if stamp > MAX_TIMESTAMP_MS:
        raise BadPoint(f"bad timestamp={stamp} when trying to add value to metric={point.metric}, tags={point.tags}")
    if len(point.tags) > MAX_TAGS:
        raise BadPoint(f"Too many tags: {len(point.tags)} maximum allowed: {MAX_TAGS}, tags: {point.tags}")
    check_names(point.metric, point.tags)
    time = stamp * 1000 if stamp <= MAX_SECONDS else stamp
    return DataPoint(SeriesKey(point.metric, tag_set(point.tags.items())), time, value)  # type: ignore[arg-type]


def _timestamp(value: int | float | str | None) -> int:
    if value and isinstance(value, str) and not _TIME.fullmatch(value):
        raise BadPoint("Invalid timestamp")
    try:
        stamp = int(value or 0)
    except (ValueError, OverflowError):
        raise BadPoint("Invalid timestamp") from None
    if stamp <= 0:
        raise BadPoint("Invalid timestamp")
    return stamp


def _text(value: int | float | str | bool) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode() if isinstance(value, bool) else repr(value)


def parse_value(text: str) -> float:
    """The number that a value's text stands for; BadPoint unless it is a finite number (an integer of 64 bits)."""
    if not any(mark in text for mark in ".eE"):
        if not _INTEGER.fullmatch(text) or int(text) not in _INT64:
            raise BadPoint("Unable to parse value to a number")
        return float(int(text))
    if not _DECIMAL.fullmatch(text):
        raise BadPoint("Unable to parse value to a number")
    value = float(text)
    if not math.isfinite(value):
        raise BadPoint(f"value is NaN or Infinite: {text}")
    return value


def check_names(metric: str, tags: dict[str, str | None]) -> None:
    """BadPoint unless metric, tag keys and tag values are made of OpenTSDB's characters."""
    if (bad := _illegal(metric)) is not None:
        raise BadPoint(f'Invalid metric name ("{metric}"): {bad}')
    for key, value in tags.items():
        if (bad := _illegal(key)) is not None:
            raise BadPoint(f'Invalid tag name with value [{value}] ("{key}"): {bad}')
        if value is None:
            raise BadPoint(f"Invalid tag value with key [{key}]: null")
        if (bad := _illegal(value)) is not None:
            shown = f'("{value}"): {bad}' if value else f": {bad}"
            raise BadPoint(f"Invalid tag value with key [{key}] {shown}".replace("] :", "]:"))


def _illegal(name: str) -> str | None:
    if not name:
        return "empty string"
    for character in name:
        if not (character.isalpha() or character in _DIGITS_AND_MARKS):
            return f"illegal character: {character}"
    return None


def render_summary(points: Sequence[PutPoint], details: bool) -> bytes:
    """The counts of a put request, with the failed points and their reasons if `details` are asked for."""
    failed = [point for point in points if point.error]
    summary: dict[str, object] = {"success": len(points) - len(failed), "failed": len(failed)}
    if details:
        summary["errors"] = [{"datapoint": point.sent, "error": point.error} for point in failed]
    return orjson.dumps(summary)
