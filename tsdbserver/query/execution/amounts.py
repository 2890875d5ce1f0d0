"""Amounts over slots: what counters and the companions `.count`, `.sum` and `.rate` report of intervals.

An interval that was not reported has the amount 0. There are three ways to lay intervals over slots:

| what is asked                   | an interval belongs to         | a slot's value                                   |
|---------------------------------|--------------------------------|--------------------------------------------------|
| amounts                         | the slot in which it begins    | the function of all amounts, or of the reports   |
| amounts per second, added up    | each slot, by its share of it  | the amount in the slot ÷ the seconds of the slot |
| amounts per second, one by one  | each slot that it reaches into | the function of all amounts per second           |

A slot has a value where a report belongs to it. A slot that ends after the server's clock, or not long before it, is
open: as far as it is known, it ends with the newest stored interval of the metric that is over.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList, FillPolicy, OverTime
from aggregators.arrays import edges_of, positions, sum_by
from aggregators.functions.sum import SumList
from tsdbserver.errors import BadQuery
from tsdbserver.model.points import IntervalColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.cells import union
from tsdbserver.query.planning.grid import TimeGrid
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.select.sources import Amounts
from tsdbserver.store.interface import Reach, SeriesReader

Matrix = NDArray[np.float64]
Times = NDArray[np.int64]

_BLOCK = 1 << 22
"""Intervals that are laid out at a time."""

GRACE_MS = 5_000
"""How long after its end an interval may still arrive: senders hold it back for late samples, and it has to travel. A
slot stays open for the width of the newest interval and this.
"""

_MAX_TIMES_CELLS = 10
"""Times `max-cells` that intervals may be laid out: they cost time, and no memory."""


def downsample_amounts(plan: Plan, source: Amounts, reader: SeriesReader) -> tuple[TimeGrid, Matrix]:
    """[series, slot] values of the plan's series; without a grid the slots are the stored intervals."""
    over_time = plan.downsampler.over_time if plan.downsampler else OverTime.TOTALS
    if over_time is OverTime.COUNTS:
        source = replace(source, per_second=False)  # reports count, whatever is made of them
    reach = reader.reach(plan.series.metric.name, plan.now)
    divides = over_time is OverTime.AVERAGES or (over_time is OverTime.TOTALS and source.per_second)
    if divides and source.field is not None and plan.grid is not None and not _is_open_ahead(plan, plan.grid, reach):
        width = _aligned_width(plan, plan.grid, source.per_second, reader, reach)
        if width:
            return _divided_totals(plan, plan.grid, source.field, 1000 if source.per_second else width, reader)
    reports = _read(plan, source, reader, reach)
    if plan.grid is None:
        return _stored(plan, source, reports)
    slots = Slots.of(plan, plan.grid, reports, reader)
    if source.per_second and over_time in (OverTime.TOTALS, OverTime.AVERAGES):
        return slots.grid, _spread(plan, reports, slots)
    pieces = _reaching(plan, reports, slots) if source.per_second else _beginning(reports, slots)
    return slots.grid, _downsampled(plan, source, reports, pieces, slots)


def downsamples_in_store(plan: Plan, source: Amounts) -> bool:
    """Whether silent intervals make no difference to a slot, so that the store may downsample what it holds."""
    if plan.grid is None or plan.downsampler is None or source.field is None:
        return False
    over_time = plan.downsampler.over_time
    return over_time is OverTime.COUNTS or (over_time is OverTime.TOTALS and not source.per_second)


def _is_open_ahead(plan: Plan, grid: TimeGrid, reach: Reach) -> bool:
    """Whether open slots may have intervals that are not over, which are cut."""
    return reach.end > plan.now and bool(_open_slots(plan, grid, reach).any())


