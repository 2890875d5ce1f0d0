"""The points of a metric that is reported interval by interval: a ring for the intervals of each width.

Senders choose how wide their intervals are. An amount of 10 s says something else than the same amount of 1 s, so
points of one series and time that differ in width are kept apart. Whoever reads single numbers gets them joined.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.points import IntervalColumns, NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.interface import MAX_WIDTHS, NO_REACH, Reach
from tsdbserver.store.numbers.chunk_reads import Runs
from tsdbserver.store.numbers.chunks import Rows, Times
from tsdbserver.store.numbers.merge_points import Fields, Points, join, together
from tsdbserver.store.numbers.ring import NumberRing


class IntervalRings:
    """Rings by width for the series of one metric, which are known by row number. `capacity` gives the length of the
    ring of a width.
    """

    def __init__(self, kind: MetricKind, capacity: Callable[[int], int]) -> None:
        self._kind = kind
        self._capacity = capacity
        self._rings: dict[int, NumberRing] = {}
        self._rows = 0

    @property
    def nbytes(self) -> int:
        """Memory that the points take."""
        return sum(ring.nbytes for ring in self._rings.values())

    @property
    def overwritten(self) -> int:
        """Points that made room for newer ones."""
        return sum(ring.overwritten for ring in self._rings.values())

    def reach(self, now: int) -> Reach:
        """How far the intervals reach, and how far they are known at `now`."""
        newest = {width: time for width, ring in self._rings.items() if (time := ring.newest_time) is not None}
        if not newest:
            return NO_REACH
        over = [
            (time, width) for width in newest if (time := self._rings[width].newest_time_by(now - width)) is not None
        ]
        start, width = max(over, key=lambda of: (sum(of), -of[1]), default=(0, 0))
        end = max(time + width for width, time in newest.items())
        return Reach(end, max(newest), min(newest), start + width, width)

    def has_room(self, width: int) -> bool:
        """Whether intervals of a width can be stored."""
        return width in self._rings or len(self._rings) < MAX_WIDTHS

    def reserve(self, rows: int) -> None:
        """Let so many rows exist: they may be read before they have a point."""
        if rows > self._rows:
            self._rows = rows
            for ring in self._rings.values():
                ring.reserve(rows - 1)

    def write(self, rows: Rows, times: Times, fields: Fields, width: int) -> NDArray[np.bool_]:
        """Store points of intervals of a width for which there is room; returns which were refused, as `NumberRing`
        does.
        """
        if width not in self._rings:
            assert self.has_room(width), f"a ring for intervals of {width} ms is one too many"
            ring = self._rings[width] = NumberRing(self._kind, self._capacity(width))
            ring.reserve(self._rows - 1)
        return self._rings[width].write(rows, times, fields)

    def reports(self, rows: Rows, span: TimeSpan, field: str) -> IntervalColumns:
        """One field of the intervals that begin within the span, those of each width apart."""
        parts = [(width, ring.read(rows, span, field)) for width, ring in self._rings.items()]
        return IntervalColumns.sort(parts, len(rows))

    def read(self, rows: Rows, span: TimeSpan, field: str) -> NumberColumns:
        """One field of some rows within the span, as columns: points of one time are joined."""
        if len(self._rings) == 1:
            (ring,) = self._rings.values()
            return ring.read(rows, span, field)
        return _columns(self._joined(lambda ring, name: ring.read(rows, span, name)), field, len(rows))

    def downsample(self, rows: Rows, edges: NDArray[np.int64], into: AggregatorList, field: str) -> list[Runs]:
        """See `NumberRing.downsample`."""
        if len(self._rings) == 1:
            (ring,) = self._rings.values()
            return ring.downsample(rows, edges, into, field)
        if len(edges) < 2:
            return []
        points = self.read(rows, TimeSpan(int(edges[0]), int(edges[-1]) - 1), field)
        slots = np.searchsorted(edges, points.times, side="right") - 1
        cells = points.series_of_points() * (len(edges) - 1) + slots
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        return [(cells[starts], np.append(starts, len(cells)), points.values)]

    def size(self, rows: Rows) -> int:
        """How many points some rows hold."""
        return sum(ring.size(rows) for ring in self._rings.values())

    def extent(self, rows: Rows) -> TimeSpan | None:
        """The time of the oldest and of the newest point in some rows, None if they have none."""
        extents = [extent for ring in self._rings.values() if (extent := ring.extent(rows))]
        if not extents:
            return None
        return TimeSpan(min(extent.start for extent in extents), max(extent.end for extent in extents))

    def newest(self, rows: Rows, field: str) -> NumberColumns:
        """One field of each row's newest point, as columns."""
        points = self._joined(lambda ring, name: ring.newest(rows, name))
        last = np.diff(points.rows, append=-1) != 0
        return _columns(points.take(last), field, len(rows))

    def _joined(self, read: Callable[[NumberRing, str], NumberColumns]) -> Points:
        """What is read of all rings, by row and time; rows are positions among those that are read."""
        parts = [_no_points(self._kind)]
        for ring in self._rings.values():
            columns = {name: read(ring, name) for name in FIELDS[self._kind]}
            any_field = columns["value"]
            fields = {name: column.values for name, column in columns.items()}
            parts.append(Points(any_field.series_of_points(), any_field.times, fields))
        return join(self._kind, together(parts))


def _no_points(kind: MetricKind) -> Points:
    return Points(np.empty(0, np.intp), np.empty(0, np.int64), {name: np.empty(0) for name in FIELDS[kind]})


def _columns(points: Points, field: str, rows: int) -> NumberColumns:
    edges = np.searchsorted(points.rows, np.arange(rows + 1))
    return NumberColumns(points.times, points.fields[field], edges)
