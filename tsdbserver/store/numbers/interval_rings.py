"""The points of a metric that is reported interval by interval: a ring for the intervals of each width.

Senders choose how wide their intervals are. An amount of 10 s says something else than the same amount of 1 s, so
points of one series and time that differ in width are kept apart. Whoever reads single numbers gets them joined.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan, clock_ms
from tsdbserver.store.interface import MAX_WIDTHS, NO_REACH, Reach
from tsdbserver.store.numbers.chunk_reads import Runs
from tsdbserver.store.numbers.chunks import Rows, Times
from tsdbserver.store.numbers.merge_points import Fields, Points, adds_up, join, needed_fields, together
from tsdbserver.store.numbers.ring import NumberRing


class IntervalRings:
    """Rings by width for the series of one metric, which are known by row number. `capacity` gives the length of the
    ring of a width.
    """

    def __init__(self, kind: MetricKind, capacity: Callable[[int], int]) -> None:
        self._kind = kind
        self._capacity = capacity
        self._rings: dict[int, NumberRing] = {}
        self._dropped = 0

    @property
    def nbytes(self) -> int:
        """Memory that the points take."""
        return sum(ring.nbytes for ring in self._rings.values())

    @property
    def overwritten(self) -> int:
        """Points that made room for newer ones."""
        return self._dropped + sum(ring.overwritten for ring in self._rings.values())

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

    def write(self, rows: Rows, times: Times, fields: Fields, width: int) -> NDArray[np.bool_]:
        """Store points of intervals of a width; returns which were refused, as `NumberRing` does."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        if width not in self._rings:
            self._make_room()
            self._rings[width] = NumberRing(self._kind, self._capacity(width))
        return self._rings[width].write(rows, times, fields)

    def _make_room(self) -> None:
        """Drop rings whose points are all older than the rings are long, and if there is still no room for one more,
        the one whose newest point is the oldest.
        """
        newest = {width: ring.newest_time or 0 for width, ring in self._rings.items()}
        latest = min(max(newest.values(), default=0), clock_ms())
        for width, time in list(newest.items()):
            if time < latest - width * (self._capacity(width) + 1):
                del newest[width]
                self._drop(width)
        if len(newest) >= MAX_WIDTHS:
            self._drop(min(newest, key=lambda width: newest[width]))

    def _drop(self, width: int) -> None:
        ring = self._rings.pop(width)
        self._dropped += ring.overwritten + ring.total

    def reports(self, rows: Rows, span: TimeSpan, field: str) -> list[tuple[int, NumberColumns]]:
        """One field of the intervals that begin within the span, for each width that has some."""
        parts = [(width, ring.read(_held(ring, rows), span, field)) for width, ring in self._rings.items()]
        return [(width, columns) for width, columns in parts if len(columns.times)]

    def widths(self, rows: Rows, span: TimeSpan) -> list[int]:
        """The widths of the intervals that rows may have within the span."""
        return [width for width, ring in self._rings.items() if _reaches_into(ring, rows, span)]

    def read(self, rows: Rows, span: TimeSpan, field: str) -> NumberColumns:
        """One field of some rows within the span, as columns: points of one time are joined."""
        parts = [columns for _, columns in self.reports(rows, span, field)]
        if len(parts) == 1:
            return parts[0]
        points = [Points(part.series_of_points(), part.times, {field: part.values}) for part in parts]
        return _columns(self._merge(rows, field, points), field, len(rows))

    def _merge(self, rows: Rows, field: str, parts: list[Points]) -> Points:
        """The points of several rings by row and time. Only rows that have points in two of them are joined, and only
        between the times at which two of them may have some.
        """
        held = np.zeros(len(rows), np.intp)
        for part in parts:
            held[part.rows[np.flatnonzero(np.diff(part.rows, prepend=-1))]] += 1
        shared = held > 1
        both = [part.times[shared[part.rows]] for part in parts]
        first = sorted(int(times.min()) for times in both if len(times))[1:2]
        last = sorted(int(times.max()) for times in both if len(times))[-2:-1]
        pieces = [Points(np.empty(0, np.intp), np.empty(0, np.int64), {field: np.empty(0)})]
        window = TimeSpan(first[0], last[0]) if first else TimeSpan(0, -1)
        for part in parts:
            joined = shared[part.rows] & (part.times >= window.start) & (part.times <= window.end)
            pieces.append(part.take(~joined))
        if window.start <= window.end:
            pieces.append(self._joined_within(rows, np.flatnonzero(shared), window, field))
        merged = together(pieces)
        # Before, within and after the window the points of a row come from one piece each, in the order of time.
        place = 3 * merged.rows + (merged.times >= window.start) + (merged.times > window.end)
        return merged.take(np.argsort(place, kind="stable"))

    def _joined_within(self, rows: Rows, shared: Rows, window: TimeSpan, field: str) -> Points:
        names = needed_fields(self._kind, field)
        parts = []
        for ring in self._rings.values():
            columns = {name: ring.read(_held(ring, rows[shared]), window, name) for name in names}
            fields = {name: column.values for name, column in columns.items()}
            parts.append(Points(shared[columns[field].series_of_points()], columns[field].times, fields))
        joined = join(self._kind, together(parts))
        return joined._replace(fields={field: joined.fields[field]})

    def downsample(self, rows: Rows, edges: NDArray[np.int64], into: AggregatorList, field: str) -> list[Runs]:
        """See `NumberRing.downsample`."""
        if len(edges) < 2:
            return []
        span = TimeSpan(int(edges[0]), int(edges[-1]) - 1)
        rings = [self._rings[width] for width in self.widths(rows, span)]
        if len(rings) < 2 or (into.adds_up and adds_up(self._kind, field)):
            return [run for ring in rings for run in ring.downsample(_held(ring, rows), edges, into, field)]
        points = self.read(rows, span, field)
        slots = np.searchsorted(edges, points.times, side="right") - 1
        cells = points.series_of_points() * (len(edges) - 1) + slots
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        return [(cells[starts], np.append(starts, len(cells)), points.values)]

    def size(self, rows: Rows) -> int:
        """How many points some rows hold."""
        return sum(ring.size(_held(ring, rows)) for ring in self._rings.values())

    def extent(self, rows: Rows) -> TimeSpan | None:
        """The time of the oldest and of the newest point in some rows, None if they have none."""
        extents = [extent for ring in self._rings.values() if (extent := ring.extent(_held(ring, rows)))]
        if not extents:
            return None
        return TimeSpan(min(extent.start for extent in extents), max(extent.end for extent in extents))

    def newest(self, rows: Rows, field: str) -> NumberColumns:
        """One field of each row's newest point, as columns."""
        points = self._newest_joined(rows)
        last = np.diff(points.rows, append=-1) != 0
        return _columns(points.take(last), field, len(rows))

    def _newest_joined(self, rows: Rows) -> Points:
        """The newest points of all rings, by row and time; rows are positions among those that are read."""
        parts = [_no_points(self._kind)]
        for ring in self._rings.values():
            columns = {name: ring.newest(_held(ring, rows), name) for name in FIELDS[self._kind]}
            any_field = columns["value"]
            fields = {name: column.values for name, column in columns.items()}
            parts.append(Points(any_field.series_of_points(), any_field.times, fields))
        return join(self._kind, together(parts))


def _held(ring: NumberRing, rows: Rows) -> Rows:
    """The rows as a ring has them: a ring of a width that few series report knows only the first ones."""
    return np.minimum(rows, ring.last_row)


def _reaches_into(ring: NumberRing, rows: Rows, span: TimeSpan) -> bool:
    extent = ring.extent(_held(ring, rows))
    return extent is not None and extent.start <= span.end and extent.end >= span.start


def _no_points(kind: MetricKind) -> Points:
    return Points(np.empty(0, np.intp), np.empty(0, np.int64), {name: np.empty(0) for name in FIELDS[kind]})


def _columns(points: Points, field: str, rows: int) -> NumberColumns:
    edges = np.searchsorted(points.rows, np.arange(rows + 1))
    return NumberColumns(points.times, points.fields[field], edges)
