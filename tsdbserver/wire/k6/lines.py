"""Lines of `k6 run --out json` → samples.

k6 writes a definition before a metric's first point, then points; its summary may share the stream, and k6 1.x writes
an infinite value as bare `+Inf`. A line that gives no sample is skipped and counted by reason: see
`wire.k6_faults`.
"""

import re
from calendar import timegm
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import msgspec

from tsdbserver.wire.decoding import UNREADABLE
from tsdbserver.wire.k6 import line_faults as faults

METRIC_TYPES = ("counter", "gauge", "rate", "trend")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_INT64 = 1 << 63


class K6Sample(NamedTuple):
    """One sample: `tags` is the JSON text of its tags, which stands for them until they are needed; `time` is in ns."""

    metric: str
    type: str
    tags: bytes
    time: int
    value: float


class Example(NamedTuple):
    """The first line that was skipped for a reason: its number, counted from 1, and its beginning."""

    line: int
    text: str


class _Definition(msgspec.Struct):
    type: str
    name: str | None = None


class _Data(msgspec.Struct):
    time: str
    value: float
    tags: msgspec.Raw = msgspec.Raw(b"{}")


class _Metric(msgspec.Struct, tag="Metric"):
    data: _Definition
    metric: str | None = None


class _Point(msgspec.Struct, tag="Point"):
    metric: str
    data: _Data


_line = msgspec.json.Decoder(_Metric | _Point)
_tags = msgspec.json.Decoder(dict[str, str | None] | None)


class K6Lines:
    """Reads lines and remembers the metrics they define.

    `read` is the number of samples, `skipped` the number of lines that gave none, by reason, with an example of each in
    `examples`. Where k6's own words share the stream (`shared`), a line of plain text is no loss.
    """

    def __init__(self, shared: bool = False) -> None:
        self._harmless = faults.HARMLESS | ({faults.NOT_JSON, faults.K6_LOG} if shared else frozenset())
        self._types: dict[str, str | None] = {}
        self._good_tags: set[bytes] = set()
        self._number = 0
        self.read = 0
        self.skipped: Counter[str] = Counter()
        self.examples: dict[str, Example] = {}

    @property
    def lost(self) -> int:
        """How many lines were skipped that may have been samples."""
        return sum(n for reason, n in self.skipped.copy().items() if reason not in self._harmless)

    def samples(self, lines: Iterable[bytes]) -> Iterator[K6Sample]:
        """The samples in some lines, in their order."""
        for line in lines:
            self._number += 1
            try:
                message = _line.decode(line)
            except UNREADABLE:
                samples: Sequence[K6Sample] = self._read_odd(line)
            else:
                samples = self._take(message, line)
            self.read += len(samples)
            yield from samples

    def _read_odd(self, line: bytes) -> list[K6Sample]:
        """A line that is no message as it stands: one that begins with a byte order mark, or several in one."""
        samples: list[K6Sample] = []
        text = line.strip().removeprefix(BYTE_ORDER_MARK)
        pieces = [text] if len(line) > faults.MAX_LINE else faults.split_values(text)
        for piece in pieces:
            try:
                message = _line.decode(piece)
            except UNREADABLE:
                self._skip(faults.explain(piece), piece)
            else:
                samples += self._take(message, piece)
        return samples

    def _take(self, message: _Metric | _Point, line: bytes) -> Sequence[K6Sample]:
        """The sample of a message, or none."""
        try:
            if len(line) > faults.MAX_LINE:
                raise _Skipped(faults.TOO_LONG)
            if isinstance(message, _Point):
                return (self._point(message),)
            self._define(message)
        except _Skipped as reason:
            self._skip(str(reason), line)
        return ()

    def _skip(self, reason: str, line: bytes) -> None:
        self.skipped[reason] += 1
        if reason not in self.examples:
            self.examples[reason] = Example(self._number, faults.show(line))

    def _define(self, metric: _Metric) -> None:
        name = metric.data.name or metric.metric  # k6 before 0.33 writes the second alone
        if not name:
            raise _Skipped(faults.BAD_DEFINITION)
        known = metric.data.type in METRIC_TYPES
        self._types[name] = metric.data.type if known else None
        if not known:
            raise _Skipped(faults.UNKNOWN_TYPE)

    def _point(self, point: _Point) -> K6Sample:
        kind = self._types.get(point.metric)
        if kind is None:
            raise _Skipped(faults.UNKNOWN_TYPE if point.metric in self._types else faults.UNDEFINED)
        if not isfinite(point.data.value):
            raise _Skipped(faults.NOT_FINITE)
        tags = self._check_tags(bytes(point.data.tags))
        return K6Sample(point.metric, kind, tags, _time(point.data.time), point.data.value)

    def _check_tags(self, text: bytes) -> bytes:
        if text not in self._good_tags:
            try:
                parse_tags(text)
            except UNREADABLE:
                raise _Skipped(faults.explain_tags(text)) from None
            if len(self._good_tags) >= _MAX_KNOWN_TAGS:
                self._good_tags.clear()
            self._good_tags.add(text)
        return text


_MAX_KNOWN_TAGS = 100_000
"""Texts of tags that are remembered as good."""


class _Skipped(Exception):
    """Why a line gives no sample."""


def _time(text: str) -> int:
    try:
        time = parse_rfc3339(text)
    except ValueError:
        raise _Skipped(faults.BAD_TIME) from None
    if not -_INT64 <= time < _INT64:
        raise _Skipped(faults.TIME_OUT_OF_RANGE)
    return time


def parse_tags(text: bytes) -> dict[str, str]:
    """A sample's tags. `null` is no tags, and a tag that is `null` is none.

    A `url` that only repeats `name` says nothing and is left out.
    """
    tags = {key: value for key, value in (_tags.decode(text) or {}).items() if value is not None}
    if "url" in tags and tags["url"] == tags.get("name"):
        del tags["url"]
    return tags


def parse_rfc3339(text: str) -> int:
    """Nanoseconds since the epoch of a time with up to 9 decimals and `Z` or an offset. ValueError if it is none."""
    if not text.isascii():
        raise ValueError(f"'{text}' is not a time")
    digits = 0
    if text[19:20] == ".":
        while text[20 + digits : 21 + digits].isdigit():
            digits += 1
    zone = text[20 + digits :] if digits else text[19:]
    fraction = int(text[20 : 20 + digits].ljust(9, "0")[:9]) if digits else 0
    return (_second(text[:19]) - _offset(zone)) * 1_000_000_000 + fraction


_SECOND = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d")
_ZONE = re.compile(r"[+-]([01]\d|2[0-3]):[0-5]\d")


@lru_cache(maxsize=1024)
def _second(text: str) -> int:
    """Seconds since the epoch of `2026-11-22T01:01:56`; thousands of samples share one."""
    if not _SECOND.fullmatch(text):
        raise ValueError(f"'{text}' is not a date and a time")
    try:
        return timegm(datetime.fromisoformat(text.upper()).timetuple())
    except ValueError as error:
        raise ValueError(f"'{text}' is not a date and a time: {error}") from None


@lru_cache(maxsize=64)
def _offset(zone: str) -> int:
    """Seconds that a zone is ahead of UTC."""
    if zone in ("Z", "z"):
        return 0
    if not _ZONE.fullmatch(zone):
        raise ValueError(f"'{zone}' is not a time zone")
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds
