"""`histogram METRIC TIME [ID] VALUE KEY=VALUE …`: a telnet line → a histogram.

VALUE is `u=1:o=2:0,1.75=12:1.75,3.5=16`: underflow, overflow and buckets in any order, those that are absent 0; or,
after an ID, the base64 of `histogram_bytes`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aggregators.histogram.histogram import Bounds, Histogram
from tsdbserver.errors import BadPoint
from tsdbserver.java.numbers import MAX_LONG, MIN_LONG, NotANumber
from tsdbserver.model.data_point import HistogramPoint
from tsdbserver.model.refusal import HISTOGRAM, NAME, TIMESTAMP
from tsdbserver.wire.points.histogram_json import decoded_value, histogram_point
from tsdbserver.wire.points.histogram_rules import checked_histogram, parse_bound
from tsdbserver.wire.points.put_line import parse_timestamp
from tsdbserver.wire.points.rules import DEFAULT_RULES, PointRules
from tsdbserver.wire.points.telnet_tags import parse_tags

_MIN_WORDS = 5
_DIGITS = re.compile(r"[+-]?[0-9]{1,40}")
_INT32 = range(-(1 << 31), 1 << 31)
_OUTSIDE = ("u", "o")


@dataclass(frozen=True, slots=True)
class HistogramLine:
    """The parts of a line: `timestamp` as it was sent, positive; `id` None before a value in plain text."""

    metric: str
    timestamp: int
    id: int | None
    value: str
    tags: dict[str, str]

    def point(self, rules: PointRules = DEFAULT_RULES) -> HistogramPoint:
        """The histogram; BadPoint names the first rule that it breaks."""
        histogram = parse_histogram(self.value) if self.id is None else decoded_value(self.id, self.value)
        return histogram_point(self.metric, self.timestamp, histogram, self.tags, rules)


def parse_histogram_line(words: Sequence[str]) -> HistogramLine:
    """The parts of a line's words, the command among them; NotANumber or BadPoint says what is wrong."""
    if len(words) < _MIN_WORDS:
        raise BadPoint(f"not enough arguments (need least 5, got {len(words) - 1})")
    _, metric, time, *rest = words
    if not metric:
        raise BadPoint("empty metric name", NAME)
    timestamp = parse_timestamp(time)
    if timestamp <= 0:
        raise BadPoint(f"invalid timestamp: {timestamp}", TIMESTAMP)
    decoder = int(rest[0]) if _is_id(rest[0]) else None
    value, *tags = rest if decoder is None else rest[1:]
    if not value:
        raise BadPoint("empty histogram value", HISTOGRAM)
    return HistogramLine(metric, timestamp, decoder, value, parse_tags(tags))


def parse_histogram(text: str) -> Histogram:
    """The histogram of a value in plain text; NotANumber or BadPoint says what is wrong. The last of equals counts."""
    buckets: dict[Bounds, int] = {}
    outside = dict.fromkeys(_OUTSIDE, 0)
    for item in text.split(":"):
        pieces = item.split("=")
        if len(pieces) != 2:
            raise BadPoint(f"Improperly formatted bucket: {item}", HISTOGRAM)
        name, count = pieces[0].lower(), pieces[1]
        if name in outside:
            outside[name] = _count(count, item)
        else:
            buckets[_bounds(name, item)] = _count(count, item)
    return checked_histogram(buckets, outside["u"], outside["o"])


def _is_id(word: str) -> bool:
    return bool(_DIGITS.fullmatch(word)) and int(word) in _INT32


def _bounds(name: str, item: str) -> Bounds:
    pieces = name.split(",")
    if len(pieces) != 2:
        raise BadPoint(f"Improperly formatted bounds: {item}", HISTOGRAM)
    return _bound(pieces[0], item), _bound(pieces[1], item)


def _bound(text: str, item: str) -> float:
    try:
        return parse_bound(text)
    except NotANumber:
        raise NotANumber(f"Invalid bound '{text}' in bucket: {item}", HISTOGRAM) from None


def _count(text: str, item: str) -> int:
    if not _DIGITS.fullmatch(text) or not MIN_LONG <= int(text) <= MAX_LONG:
        raise NotANumber(f"Invalid count '{text}' in bucket: {item}", HISTOGRAM)
    return int(text)
