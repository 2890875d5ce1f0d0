"""The points of a scalar metric: one ring per series, all rings of the metric in one block.

    columns   0     1     2     3            row 0 holds three points, oldest at 0, next write at 3
    row 0     t0    t1    t2    ·            row 1 was full: t4 overwrote its oldest, next write at 1
    row 1     t4    t1    t2    t3

The block's width starts small and doubles up to the ring's capacity; only then do rows wrap. Within a row, read from
the oldest on, times ascend and each occurs once.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.cuts import Rows, cut

Fields = Mapping[str, NDArray[np.float64]]

_JOIN: dict[MetricKind, dict[str, np.ufunc | None]] = {
    MetricKind.POINT: {"value": None},
    MetricKind.COUNTER: {"value": np.add, "count": np.add, "rate": np.add},
    MetricKind.GAUGE: {
        "value": None,
        "at": None,
        "min": np.minimum,
        "max": np.maximum,
        "sum": np.add,
        "count": np.add,
    },
}
"""How points of one series and time become one. None: the latest stays, for gauges by `at`, then by arrival."""

Runs = tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float64]]
"""What `AggregatorList.add_runs` takes: slots, edges, values."""

_Scalar = TypeVar("_Scalar", bound=np.generic)

_FIRST_WIDTH = 8
_NEVER = np.iinfo(np.int64).min
_SPARSE = 8
"""Copying a point that is wanted takes as long as reading so many that are not."""


class _Points(NamedTuple):
    """Points sorted by row and time, each (row, time) once."""

    rows: NDArray[np.intp]
    times: NDArray[np.int64]
    fields: Fields

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "_Points":
        return _Points(self.rows[which], self.times[which], {name: f[which] for name, f in self.fields.items()})


class NumberRing:
    """Rings of `capacity` points for the series of one scalar metric, which are known by row number."""

    def __init__(self, kind: MetricKind, capacity: int) -> None:
        self._join = _JOIN[kind]
        self._capacity = capacity
        width = min(_FIRST_WIDTH, capacity)
        self._times = np.zeros((0, width), np.int64)
        self._fields = {name: np.zeros((0, width)) for name in FIELDS[kind]}
        self._heads = np.empty(0, np.int64)
        self._sizes = np.empty(0, np.int64)
        self._newest = np.empty(0, np.int64)
        self._steps = np.empty(0, np.int64)  # the distance of a row's points: 0 not known yet, −1 irregular
        self.overwritten = 0
        """Points that made room for newer ones."""

    @property
    def _width(self) -> int:
        return self._times.shape[1]

    @property
    def nbytes(self) -> int:
        """Memory that the block takes."""
        return self._times.nbytes + sum(field.nbytes for field in self._fields.values())

    def write(self, rows: NDArray[np.intp], times: NDArray[np.int64], fields: Fields) -> NDArray[np.bool_]:
        """Store points in any order; returns which were refused: they are older than all that a full ring holds."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        points = self._joined(_Points(rows, times, fields))
        self._ensure_rows(int(points.rows[-1]) + 1)
        newest = self._newest[points.rows]
        self._join_newest(points.take(points.times == newest))
        dropped = self._insert_older(points.take(points.times < newest))
        self._append(points.take(points.times > newest))
        return times <= dropped[rows]

    def read(self, rows: NDArray[np.intp], span: TimeSpan, field: str) -> NumberColumns:
        """One field of some rows within the span, as columns."""
        longest = int(self._sizes[rows].max()) if len(rows) else 0
        times, values = self._unwrapped(rows, longest, field)
        wanted = (times >= span.start) & (times <= span.end)
        wanted &= np.arange(longest) < self._sizes[rows][:, None]
        edges = np.concatenate(([0], np.cumsum(wanted.sum(axis=1))))
        return NumberColumns(times[wanted], values[wanted], edges)

    def downsample(
        self, rows: NDArray[np.intp], edges: NDArray[np.int64], into: AggregatorList, field: str
    ) -> list[Runs]:
        """See `SeriesReader.downsample`: rows are cut at the edges, and every piece goes to its slot as one run.

        What `into` only reduces is handed over here, as a view of the block; the rest is copied and returned.
        """
        values = self._fields[field].ravel()
        copies = []
        # In order of time within each row: `first` and `last` depend on it.
        for stretches, series in (self._oldest(rows), self._newest_of_wrapped(rows)):
            if not len(series) or len(edges) < 2:
                continue
            runs = self._runs(stretches, series, edges, waste=len(into) - 1)
            if into.reduces_runs and runs.is_dense:
                into.add_runs(*runs.viewed(values))
            else:
                copies.append(runs.copied(values))
        return copies

    def _runs(self, stretches: Rows, series: NDArray[np.intp], edges: NDArray[np.int64], waste: int) -> "_Places":
        cuts = cut(stretches, edges)
        slots = len(edges) - 1
        indexes = np.empty(cuts.shape, np.intp)
        indexes[:, :-1] = series[:, None] * slots + np.arange(slots)
        indexes[:, -1] = waste
        return _Places(indexes, cuts + stretches.row[:, None] * self._width)

    def extent(self, rows: NDArray[np.intp]) -> TimeSpan | None:
        """The time of the oldest and of the newest point in some rows, None if they have none."""
        filled = rows[self._sizes[rows] > 0]
        if not len(filled):
            return None
        oldest = self._times[filled, (self._heads[filled] - self._sizes[filled]) % self._width]
        return TimeSpan(int(oldest.min()), int(self._newest[filled].max()))

    def _oldest(self, rows: NDArray[np.intp]) -> tuple[Rows, NDArray[np.intp]]:
        """From each row's oldest point on to its newest, or to the end of a row that has wrapped."""
        start = (self._heads[rows] - self._sizes[rows]) % self._width
        return self._stretches(rows, start, np.minimum(start + self._sizes[rows], self._width))

    def _newest_of_wrapped(self, rows: NDArray[np.intp]) -> tuple[Rows, NDArray[np.intp]]:
        """The points before the head of rows that have wrapped."""
        oldest = (self._heads[rows] - self._sizes[rows]) % self._width
        return self._stretches(rows, np.zeros_like(oldest), np.maximum(oldest + self._sizes[rows] - self._width, 0))

    def _stretches(
        self, rows: NDArray[np.intp], start: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> tuple[Rows, NDArray[np.intp]]:
        """Those stretches that hold anything, in the order in which they lie in the block, and whose they are."""
        series = np.argsort(rows, kind="stable")
        series = series[stop[series] > start[series]]
        row = rows[series]
        return Rows(self._times, row, start[series], stop[series], self._steps[row]), series

    def _unwrapped(
        self, rows: NDArray[np.intp], longest: int, field: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Matrices of the rows' times and values from the oldest on; what lies past a row's size is arbitrary."""
        column = self._fields[field]
        oldest = (self._heads[rows] - self._sizes[rows]) % self._width
        if not oldest.any():
            return self._times[rows, :longest], column[rows, :longest]
        places = (oldest[:, None] + np.arange(longest)) % self._width
        return self._times[rows[:, None], places], column[rows[:, None], places]

    def _joined(self, points: _Points) -> _Points:
        """Sort by row and time and make points of one row and time one point."""
        tie = points.fields.get("at", np.zeros(len(points.rows)))
        points = points.take(np.lexsort((tie, points.times, points.rows)))
        first = np.ones(len(points.rows), np.bool_)
        first[1:] = (np.diff(points.rows) != 0) | (np.diff(points.times) != 0)
        if first.all():
            return points
        starts = np.flatnonzero(first)
        lasts = np.append(starts[1:], len(first)) - 1
        fields = {
            name: points.fields[name][lasts] if ufunc is None else ufunc.reduceat(points.fields[name], starts)
            for name, ufunc in self._join.items()
        }
        return _Points(points.rows[starts], points.times[starts], fields)

    def _join_newest(self, points: _Points) -> None:
        """Points of the very time of their row's newest: the usual meeting of two senders."""
        places = (self._heads[points.rows] - 1) % self._width
        stored = _Points(points.rows, points.times, {n: f[points.rows, places] for n, f in self._fields.items()})
        both = self._joined(_concatenate(stored, points))
        for name, field in self._fields.items():
            field[points.rows, places] = both.fields[name]

    def _insert_older(self, late: _Points) -> NDArray[np.int64]:
        """Points before their row's newest: their rows are written anew. Returns for each row the newest time
        dropped.
        """
        dropped = np.full(len(self._sizes), _NEVER)
        rows = np.unique(late.rows)
        if not len(rows):
            return dropped
        both = self._joined(_concatenate(self._points_of(rows), late))
        starts = np.searchsorted(both.rows, rows)
        counts = np.append(starts[1:], len(both.rows)) - starts
        excess = np.maximum(counts - self._capacity, 0)
        full = excess > 0
        dropped[rows[full]] = both.times[(starts + excess - 1)[full]]
        refused = late.times <= dropped[late.rows]
        self.overwritten += int(excess.sum()) - int(refused.sum())
        self._ensure_width(int((counts - excess).max()))
        self._heads[rows] = self._sizes[rows] = self._steps[rows] = 0
        self._append(both.take(np.arange(len(both.rows)) >= np.repeat(starts + excess, counts)))
        return dropped

    def _points_of(self, rows: NDArray[np.intp]) -> _Points:
        """All that some rows hold."""
        sizes = self._sizes[rows]
        longest = int(sizes.max())
        held = np.arange(longest) < sizes[:, None]
        fields = {name: self._unwrapped(rows, longest, name)[1][held] for name in self._fields}
        return _Points(np.repeat(rows, sizes), self._unwrapped(rows, longest, "value")[0][held], fields)

    def _append(self, points: _Points) -> None:
        """Points newer than all that their rows hold, in time order by row."""
        rows, starts, counts = np.unique(points.rows, return_index=True, return_counts=True)
        if not len(rows):
            return
        self._ensure_width(int((self._sizes[rows] + counts).max()))
        rank = np.arange(len(points.rows)) - np.repeat(starts, counts)
        kept = rank >= np.repeat(counts - self._width, counts)
        places = (self._heads[points.rows] + rank) % self._width
        self._times[points.rows[kept], places[kept]] = points.times[kept]
        for name, field in self._fields.items():
            field[points.rows[kept], places[kept]] = points.fields[name][kept]
        self.overwritten += int(np.maximum(self._sizes[rows] + counts - self._width, 0).sum())
        self._steps[rows] = self._stepped(rows, starts, points.times)
        self._heads[rows] = (self._heads[rows] + counts) % self._width
        self._sizes[rows] = np.minimum(self._sizes[rows] + counts, self._width)
        self._newest[rows] = points.times[starts + counts - 1]

    def _stepped(self, rows: NDArray[np.intp], starts: NDArray[np.intp], times: NDArray[np.int64]) -> NDArray[np.int64]:
        """The steps of rows once `times` are appended: those of row `i` begin at `starts[i]`."""
        steps, first = self._steps[rows], self._sizes[rows] == 0
        distances = np.diff(times, prepend=times[:1])
        distances[starts] = times[starts] - self._newest[rows]
        # A row's very first point has no neighbour: the next distance stands in for its own, or what is known so far.
        follows = np.append(starts[1:], len(times)) - starts > 1
        following = distances[np.minimum(starts + 1, len(times) - 1)]
        distances[starts[first]] = np.where(follows, following, steps)[first]
        least, most = np.minimum.reduceat(distances, starts), np.maximum.reduceat(distances, starts)
        same = (least == most) & ((steps == 0) | (steps == least))
        return np.where(same, least, -1)

    def _ensure_rows(self, count: int) -> None:
        present = len(self._sizes)
        if count <= present:
            return
        height = max(count, 2 * present)
        self._reshape(height, self._width)
        self._heads = _extended(self._heads, height, 0)
        self._sizes = _extended(self._sizes, height, 0)
        self._newest = _extended(self._newest, height, _NEVER)
        self._steps = _extended(self._steps, height, 0)

    def _ensure_width(self, longest: int) -> None:
        """Widen the block for rows of `longest` points; only a block of full capacity ever wraps."""
        if longest <= self._width or self._width == self._capacity:
            return
        # A row that filled the old width has its head at 0 again: in the wider block its next place is behind its
        # points.
        self._heads = self._sizes.copy()
        self._reshape(len(self._sizes), min(self._capacity, max(longest, 2 * self._width)))

    def _reshape(self, height: int, width: int) -> None:
        self._times = _enlarged(self._times, height, width)
        self._fields = {name: _enlarged(field, height, width) for name, field in self._fields.items()}


def _concatenate(first: _Points, second: _Points) -> _Points:
    fields = {name: np.concatenate((first.fields[name], second.fields[name])) for name in first.fields}
    return _Points(np.concatenate((first.rows, second.rows)), np.concatenate((first.times, second.times)), fields)


class _Places(NamedTuple):
    """Where in a flat block the runs of stretches begin: run `j` of stretch `i` at `places[i, j]`, of slot
    `indexes[i, j]`.

    A stretch's last run is what lies between its last slot and the next stretch's first; its slot is one that nobody
    reads.
    """

    indexes: NDArray[np.intp]
    places: NDArray[np.int64]

    @property
    def is_dense(self) -> bool:
        """Whether so much of what lies around the slots is wanted that reading all of it is quicker than copying."""
        wanted = int((self.places[:, -1] - self.places[:, 0]).sum())
        return 0 < int(self.places[-1, -1] - self.places[0, 0]) <= _SPARSE * wanted

    def viewed(self, values: NDArray[np.float64]) -> Runs:
        """All runs, those of nobody's slot included, over a view of the values."""
        first, last = self.places[0, 0], self.places[-1, -1]
        view = values[first:last]
        view.flags.writeable = False  # an aggregator must not change what is stored
        return self.indexes.ravel(), np.append(self.places, last) - first, view

    def copied(self, values: NDArray[np.float64]) -> Runs:
        """The runs of the slots alone, over a copy of their values."""
        lengths = np.diff(self.places, axis=1)
        edges = np.append(0, np.cumsum(lengths))
        offsets = self.places[:, 0] - edges[:-1].reshape(lengths.shape)[:, 0]
        points = np.repeat(offsets, lengths.sum(axis=1)) + np.arange(edges[-1])
        return self.indexes[:, :-1].ravel(), edges, values[points]


def _extended(column: NDArray[np.int64], length: int, value: int) -> NDArray[np.int64]:
    return np.concatenate((column, np.full(length - len(column), value, np.int64)))


def _enlarged(block: NDArray[_Scalar], height: int, width: int) -> NDArray[_Scalar]:
    # Zeros, not whatever memory holds: a block is read as a whole, and what lies past a row's size is then thrown away.
    larger = np.zeros((height, width), block.dtype)
    larger[: block.shape[0], : block.shape[1]] = block
    return larger