def _aligned_width(plan: Plan, grid: TimeGrid, per_second: bool, reader: SeriesReader, reach: Reach) -> int:
    """A width of the series' intervals if each slot holds whole intervals only, else 0. Amounts that are divided by
    how many there are must all be of one width.
    """
    if not len(grid):
        return 0
    reaching = TimeSpan(int(grid.edges[0]) - max(reach.widest - 1, 0), int(grid.edges[-1]) - 1)
    widths = reader.widths(plan.series, reaching)
    if not widths or min(widths) == 0 or (len(widths) > 1 and not per_second):
        return 0
    return 0 if any((grid.edges % width).any() for width in widths) else widths[0]


def _open_slots(plan: Plan, grid: TimeGrid, reach: Reach) -> NDArray[np.bool_]:
    """Which slots may still get intervals. One that begins after the server's clock counts in full: only a sender
    whose clock is ahead reports of it.
    """
    return (grid.edges[1:] > plan.now - reach.width - GRACE_MS) & (grid.times < plan.now)


def _known_ends(plan: Plan, grid: TimeGrid, reach: Reach) -> Times:
    """Until when slots are known: open ones as far as the metric, or until now where only an interval that is not over
    reaches into the slot.
    """
    known = np.where(grid.times < reach.known, reach.known, plan.now)
    return np.where(_open_slots(plan, grid, reach), np.minimum(grid.edges[1:], known), grid.edges[1:])


def _divided_totals(plan: Plan, grid: TimeGrid, field: str, unit: int, reader: SeriesReader) -> tuple[TimeGrid, Matrix]:
    """The total of each slot that holds whole intervals, divided by its seconds or by how many there are: by its length
    in units of so many ms.
    """
    extent = reader.extent(plan.series)
    if plan.fill is FillPolicy.NONE and extent is not None:
        grid = grid.clipped(extent)
    totals = SumList(len(plan.series) * len(grid) + 1)
    reader.downsample(plan.series, grid.edges, totals, field)
    matrix = totals.to_array()[:-1].reshape(len(plan.series), len(grid))
    reach = reader.reach(plan.series.metric.name, plan.now)  # after reading: what was read lies within
    ends = _known_ends(plan, grid, reach)
    lengths: Matrix = np.maximum(ends - grid.times, 1) / unit
    return grid, matrix / lengths


def _read(plan: Plan, source: Amounts, reader: SeriesReader, reach: Reach) -> IntervalColumns:
    """The intervals that belong to the slots: those of rates may begin before the first."""
    if plan.grid is None:
        return source.read(reader, plan.series, plan.scan)
    if not len(plan.grid):
        return source.read(reader, plan.series, TimeSpan(0, -1))
    start, end = int(plan.grid.edges[0]), int(plan.grid.edges[-1]) - 1
    if source.per_second:
        start -= max(reach.widest - 1, 0)
    return source.read(reader, plan.series, TimeSpan(start, end))


class Slots(NamedTuple):
    """The slots of a grid; slot i is known until `ends[i]`, which lies before its end if it `is_open[i]`.

    `known` is when the newest stored interval that is over ends.
    """

    grid: TimeGrid
    ends: Times
    is_open: NDArray[np.bool_]
    known: int

    @classmethod
    def of(cls, plan: Plan, grid: TimeGrid, reports: IntervalColumns, reader: SeriesReader) -> "Slots":
        """The slots of a plan: where empty slots are not shown, those that reports reach into."""
        if plan.fill is FillPolicy.NONE and len(reports.times):
            last = int((reports.times + np.maximum(reports.widths, 1)).max()) - 1
            grid = grid.clipped(TimeSpan(int(reports.times.min()), last))
        reach = reader.reach(plan.series.metric.name, plan.now)  # after reading: what was read lies within
        return cls(grid, _known_ends(plan, grid, reach), _open_slots(plan, grid, reach), reach.known)

    def __len__(self) -> int:
        return len(self.grid)

    @property
    def starts(self) -> Times:
        return self.grid.times


