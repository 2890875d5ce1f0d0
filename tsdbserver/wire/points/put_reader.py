"""A put body, read the quick way as far as it goes: columns of what is usual, and one by one what is odd."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import Reason
from tsdbserver.wire.points.json_lists import check_values, grouped
from tsdbserver.wire.points.put_columns import Columns, read_body
from tsdbserver.wire.points.put_json import Incoming, PutPoint, checked, parse_put, read_objects
from tsdbserver.wire.points.rules import PointRules
from tsdbserver.wire.points.series_cache import KnownSeries


@dataclass(frozen=True, slots=True)
class Reading:
    """The points of a body, `count` of them: `columns` hold, in order, those that are not among the `odd` ones."""

    body: bytes
    count: int
    columns: Columns | None
    odd: Mapping[int, PutPoint[DataPoint]] = field(default_factory=dict)

    def positions(self) -> list[int]:
        """Where in the body the points of the columns are."""
        return [at for at in range(self.count) if at not in self.odd]

    def refused(self, reasons: Mapping[int, Reason]) -> list[PutPoint[DataPoint]]:
        """All points that failed, in order: odd ones with an error, and those that have a reason here by position."""
        failed = {at: point for at, point in self.odd.items() if point.error}
        if reasons:
            sent = read_objects(self.body)
            for at, reason in reasons.items():
                failed[at] = PutPoint(Incoming.read(sent[at] or {}).echo(), error=reason)
        return [failed[at] for at in sorted(failed)]


def read_put(body: bytes, known: KnownSeries, rules: PointRules) -> Reading:
    """The points of a body. BadRequest if it is no JSON object or array of points, or holds none, TooLarge if there is
    too much beside its points.
    """
    check_values(body)
    columns = read_body(body, known)
    if columns is None:
        points = parse_put(body, rules)
        return Reading(body, len(points), None, dict(enumerate(points)))
    if columns.good.all():
        return Reading(body, len(columns.times), columns)
    sent = read_objects(body)
    odd = {at: checked(sent[at], rules, Incoming.read) for at in columns.odd()}
    return Reading(body, len(columns.times), columns.take(columns.good), odd)


def read_large_put(body: bytes, known: KnownSeries, rules: PointRules) -> list[Reading]:
    """The same for a large body, which is read in groups of points."""
    return [read_put(group, known, rules) for group in grouped(body, rules.max_points)]
