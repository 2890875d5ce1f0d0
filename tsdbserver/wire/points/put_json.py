"""`/api/put` body → data points, each good or with the reason why not; OpenTSDB's rules and words.

One bad point does not spoil the others: the body as a whole fails only when it is no list of points at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from tsdbserver.errors import BadPoint, BadRequest
from tsdbserver.java.numbers import NotANumber, parse_number
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import NAME, TAGS, TIMESTAMP, VALUE, Reason
from tsdbserver.wire.lenient_json import as_long, as_text, as_texts, read_json, unparsable
from tsdbserver.wire.points.json_lists import check_values, grouped
from tsdbserver.wire.points.rules import DEFAULT_RULES, PointRules, check_point


@dataclass(frozen=True, slots=True)
class Incoming:
    """A point as it was sent, each field of its type or absent; `timestamp` 0 if absent."""

    metric: str | None
    timestamp: int
    value: str | None
    tags: dict[str, str | None] | None

    @classmethod
    def read(cls, sent: dict[str, Any]) -> "Incoming":
        """The fields of a JSON object; BadRequest if one cannot be of its type, what else there is is ignored."""
        return cls(
            as_text("metric", sent.get("metric")),
            as_long("timestamp", sent.get("timestamp")),
            as_text("value", sent.get("value")),
            as_texts("tags", sent.get("tags")),
        )

    def echo(self) -> dict[str, object]:
        """The point as `details` repeat it: what is absent is left out, and the value is a text."""
        fields = {"metric": self.metric, "timestamp": self.timestamp, "value": self.value, "tags": self.tags}
        return {name: value for name, value in fields.items() if value is not None}

    def data_point(self, rules: PointRules) -> DataPoint:
        """The data point; BadPoint names the first rule that it breaks."""
        self.check_presence()
        return check_point(self.metric or "", self.timestamp, self.number(), self.tags or {}, rules)

    def check_presence(self, needs_value: bool = True) -> None:
        """BadPoint names the first field that is missing."""
        if not self.metric:
            raise BadPoint("Metric name was empty", NAME)
        if self.timestamp <= 0:
            raise BadPoint("Invalid timestamp", TIMESTAMP)
        if needs_value and not self.value:
            raise BadPoint("Empty value", VALUE)
        if not self.tags:
            raise BadPoint("Missing tags", TAGS)

    def number(self) -> int | float:
        """The value; BadPoint if its text is no number."""
        try:
            return parse_number(self.value or "")
        except NotANumber:
            raise BadPoint("Unable to parse value to a number", VALUE) from None


_NO_ERROR = Reason("")

Point = TypeVar("Point")
Point_co = TypeVar("Point_co", covariant=True)


@dataclass(frozen=True, slots=True)
class PutPoint(Generic[Point]):
    """A point of a put request: `point`, or `error` and the point as it was sent, for `details`."""

    sent: dict[str, object] | None
    point: Point | None = None
    error: Reason = _NO_ERROR


class Sendable(Protocol[Point_co]):
    """What a point of some door is before it is checked."""

    def echo(self) -> dict[str, object]:
        """The point as `details` repeat it."""

    def data_point(self, rules: PointRules) -> Point_co:
        """The data point; BadPoint if it breaks a rule."""


def parse_put(body: bytes, rules: PointRules = DEFAULT_RULES) -> list[PutPoint[DataPoint]]:
    """The points of a put body in order. BadRequest if it is no JSON object or array of points, or holds none."""
    return parse_points(body, Incoming.read, rules)


def parse_points(
    body: bytes, read: Callable[[dict[str, Any]], Sendable[Point]], rules: PointRules = DEFAULT_RULES
) -> list[PutPoint[Point]]:
    """As `parse_put`, with points of the kind that `read` makes of an object."""
    return [checked(sent, rules, read) for group in grouped(body, rules.max_points) for sent in read_objects(group)]


def read_objects(body: bytes) -> list[dict[str, Any] | None]:
    """The objects of a body that is one or an array of them; BadRequest if it is neither."""
    text = body.lstrip()
    if not text:
        raise BadRequest("Missing request content")
    if text[:1] not in (b"{", b"["):
        raise BadRequest("The JSON must start as an object or an array")
    check_values(text)
    message = read_json(text)
    objects = message if isinstance(message, list) else [message]
    if not objects:
        raise BadRequest("No datapoints found in content")
    if not all(one is None or isinstance(one, dict) for one in objects):
        raise unparsable("an array of data points may hold objects only")
    return objects


def checked(
    sent: dict[str, Any] | None, rules: PointRules, read: Callable[[dict[str, Any]], Sendable[Point]]
) -> PutPoint[Point]:
    """A point, or what is wrong with it; BadRequest if a field cannot be of its type."""
    if sent is None:
        return PutPoint(None, error=Reason("Unexpected null datapoint encountered in set."))
    incoming = read(sent)
    try:
        return PutPoint(incoming.echo(), incoming.data_point(rules))
    except BadPoint as error:
        return PutPoint(incoming.echo(), error=error.reason)


@dataclass(frozen=True, slots=True)
class PutOptions:
    """Which answer is wanted: counts, counts and errors, or counts with those that timed out (none ever does)."""

    summary: bool = False
    details: bool = False
    timeouts: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of so many points: those that failed, in order."""

    count: int
    failed: Sequence[PutPoint[Any]] = ()


def render_outcome(outcome: Outcome, options: PutOptions) -> tuple[int, bytes]:
    """Status and body of the answer: counts, errors, or no content; BadRequest where there were errors and nobody asked
    which.
    """
    if options.details or options.summary:
        return 400 if outcome.failed else 200, _summary(outcome, options)
    if outcome.failed:
        raise BadRequest(
            "One or more data points had errors",
            'Please see the TSD logs or append "details" to the put request',
        )
    return 204, b""


def _summary(outcome: Outcome, options: PutOptions) -> bytes:
    summary: dict[str, object] = {"success": outcome.count - len(outcome.failed), "failed": len(outcome.failed)}
    if options.timeouts:
        summary["timeouts"] = 0
    if options.details:
        summary["errors"] = [{"datapoint": point.sent, "error": point.error} for point in outcome.failed]
    return _json(summary)


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # half of a surrogate pair, which JSON can escape and UTF-8 cannot write
        return orjson.dumps(_writable(value))


def _writable(value: object) -> object:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return [_writable(one) for one in value]
        case dict():
            return {_writable(key): _writable(one) for key, one in value.items()}
    return value