class _Pieces(NamedTuple):
    """Report `report[i]` belongs to the slot `slot[i]`, in the order of series and slot."""

    report: NDArray[np.intp]
    slot: NDArray[np.intp]


def _beginning(reports: IntervalColumns, slots: Slots) -> _Pieces:
    return _Pieces(np.arange(len(reports.times)), slots.grid.slots_of(reports.times))


def _reaching(plan: Plan, reports: IntervalColumns, slots: Slots) -> _Pieces:
    """Each slot that an interval reaches into."""
    if not len(slots):
        return _Pieces(np.empty(0, np.intp), np.empty(0, np.intp))
    last_ms = reports.times + np.maximum(reports.widths, 1) - 1
    first = np.maximum(slots.grid.slots_of(reports.times), 0)
    last = np.minimum(slots.grid.slots_of(last_ms), len(slots) - 1)
    counts = np.maximum(last - first + 1, 0)
    _check_work(plan, int(counts.sum()))
    return _Pieces(np.repeat(np.arange(len(counts)), counts), positions(first, counts))


def _spread(plan: Plan, reports: IntervalColumns, slots: Slots) -> Matrix:
    """The amount of each slot, of which an interval gives each its share, per second. What is not known yet of an open
    slot is no part of it.
    """
    pieces = _reaching(plan, reports, slots)
    begin, width = reports.times[pieces.report], reports.widths[pieces.report]
    inside = np.minimum(begin + width, slots.ends[pieces.slot]) - np.maximum(begin, slots.starts[pieces.slot])
    if slots.is_open.any():
        known = (inside > 0) | ~slots.is_open[pieces.slot]
        pieces = _Pieces(pieces.report[known], pieces.slot[known])
        width, inside = width[known], inside[known]
    shares = reports.values[pieces.report] * inside / np.maximum(width, 1)
    cells = reports.series[pieces.report] * len(slots) + pieces.slot
    matrix = _totals(cells, shares, reports.series_count, len(slots))
    seconds: Matrix = np.maximum(slots.ends - slots.starts, 1) / 1000
    return matrix / seconds


def _totals(cells: NDArray[np.intp], amounts: Matrix, series: int, slots: int) -> Matrix:
    """[series, slot] sums of amounts, NaN where there are none."""
    size = series * slots
    filled = np.zeros(size, np.bool_)
    filled[cells] = True
    return np.where(filled, sum_by(cells, amounts, size), np.nan).reshape(series, slots)


def _stored(plan: Plan, source: Amounts, reports: IntervalColumns) -> tuple[TimeGrid, Matrix]:
    """Slots that are the stored intervals: each begins where one begins, and is over when the next one begins, or when
    no interval reaches further.
    """
    grid = union(plan, reports.times)
    if not len(grid):
        return grid, np.empty((reports.series_count, 0))
    if not source.per_second:
        cells = reports.series * len(grid) + grid.slots_of(reports.times)
        return grid, _totals(cells, reports.values, reports.series_count, len(grid))
    reached = np.zeros(len(grid), np.int64)
    np.maximum.at(reached, grid.slots_of(reports.times), reports.times + reports.widths)
    ends = np.minimum(np.append(grid.times[1:], reached.max()), np.maximum.accumulate(reached))
    slots = Slots(TimeGrid(np.append(grid.times, ends[-1])), ends, np.zeros(len(grid), np.bool_), 0)
    return grid, _spread(plan, reports, slots)


def _downsampled(plan: Plan, source: Amounts, reports: IntervalColumns, pieces: _Pieces, slots: Slots) -> Matrix:
    """The function of the plan over the intervals of each slot."""
    assert plan.downsampler is not None
    into = plan.downsampler.make_list(reports.series_count * len(slots))
    runs = _Runs.of(reports, pieces, slots, source.per_second)
    if plan.downsampler.over_time is OverTime.COUNTS:
        runs = runs.of_reports()
    _check_work(plan, int(runs.lengths.sum()))
    for block in runs.blocks():
        block.add(reports, source.per_second, into)
    return into.to_array().reshape(reports.series_count, len(slots))


