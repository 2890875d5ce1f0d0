"""Annotations and their JSON, and the questions for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import orjson

from tsdbserver.errors import BadRequest
from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.time import MAX_SECONDS, MAX_TIMESTAMP_MS, TimeSpan, parse_time
from tsdbserver.model.uid import check_tsuid
from tsdbserver.wire.decoding import decoded

_Text = str | int | float | bool | None
"""OpenTSDB takes any scalar for a text."""


class _Annotation(msgspec.Struct):
    tsuid: str | None = None
    startTime: int | None = None  # noqa: N815 - names on the wire are OpenTSDB's
    endTime: int | None = None  # noqa: N815
    description: _Text = None
    notes: _Text = None
    custom: dict[str, _Text] | None = None


class _Deletion(msgspec.Struct):
    startTime: int | float | str | None = None  # noqa: N815
    endTime: int | float | str | None = None  # noqa: N815
    tsuids: list[str] | None = None
    all_series: bool = msgspec.field(name="global", default=False)


# Not strict: OpenTSDB takes "5" for 5.
_one = msgspec.json.Decoder(_Annotation, strict=False)
_many = msgspec.json.Decoder(list[_Annotation], strict=False)
_deletion = msgspec.json.Decoder(_Deletion, strict=False)
_not_understood = partial(BadRequest, "Unable to parse the given JSON")


@dataclass(frozen=True, slots=True)
class Deletion:
    """Annotations to forget: those that start in `span`, of the series `tsuids` (None: not given), and those of
    everything if `of_everything`.
    """

    span: TimeSpan
    tsuids: Sequence[str] | None
    of_everything: bool

    @property
    def series(self) -> list[str]:
        """All ids whose annotations are meant."""
        return [*([EVERYTHING] if self.of_everything else ()), *(self.tsuids or ())]


def parse_annotation(body: bytes) -> Annotation:
    """The annotation in a body. BadRequest says what is wrong."""
    return _annotation(decoded(_one.decode, body, _not_understood))


def parse_annotations(body: bytes) -> list[Annotation]:
    """The annotations in a body. BadRequest says what is wrong with any of them."""
    if not body:
        raise BadRequest("Missing message content", "Supply valid JSON formatted data in the body of your request")
    return [_annotation(message) for message in decoded(_many.decode, body, _not_understood)]


def parse_annotation_uri(parameters: Mapping[str, str], now: int) -> Annotation:
    """The annotation in a query string: all but its custom fields. BadRequest says what is wrong."""
    start, end = (parse_time(parameters.get(name), now) for name in ("start_time", "end_time"))
    if not start:
        raise BadRequest("Missing start time")
    message = _Annotation(
        parameters.get("tsuid"), _shortest(start), _shortest(end or 0), parameters.get("description"),
        parameters.get("notes"),
    )  # fmt: skip
    return _annotation(message)


def parse_range_uri(parameters: Mapping[str, str], now: int) -> TimeSpan:
    """The range of a question for annotations of everything; without an end it ends now."""
    start, end = (parse_time(parameters.get(name), now) for name in ("start_time", "end_time"))
    if not start:
        raise BadRequest("Missing start time")
    return _range(start, now if end is None else end)


def parse_deletion(body: bytes, now: int) -> Deletion:
    """The deletion in a body. BadRequest says what is wrong."""
    message = decoded(_deletion.decode, body, _not_understood)
    return _checked(message.startTime, message.endTime, message.tsuids, message.all_series, now)


def parse_deletion_uri(parameters: Mapping[str, str], now: int) -> Deletion:
    """The deletion in a query string; `global` counts when present."""
    start = parameters.get("start_time")
    if not start:
        raise BadRequest("Missing parameter <code>start_time</code>")
    tsuids = [text.strip() for text in parameters["tsuids"].split(",")] if "tsuids" in parameters else None
    return _checked(start, parameters.get("end_time"), tsuids, "global" in parameters, now)


def _checked(
    start: int | float | str | None,
    end: int | float | str | None,
    tsuids: Sequence[str] | None,
    of_everything: bool,
    now: int,
) -> Deletion:
    first, last = parse_time(start, now), parse_time(end, now)
    if first is None:
        raise BadRequest("Missing the start time value")
    if not (of_everything or tsuids):
        raise BadRequest("Missing the TSUIDs or global annotations flag")
    known = None if tsuids is None else list(map(check_tsuid, tsuids))
    return Deletion(_range(first, now if last is None else last), known, of_everything)


def _range(start: int, end: int) -> TimeSpan:
    if end < start:
        raise BadRequest("The end timestamp cannot be less than the start timestamp", f"{end} < {start}")
    return TimeSpan(start, end)


def _annotation(message: _Annotation) -> Annotation:
    start, end = message.startTime or 0, message.endTime or 0
    if start < 1:
        raise BadRequest("The start timestamp has not been set")
    if start > MAX_TIMESTAMP_MS or not 0 <= end <= MAX_TIMESTAMP_MS:
        raise BadRequest(f"The times of an annotation end at {MAX_TIMESTAMP_MS}: {start} to {end}")
    tsuid = check_tsuid(message.tsuid) if message.tsuid else EVERYTHING
    custom = None if message.custom is None else {key: _text(value) for key, value in message.custom.items()}
    return Annotation(start, tsuid, end, _text(message.description), _text(message.notes), custom)


def _text(value: _Text) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # of any size: JSON's integers have no last one, orjson's have
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _shortest(time: int) -> int:
    """A time in milliseconds if it has any, else in seconds."""
    return time if time % 1000 and time > MAX_SECONDS else time // 1000


def annotation_fields(annotation: Annotation) -> dict[str, object]:
    """An annotation as answers show it."""
    custom = {} if annotation.custom is None else {"custom": annotation.custom}
    return {
        "tsuid": annotation.tsuid,
        "description": annotation.description,
        "notes": annotation.notes,
        **custom,
        "startTime": annotation.start,
        "endTime": annotation.end,
    }


def render_annotation(annotation: Annotation) -> bytes:
    """One annotation."""
    return orjson.dumps(annotation_fields(annotation))


def render_annotations(annotations: Sequence[Annotation]) -> bytes:
    """A list of annotations."""
    return orjson.dumps(list(map(annotation_fields, annotations)))


def render_deletion(deletion: Deletion, count: int) -> bytes:
    """What was deleted; times in ms."""
    return orjson.dumps(
        {
            "tsuids": deletion.tsuids,
            "global": deletion.of_everything,
            "startTime": deletion.span.start,
            "endTime": deletion.span.end,
            "totalDeleted": count,
        }
    )
