"""The points of a scalar metric: of each series the newest `capacity` ones, in chunks (see `chunks`).

Within a row times ascend and each occurs once. Points newer than all that their row holds are appended. A point that
is late takes the points after it out, joins them, and all are appended again: usually a few.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from aggregators.arrays import positions
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.numbers.chunk_append import Arrivals, begin
from tsdbserver.store.numbers.chunk_reads import Runs, downsample, read_span
from tsdbserver.store.numbers.chunks import Chunks, Ids, Rows, Table, Times
from tsdbserver.store.numbers.growable import Column
from tsdbserver.store.numbers.merge_points import Fields, Points, join, together
from tsdbserver.store.numbers.slot_edges import cut, first_times, times_at

_NEVER = np.iinfo(np.int64).min


class NumberRing:
    """Rings of `capacity` points for the series of one scalar metric, which are known by row number."""

    def __init__(self, kind: MetricKind, capacity: int) -> None:
        self._kind = kind
        self._capacity = capacity
        self._chunks = Chunks()
        self._fields = {name: Column(np.dtype(np.float64)) for name in FIELDS[kind]}
        self._sizes = np.empty(0, np.int64)
        self._newest = np.empty(0, np.int64)
        self.overwritten = 0
        """Points that made room for newer ones."""

    @property
    def nbytes(self) -> int:
        """Memory that the points take."""
        values = self._chunks.places.length * sum(field.cells.itemsize for field in self._fields.values())
        return self._chunks.nbytes + values + self._sizes.nbytes + self._newest.nbytes

    def write(self, rows: Rows, times: Times, fields: Fields) -> NDArray[np.bool_]:
        """Store points in any order; returns which were refused: they are older than all that a full ring holds."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        points = join(self._kind, Points(rows, times, fields))
        self._ensure_rows(int(points.rows[-1]) + 2)  # the last row is always empty, see `last_row`
        newer = points.times > self._newest[points.rows]
        if newer.all():
            self._append(points)
            return np.zeros(len(rows), np.bool_)
        refused = self._insert(points.take(~newer))
        self._append(points.take(newer))
        return refused.includes(rows, times)

    def read(self, rows: Rows, span: TimeSpan, field: str) -> NumberColumns:
        """One field of some rows within the span, as columns."""
        chunks, owners = self._chunks.of(rows)
        return read_span(chunks, owners, len(rows), span, self._fields[field].cells, self._chunks.offsets)

    def downsample(self, rows: Rows, edges: NDArray[np.int64], into: AggregatorList, field: str) -> list[Runs]:
        """See `SeriesReader.downsample`. What `into` only reduces is handed over here, as a view of the cells; the rest
        is copied and returned.
        """
        chunks, owners = self._chunks.of(rows, by_place=into.reduces_runs)
        return downsample(chunks, owners, edges, into, self._fields[field].cells, self._chunks.offsets)

    def size(self, rows: Rows) -> int:
        """How many points some rows hold."""
        return int(self._sizes[rows].sum())

    def extent(self, rows: Rows) -> TimeSpan | None:
        """The time of the oldest and of the newest point in some rows, None if they have none."""
        filled = rows[self._sizes[rows] > 0]
        if not len(filled):
            return None
        _, firsts = self._chunks.first(filled)
        oldest = first_times(firsts, self._chunks.offsets)
        return TimeSpan(int(oldest.min()), int(self._newest[filled].max()))

    def newest(self, rows: Rows, field: str) -> NumberColumns:
        """One field of each row's newest point, as columns."""
        filled = self._sizes[rows] > 0
        held = rows[filled]
        _, chunks = self._chunks.last(held)
        values = self._fields[field].cells[chunks["place"] + chunks["stop"] - 1]
        return NumberColumns(self._newest[held], values, np.append(0, np.cumsum(filled)))

    @property
    def last_row(self) -> int:
        """A row that has no point, and after which there is no row."""
        return len(self._sizes) - 1

    @property
    def total(self) -> int:
        """How many points all rows hold."""
        return int(self._sizes.sum())

    @property
    def newest_time(self) -> int | None:
        """The time of the newest point, None if there is none."""
        newest = int(self._newest.max(initial=_NEVER))
        return None if newest == _NEVER else newest

    def newest_time_by(self, moment: int) -> int | None:
        """The time of the newest point that is not after a moment, None if there is none."""
        ahead = self._newest > moment
        newest = int(self._newest.max(where=~ahead, initial=_NEVER))
        if ahead.any():
            newest = max(newest, self._newest_before(np.flatnonzero(ahead), moment + 1))
        return None if newest == _NEVER else newest

    def _newest_before(self, rows: Rows, edge: int) -> int:
        """The newest time before `edge` in rows that hold later ones, too."""
        chunks, _ = self._chunks.of(rows)
        chunks = chunks[(chunks["base"] < edge) & (chunks["start"] < chunks["stop"])]
        over = chunks["last"] < edge
        newest = int(chunks["last"].max(where=over, initial=_NEVER))
        chunks = chunks[~over]
        ones = np.ones(len(chunks), np.int64)
        points = cut(chunks, ones, np.full(len(chunks), edge), self._chunks.offsets)
        held = points > chunks["start"]
        times = times_at(chunks[held], ones[held], points[held] - 1, self._chunks.offsets)
        return max(newest, int(times.max(initial=_NEVER)))

    def reserve(self, row: int) -> None:
        """Let a row exist, without a point."""
        self._ensure_rows(row + 1)

    def too_old(self, rows: Rows) -> Times:
        """For each row the newest time that it will not take, as it is full of newer ones; hardly any time if it has
        room.
        """
        newest = np.full(len(rows), _NEVER)
        full = np.flatnonzero(self._sizes[rows] == self._capacity)
        if len(full):
            newest[full] = first_times(self._chunks.first(rows[full])[1], self._chunks.offsets) - 1
        return newest

    # Late points

    def _insert(self, late: Points) -> "_Refused":
        """Points at or before their row's newest; returns which of them were too old."""
        rows = np.unique(late.rows)
        refused = _Refused(rows, self.too_old(rows))
        late = late.take(~refused.includes(late.rows, late.times))
        if not len(late.rows):
            return refused
        rows, starts = np.unique(late.rows, return_index=True)
        both = join(self._kind, together([*self._cut_off(rows, late.times[starts]), late]))
        starts = np.searchsorted(both.rows, rows)
        # What the row still holds is older and goes first: only then goes any of what was put together here.
        excess = np.maximum(np.diff(starts, append=len(both.rows)) - self._capacity, 0)
        full = excess > 0
        refused.update(rows[full], both.times[(starts + excess - 1)[full]])
        self.overwritten -= int(refused.includes(late.rows, late.times).sum())
        self._append(both)
        return refused

    def _cut_off(self, rows: Rows, since: Times) -> list[Points]:
        """Take the points from a time on out of each row, which holds such points."""
        taken = []
        while len(rows):
            ids, chunks = self._chunks.last(rows)
            points = cut(chunks, np.ones(len(rows), np.int64), since, self._chunks.offsets)
            taken.append(self._points_of(rows, chunks, points))
            self._sizes[rows] -= chunks["stop"] - points
            emptied = points == chunks["start"]
            self._shorten(ids[~emptied], chunks[~emptied], points[~emptied])
            self._chunks.drop_last(rows[emptied])
            # The chunk before may reach as far.
            rows, since = rows[emptied], since[emptied]
            rows, since = rows[self._sizes[rows] > 0], since[self._sizes[rows] > 0]
        return taken

    def _points_of(self, rows: Rows, chunks: Table, start: NDArray[np.int64]) -> Points:
        """The points of chunks, each of another row, from `start` on."""
        counts = chunks["stop"] - start
        points = positions(start, counts)
        cells = np.repeat(chunks["place"], counts) + points
        fields = {name: field.cells[cells] for name, field in self._fields.items()}
        return Points(np.repeat(rows, counts), times_at(chunks, counts, points, self._chunks.offsets), fields)

    def _shorten(self, ids: Ids, chunks: Table, stop: NDArray[np.int64]) -> None:
        """Let chunks end before a point, which is not their first."""
        last = times_at(chunks, np.ones(len(ids), np.int64), stop - 1, self._chunks.offsets)
        even = np.minimum(chunks["even"], stop)
        self._chunks.update(ids, stop=stop, even=even, last=last)
        self._chunks.forget_offsets(ids[even == stop])

    # New points

    def _append(self, points: Points) -> None:
        """Points newer than all that their rows hold, in time order by row."""
        starts = np.flatnonzero(np.diff(points.rows, prepend=-1))
        rows, counts = points.rows[starts], np.diff(starts, append=len(points.rows))
        if not len(rows):
            return
        self._newest[rows] = points.times[starts + counts - 1]
        starts, counts = self._make_room(rows, starts, counts)
        self._sizes[rows] += counts
        while len(rows):
            placed = self._fill(points, rows, starts, counts)
            left = placed < counts
            rows, starts, counts = rows[left], (starts + placed)[left], (counts - placed)[left]

    def _make_room(
        self, rows: Rows, starts: NDArray[np.intp], counts: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Drop the oldest points of rows that would hold too many, even of the new ones if they alone are too many."""
        excess = self._sizes[rows] + counts - self._capacity
        if (excess <= 0).all():
            return starts, counts
        self.overwritten += int(np.maximum(excess, 0).sum())
        over = np.maximum(counts - self._capacity, 0)
        self._drop_oldest(rows, np.minimum(excess, self._sizes[rows]))
        return starts + over, counts - over

    def _drop_oldest(self, rows: Rows, excess: NDArray[np.int64]) -> None:
        """Drop so many points of each row, none where it is 0 or less."""
        rows, excess = rows[excess > 0], excess[excess > 0]
        self._sizes[rows] -= excess
        while len(rows):
            ids, chunks = self._chunks.first(rows)
            held = chunks["stop"] - chunks["start"]
            whole = excess >= held
            self._chunks.update(ids[~whole], start=(chunks["start"] + excess)[~whole])
            self._chunks.drop_first(rows[whole])
            excess = (excess - held)[whole]
            rows, excess = rows[whole][excess > 0], excess[excess > 0]

    def _fill(
        self, points: Points, rows: Rows, starts: NDArray[np.intp], counts: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """Put as many points into each row's last chunk as it takes; returns how many: 0 if it is closed now."""
        ids, chunks = self._chunks.with_room(rows)
        counts = np.minimum(counts, chunks["limit"] - chunks["stop"])
        begin(chunks, points.times, starts, counts)
        new = Arrivals.of(chunks, points.times, starts, counts)
        fitting = new.fitting(chunks)
        if (fitting < counts).any():
            some = fitting > 0
            self._chunks.update(ids[~some], limit=chunks["stop"][~some])
            if some.any():
                self._fill(points, rows[some], starts[some], fitting[some])
            return fitting
        self._store(points, positions(starts, counts), np.repeat(chunks["place"], counts) + new.places)
        uneven = new.extend(chunks)
        self._chunks.replace(ids, chunks)
        self._chunks.keep_offsets(ids, new.owners[uneven], new.places[uneven], new.ahead[uneven])
        return counts

    def _store(self, points: Points, which: NDArray[np.intp], cells: NDArray[np.int64]) -> None:
        for name, field in self._fields.items():
            field.reserve(self._chunks.places.length)
            field.cells[cells] = points.fields[name][which]

    def _ensure_rows(self, count: int) -> None:
        present = len(self._sizes)
        if count > present:
            more = max(count, present + present // 2) - present
            self._chunks.ensure_rows(present + more)
            self._sizes = np.concatenate((self._sizes, np.zeros(more, np.int64)))
            self._newest = np.concatenate((self._newest, np.full(more, _NEVER)))


class _Refused(NamedTuple):
    """Up to which time points of some rows, in ascending order, are too old."""

    rows: Rows
    newest: Times

    def update(self, rows: Rows, newest: Times) -> None:
        """Some of the rows are full of still newer points."""
        self.newest[np.searchsorted(self.rows, rows)] = newest

    def includes(self, rows: Rows, times: Times) -> NDArray[np.bool_]:
        """Which points are refused."""
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.asarray((self.rows[places] == rows) & (times <= self.newest[places]))
