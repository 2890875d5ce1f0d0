"""Bodies and lines of plain points as columns: what a well-behaved collector sends, read without looking at names that
were met before.

Whatever is out of the ordinary is left to `put_json` and `put_line`, which know every rule: a body or a group of lines
that is odd in its form as a whole, a point that is odd in itself alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadPoint, BadRequest
from tsdbserver.model.series import SeriesKey, tag_set
from tsdbserver.model.time import MAX_SECONDS, MAX_TIMESTAMP_MS
from tsdbserver.wire.decoding import UNREADABLE
from tsdbserver.wire.lenient_json import as_texts, read_json
from tsdbserver.wire.points.rules import PointRules, check_names, check_tag_count
from tsdbserver.wire.points.series_cache import REFUSED, KnownSeries
from tsdbserver.wire.points.telnet_lines import decode_line
from tsdbserver.wire.points.telnet_tags import parse_tags

_LONGS = float(1 << 63)
"""From here on an integer is none of 64 bits; a double may be, but only its text says which of them it is. The form is
odd then, not the point: what is odd in itself is stored after the others, and the last one of a series and time counts.
"""


class Columns(NamedTuple):
    """Points in order: of each the series' handle, its time (ms), its value, and whether all of these are in order."""

    handles: NDArray[np.intp]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    good: NDArray[np.bool_]

    def take(self, which: NDArray[np.bool_] | slice) -> "Columns":
        """Some of the points."""
        return Columns(self.handles[which], self.times[which], self.values[which], self.good[which])

    def odd(self) -> list[int]:
        """Where the points are that are not in order."""
        positions: list[int] = np.flatnonzero(~self.good).tolist()
        return positions


class _Point(msgspec.Struct, gc=False):
    metric: str
    timestamp: int
    value: float
    tags: msgspec.Raw


_MANY = msgspec.json.Decoder(list[_Point])
_ONE = msgspec.json.Decoder(_Point)
_TIMES = msgspec.json.Decoder(list[int])
_VALUES = msgspec.json.Decoder(list[float])


def read_body(body: bytes, known: KnownSeries) -> Columns | None:
    """The points of a put body; None if anything in it is not of the usual form."""
    try:
        points = [_ONE.decode(body)] if body[:1] == b"{" else _MANY.decode(body)
        return _columns(
            [known[point.metric][bytes(point.tags)] for point in points],
            [point.timestamp for point in points],
            [point.value for point in points],
        )
    except UNREADABLE:
        return None


def read_lines(lines: Sequence[bytes], known: KnownSeries) -> Columns | None:
    """The points of some `put` lines; None if anything in them is not of the usual form."""
    words = [line.split(b" ", 4) for line in lines]
    if [one[0] for one in words].count(b"put") < len(lines):
        return None
    try:
        handles = [known[one[1]][one[4]] for one in words]
        times, values = b",".join([one[2] for one in words]), b",".join([one[3] for one in words])
        if not times.replace(b",", b"").isdigit():  # a time with a point is not what JSON takes it for
            return None
        if values.split() != [values]:  # JSON allows blanks around a number, a line does not
            return None
        return _columns(handles, _TIMES.decode(b"[%b]" % times), _VALUES.decode(b"[%b]" % values))
    except (IndexError, *UNREADABLE):  # a line of fewer words, or something that is no number
        return None


def _columns(handles: list[int], stamps: list[int], values: list[float]) -> Columns | None:
    count = len(handles)
    if not count == len(stamps) == len(values) > 0:
        return None
    series, sent = np.fromiter(handles, np.intp, count), np.fromiter(stamps, np.int64, count)
    numbers = np.fromiter(values, np.float64, count)
    if not (np.abs(numbers) < _LONGS).all():
        return None
    good = (sent > 0) & (sent <= MAX_TIMESTAMP_MS) & (series != REFUSED)
    return Columns(series, np.where(sent <= MAX_SECONDS, sent * 1000, sent), numbers, good)


def read_series(metric: str | bytes, tags: bytes, rules: PointRules) -> SeriesKey | None:
    """The series of names as they were sent in a body (text) or a line (bytes); None if they break a rule."""
    try:
        if isinstance(metric, str):
            name, pairs = metric, as_texts("tags", read_json(tags)) or {}
        else:
            # The rest of the line is ASCII, so these two alone decide on its encoding.
            name, *words = decode_line(b"%b %b" % (metric, tags)).split(" ")
            pairs = dict(parse_tags(words))
        check_tag_count(name, pairs, rules.max_tags)
        check_names(name, pairs, rules.specials)
    except (BadPoint, BadRequest):
        return None
    return SeriesKey(name, tag_set(pairs.items()))  # type: ignore[arg-type]
