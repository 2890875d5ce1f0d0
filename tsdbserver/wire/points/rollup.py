"""`/api/rollup` and the `rollup` line: read and checked like plain points, and then refused.

This server makes rollups of nothing: its digests merge at query time. OpenTSDB without a rollup configuration says the
same to every point that is otherwise right.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Never

from tsdbserver.errors import BadPoint
from tsdbserver.java.numbers import java_infinity
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import ROLLUP, VALUE
from tsdbserver.wire.lenient_json import as_text
from tsdbserver.wire.points.put_json import Incoming
from tsdbserver.wire.points.put_line import Line, read_line
from tsdbserver.wire.points.rules import PointRules

NOT_CONFIGURED = "No rollup or aggregations were configured"
_MIN_WORDS = 6
"""The word `rollup`, interval and aggregator, metric, time, value and a tag; the message counts otherwise."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A rolled-up point as it was sent."""

    incoming: Incoming
    interval: str | None
    aggregator: str | None
    group_by: str | None

    @classmethod
    def read(cls, sent: dict[str, Any]) -> "Rollup":
        """The fields of a JSON object; BadRequest if one cannot be of its type."""
        names = ("interval", "aggregator", "groupByAggregator")
        return cls(Incoming.read(sent), *(as_text(name, sent.get(name)) for name in names))

    def echo(self) -> dict[str, object]:
        """The point as `details` repeat it."""
        own = {"interval": self.interval, "aggregator": self.aggregator, "groupByAggregator": self.group_by}
        return self.incoming.echo() | {name: value for name, value in own.items() if value is not None}

    def data_point(self, rules: PointRules) -> DataPoint:
        """BadPoint, always: the first rule that the point breaks, or that there are no rollups."""
        self.incoming.check_presence()
        if not self.interval and not self.group_by:
            raise BadPoint("Missing interval", ROLLUP)
        if self.interval and not self.aggregator:
            raise BadPoint("Missing aggregator", ROLLUP)
        _refuse(self.incoming.metric or "", self.incoming.timestamp, self.incoming.number())


def parse_rollup_line(words: Sequence[str]) -> Never:
    """BadPoint, always: what is wrong with the words of a line, or that there are no rollups."""
    if len(words) < _MIN_WORDS:
        raise BadPoint(f"not enough arguments (need least 7, got {len(words) - 1})")
    if not words[1]:
        raise BadPoint("Missing interval or aggregator", ROLLUP)
    line: Line = read_line(words[1:])
    _refuse(line.metric, line.timestamp, line.number())


def _refuse(metric: str, timestamp: int, number: float) -> Never:
    if not math.isfinite(number):
        shown = java_infinity(number)
        raise BadPoint(f"value is NaN or Infinite: {shown} for metric={metric} timestamp={timestamp}", VALUE)
    raise BadPoint(NOT_CONFIGURED, ROLLUP)