class _Runs(NamedTuple):
    """The intervals of one width in one cell (series · slots + slot) are a run: `lengths[i]` of them, the first one of
    which begins at `firsts[i]`. Runs come in the order of cells and widths.

    The run of piece `i`, report `report[i]`, is `run[i]`, in ascending order. A slot begins at `floors[i]`.
    """

    cells: NDArray[np.intp]
    widths: Times
    firsts: Times
    floors: Times
    lengths: NDArray[np.int64]
    report: NDArray[np.intp]
    run: NDArray[np.intp]

    @classmethod
    def of(cls, reports: IntervalColumns, pieces: _Pieces, slots: Slots, per_second: bool) -> "_Runs":
        report, slot = pieces
        cells, widths = reports.series[report] * len(slots) + slot, reports.widths[report]
        if len(widths) and widths.min() < widths.max():
            order = np.lexsort((reports.times[report], widths, cells))
            report, slot, cells, widths = report[order], slot[order], cells[order], widths[order]
        begins = np.ones(len(cells), np.bool_)
        begins[1:] = (np.diff(cells) != 0) | (np.diff(widths) != 0)
        first = np.flatnonzero(begins)
        run = np.cumsum(begins) - 1
        cells, widths, slot = cells[first], widths[first], slot[first]
        floors, ends = slots.starts[slot], slots.ends[slot]
        if not per_second:  # an interval that is not over by then is not known to be silent
            ends = np.where(slots.is_open[slot], np.minimum(ends, slots.known - widths + 1), ends)
        step = np.maximum(widths, 1)
        firsts = floors // step * step if per_second else -(-floors // step) * step
        reported = np.bincount(run, minlength=len(cells))
        # Reports of a sender whose clock is ahead lie behind what is known.
        last = np.append(first[1:], len(run))[: len(first)] - 1
        reached = (reports.times[report[last]] - firsts) // step + 1
        lengths = np.where(widths > 0, np.maximum(-((firsts - ends) // step), reached), reported)
        return cls(cells, widths, firsts, floors, lengths, report, run)

    def of_reports(self) -> "_Runs":
        """Runs without their silent intervals: moments, as the width is not asked for."""
        counts = np.bincount(self.run, minlength=len(self.cells))
        return self._replace(widths=np.zeros_like(self.widths), lengths=counts)

    def blocks(self) -> "list[_Runs]":
        """The runs in parts that may be laid out at once; those of one cell stay together."""
        done = np.cumsum(self.lengths)
        if not len(done) or done[-1] <= _BLOCK:
            return [self]
        new_cell = np.append(True, np.diff(self.cells) != 0)
        block = np.maximum.accumulate(np.where(new_cell, (done - self.lengths) // _BLOCK, 0))
        cuts = np.append(np.flatnonzero(np.diff(block, prepend=-1)), len(done))
        return [self._part(first, end) for first, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)]

    def _part(self, first: int, end: int) -> "_Runs":
        of = slice(first, end)
        pieces = slice(*np.searchsorted(self.run, (first, end)).tolist())
        return _Runs(
            self.cells[of], self.widths[of], self.firsts[of], self.floors[of], self.lengths[of],
            self.report[pieces], self.run[pieces] - first,
        )  # fmt: skip

    def add(self, reports: IntervalColumns, per_second: bool, into: AggregatorList) -> None:
        """Hand all intervals over, in the order of time."""
        edges = edges_of(self.lengths)
        values, places = np.zeros(edges[-1]), self._places(reports, edges)
        values[places] = self._amounts(reports, per_second)
        if not (np.diff(self.cells) == 0).any():
            into.add_runs(self.cells, edges, values)
            return
        intervals = self._intervals(reports, edges, places, values, per_second)
        intervals = intervals.superpose() if per_second else intervals.join()
        first = np.flatnonzero(np.diff(intervals.cells, prepend=-1))
        into.add_runs(intervals.cells[first], np.append(first, len(intervals.cells)), intervals.values)

    def _places(self, reports: IntervalColumns, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the report of each piece stands among the intervals."""
        width, first = self.widths[self.run], self.firsts[self.run]
        steps = (reports.times[self.report] - first) // np.maximum(width, 1)
        if not width.all():  # moments stand one after another
            steps = np.where(width > 0, steps, np.arange(len(self.run)) - np.searchsorted(self.run, self.run))
        return np.asarray(edges[:-1][self.run] + steps)

    def _amounts(self, reports: IntervalColumns, per_second: bool) -> Matrix:
        amounts = reports.values[self.report]
        return amounts / (self.widths[self.run] / 1000) if per_second else amounts

    def _intervals(
        self, reports: IntervalColumns, edges: NDArray[np.int64], places: NDArray[np.int64], values: Matrix, clip: bool
    ) -> "_Intervals":
        """Every interval with its times; those that begin before their slot begin with it if they are clipped."""
        run = np.repeat(np.arange(len(self.cells)), self.lengths)
        widths = self.widths[run]
        starts: Times = self.firsts[run] + widths * (np.arange(len(values)) - edges[:-1][run])
        starts[places] = reports.times[self.report]
        ends: Times = starts + widths
        if clip:
            np.maximum(starts, self.floors[run], out=starts)
        return _Intervals(self.cells[run], starts, ends, widths, values)


class _Intervals(NamedTuple):
    """Interval i of a cell holds from `starts[i]` to before `ends[i]`."""

    cells: NDArray[np.intp]
    starts: Times
    ends: Times
    widths: Times
    values: Matrix

    def join(self) -> "_Intervals":
        """Intervals of a cell that begin at one time become one, with all their amounts."""
        order = np.lexsort((self.starts, self.cells))
        cells, starts = self.cells[order], self.starts[order]
        first = np.ones(len(cells), np.bool_)
        first[1:] = (np.diff(cells) != 0) | (np.diff(starts) != 0)
        values = np.add.reduceat(self.values[order], np.flatnonzero(first))
        kept = order[first]
        return _Intervals(cells[first], starts[first], self.ends[kept], self.widths[kept], values)

    def superpose(self) -> "_Intervals":
        """Intervals between all times at which one begins, with the sum of what holds then."""
        joined = self.join()
        values = np.zeros(len(joined.cells))
        for width in np.unique(self.widths).tolist():
            values += self._take(self.widths == width).values_at(joined.cells, joined.starts)
        return joined._replace(values=values)

    def _take(self, which: NDArray[np.bool_]) -> "_Intervals":
        cells, starts, ends, widths, values = self
        return _Intervals(cells[which], starts[which], ends[which], widths[which], values[which])

    def values_at(self, cells: NDArray[np.intp], times: Times) -> Matrix:
        """The value that holds in each cell at a time, 0 for none; the intervals do not overlap."""
        # Ordinals in the place of times: cell × span of time is more than an integer holds.
        moments = np.unique(np.concatenate((self.starts, times)))
        starts, wanted = np.searchsorted(moments, self.starts), np.searchsorted(moments, times)
        at = np.searchsorted(self.cells * len(moments) + starts, cells * len(moments) + wanted, side="right") - 1
        holds = (at >= 0) & (self.cells[at] == cells) & (times < self.ends[at])
        return np.where(holds, self.values[at], 0.0)


def _check_work(plan: Plan, intervals: int) -> None:
    """BadQuery if too many intervals, silent ones included, have to be looked at."""
    most = _MAX_TIMES_CELLS * plan.most_cells
    if intervals > most:
        raise BadQuery(
            f"{intervals} intervals of {plan.metric}, silent ones included, are more than the {most} that a query may "
            f"look at ({_MAX_TIMES_CELLS} × the setting max-cells)"
        )
