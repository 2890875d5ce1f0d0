"""Lines of `k6 run --out json` → samples.

k6 writes a definition before a metric's first point, then points; its summary may share the stream, and k6 1.x writes
an infinite value as bare `+Inf`. A line that is not a point of a known metric is skipped and counted by reason.
"""

from calendar import timegm
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import msgspec

from tsdbserver.wire.decoding import UNREADABLE

METRIC_TYPES = ("counter", "gauge", "rate", "trend")


class K6Sample(NamedTuple):
    """One sample: `tags` is the JSON text of its tags, which stands for them until they are needed; `time` is in ns."""

    metric: str
    type: str
    tags: bytes
    time: int
    value: float


class _Definition(msgspec.Struct):
    name: str
    type: str


class _Data(msgspec.Struct):
    time: str
    value: float
    tags: msgspec.Raw = msgspec.Raw(b"{}")


class _Metric(msgspec.Struct, tag="Metric"):
    data: _Definition


class _Point(msgspec.Struct, tag="Point"):
    metric: str
    data: _Data


_line = msgspec.json.Decoder(_Metric | _Point)
_tags = msgspec.json.Decoder(dict[str, str])


class K6Lines:
    """Reads lines and remembers the metrics they define; `skipped` counts the lines that gave no sample, by reason."""

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._good_tags: set[bytes] = set()
        self.skipped: Counter[str] = Counter()

    def samples(self, lines: Iterable[bytes]) -> Iterator[K6Sample]:
        """The samples in some lines, in their order."""
        for line in lines:
            sample = self._sample(line)
            if sample is not None:
                yield sample

    def _sample(self, line: bytes) -> K6Sample | None:
        """The sample of a line, None if it has none."""
        try:
            message = _decode(line)
            if isinstance(message, _Metric):
                self._define(message.data)
                return None
            return self._point(message)
        except _Skipped as reason:
            self.skipped[str(reason)] += 1
            return None

    def _define(self, metric: _Definition) -> None:
        if metric.type not in METRIC_TYPES:
            raise _Skipped(f"of the unknown type '{metric.type}'")
        self._types[metric.name] = metric.type

    def _point(self, point: _Point) -> K6Sample:
        kind = self._types.get(point.metric)
        if kind is None:
            raise _Skipped("of a metric that was not defined")
        if not isfinite(point.data.value):
            raise _Skipped("not finite")
        tags = self._check_tags(bytes(point.data.tags))
        return K6Sample(point.metric, kind, tags, _time(point.data.time), point.data.value)

    def _check_tags(self, text: bytes) -> bytes:
        if text not in self._good_tags:
            _readable_tags(text)
            self._good_tags.add(text)
        return text


class _Skipped(Exception):
    """Why a line gives no sample."""


def _decode(line: bytes) -> _Metric | _Point:
    if not line.startswith(b"{"):
        raise _Skipped("not JSON" if line.strip() else "empty")
    try:
        message: _Metric | _Point = _line.decode(line)
    except UNREADABLE:
        raise _Skipped("unreadable") from None
    return message


def _time(text: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise _Skipped("unreadable") from None


def _readable_tags(text: bytes) -> None:
    try:
        parse_tags(text)
    except UNREADABLE:
        raise _Skipped("unreadable") from None


def parse_tags(text: bytes) -> dict[str, str]:
    """A sample's tags. A `url` that only repeats `name` says nothing and is left out."""
    tags = _tags.decode(text)
    if "url" in tags and tags["url"] == tags.get("name"):
        del tags["url"]
    return tags


def parse_rfc3339(text: str) -> int:
    """Nanoseconds since the epoch of a time with up to 9 decimals and `Z` or an offset. ValueError if it is none."""
    digits = 0
    if text[19:20] == ".":
        while text[20 + digits : 21 + digits].isdigit():
            digits += 1
    zone = text[20 + digits :] if digits else text[19:]
    fraction = int(text[20 : 20 + digits].ljust(9, "0")[:9]) if digits else 0
    return (_second(text[:19]) - _offset(zone)) * 1_000_000_000 + fraction


@lru_cache(maxsize=1024)
def _second(text: str) -> int:
    """Seconds since the epoch of `2026-11-22T01:01:56`; thousands of samples share one."""
    date, _, clock = text.partition("T")
    year, month, day = map(int, date.split("-"))
    hour, minute, second = map(int, clock.split(":"))
    return timegm((year, month, day, hour, minute, second))


@lru_cache(maxsize=64)
def _offset(zone: str) -> int:
    """Seconds that a zone is ahead of UTC."""
    if zone in ("Z", "z"):
        return 0
    if len(zone) != 6 or zone[0] not in "+-" or zone[3] != ":":
        raise ValueError(f"'{zone}' is no time zone")
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds
