"""`put METRIC TIME VALUE KEY=VALUE …`: a telnet line → a data point; OpenTSDB's rules and words."""

from collections.abc import Sequence
from typing import NamedTuple

from tsdbserver.errors import BadPoint
from tsdbserver.java.numbers import NotANumber, parse_long, parse_number
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import NAME, TIMESTAMP, VALUE
from tsdbserver.wire.points.rules import DEFAULT_RULES, PointRules, check_point
from tsdbserver.wire.points.telnet_tags import parse_tags

_MIN_WORDS = 5


class Line(NamedTuple):
    """The parts of a line: `timestamp` as it was sent, positive; `value` not empty, and not read yet."""

    metric: str
    timestamp: int
    value: str
    tags: dict[str, str]

    def number(self) -> int | float:
        """The value; NotANumber if its text is none."""
        return parse_number(self.value)


def parse_put_line(words: Sequence[str], rules: PointRules = DEFAULT_RULES) -> DataPoint:
    """The data point of a line's words, the command among them. NotANumber for a text that is none, else BadPoint."""
    if len(words) < _MIN_WORDS:
        raise BadPoint(f"not enough arguments (need least 4, got {len(words) - 1})")
    line = read_line(words)
    return check_point(line.metric, line.timestamp, line.number(), line.tags, rules, single=True)


def parse_timestamp(text: str) -> int:
    """The time of a line as a whole number: seconds with three decimals are so milliseconds. NotANumber if none."""
    try:
        return parse_long(text.replace(".", ""))
    except NotANumber as error:
        raise NotANumber(error.message, TIMESTAMP) from None


def read_line(words: Sequence[str]) -> Line:
    """The parts of a line whose second word is the metric; NotANumber or BadPoint says what is wrong."""
    _, metric, time, value, *tags = words
    if not metric:
        raise BadPoint("empty metric name", NAME)
    timestamp = parse_timestamp(time)
    if timestamp <= 0:
        raise BadPoint(f"invalid timestamp: {timestamp}", TIMESTAMP)
    if not value:
        raise BadPoint("empty value", VALUE)
    return Line(metric, timestamp, value, parse_tags(tags))
