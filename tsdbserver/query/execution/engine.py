"""Engine: runs plans. Every stage is a few array operations over all series at once.

| road              | stages                                                                             |
|-------------------|------------------------------------------------------------------------------------|
| merged digests    | read, aggregate by (group, slot)                                                   |
| histograms        | read, percentiles and buckets by (group, slot): `histograms`                       |
| levels            | read, downsample by (series, slot), rate, fill gaps, aggregate by (group, slot)    |
| amounts           | read, lay the intervals over the slots: `amounts`, then as with levels             |
| digests otherwise | read, the downsampler makes a number of each (series, slot), then as with levels   |
"""

from functools import partial
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from aggregators import Aggregator, BucketFunction, Digests, FillPolicy, SampleFunction
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.execution.amounts import downsample_amounts, downsamples_in_store
from tsdbserver.query.execution.cells import NO_GROUPS, cells_of, union
from tsdbserver.query.execution.distributions import read_distributions
from tsdbserver.query.execution.groups import Groups, Memberships, group
from tsdbserver.query.execution.histograms import run_histograms
from tsdbserver.query.execution.rate import rates
from tsdbserver.query.planning.grid import TimeGrid
from tsdbserver.query.planning.plan import BUCKET_TAG, Plan
from tsdbserver.query.select.sources import (
    Amounts,
    ComputedNumbers,
    HistogramParts,
    SampleBuckets,
    Samples,
    StoredNumbers,
)
from tsdbserver.store.interface import SeriesReader

Matrix = NDArray[np.float64]
"""[series or group, slot], NaN for missing."""


def run(plan: Plan, reader: SeriesReader) -> list[ResultSeries]:
    """The results of a plan, one a group, in the order of the groups' tag values."""
    if not len(plan.series):
        return []
    match plan.source:
        case Samples(samples, of_groups=True):
            return _results(plan, *_merge_digests(plan, samples, reader))
        case HistogramParts() as asked:
            return run_histograms(plan, asked, reader)
        case SampleBuckets(buckets):
            return _results(plan, *_merge_into_buckets(plan, buckets, reader))
        case Samples(samples):
            downsampled = _downsampled_digests(plan, samples, reader)
        case Amounts() as amounts:
            downsampled = _downsample_amounts(plan, amounts, reader)
        case StoredNumbers() | ComputedNumbers() as numbers:
            downsampled = _downsample_levels(plan, numbers, reader)
        case never:
            assert_never(never)
    return _results(plan, *_aggregate(plan, *downsampled))


def _merge_digests(plan: Plan, samples: SampleFunction, reader: SeriesReader) -> tuple[TimeGrid, Groups, Matrix]:
    grid, groups, digests, keys = _digests_by_group(plan, reader)
    if not len(groups):
        return grid, groups, np.empty((0, len(grid)))
    column = samples(digests, keys, len(groups) * len(grid))
    return grid, groups, column.reshape(len(groups), len(grid))


def _merge_into_buckets(plan: Plan, buckets: BucketFunction, reader: SeriesReader) -> tuple[TimeGrid, Groups, Matrix]:
    grid, groups, digests, keys = _digests_by_group(plan, reader)
    if not len(groups):
        return grid, groups, np.empty((0, len(grid)))
    bounds, counts = buckets(digests, keys, len(groups) * len(grid))
    by_group = counts.reshape(len(bounds), len(groups), len(grid)).swapaxes(0, 1)
    labels = [f"{bound:g}" for bound in bounds.tolist()]
    return grid, groups.split(BUCKET_TAG, labels), by_group.reshape(len(groups) * len(bounds), len(grid))


def _digests_by_group(plan: Plan, reader: SeriesReader) -> tuple[TimeGrid, Groups, Digests, NDArray[np.intp]]:
    """The digests in the span, and for each the place of its group and slot: group · slots + slot."""
    read = read_distributions(plan, reader)
    cells = cells_of(plan, read.times, read.series)
    return cells.grid, cells.groups, *read.by(cells.keys, cells.size)


def _aggregate(plan: Plan, grid: TimeGrid, matrix: Matrix) -> tuple[TimeGrid, Groups, Matrix]:
    members = np.flatnonzero(~np.isnan(matrix).all(axis=1))
    if not len(members):
        return grid, NO_GROUPS, np.empty((0, len(grid)))
    own = _rated(plan, grid.times, matrix[members])
    groups = group(plan.series, members, plan.group_by)
    aggregated = _aggregated(plan, plan.fill_gaps(grid.times, own), groups)
    if plan.fill is FillPolicy.NONE:
        # What was filled joins the aggregate of a slot, and does not make one where no series has a value of its own.
        aggregated[~groups.any(~np.isnan(own))] = np.nan
    return grid, groups, aggregated


def _downsampled_digests(plan: Plan, samples: SampleFunction, reader: SeriesReader) -> tuple[TimeGrid, Matrix]:
    read = read_distributions(plan, reader)
    grid = plan.grid if plan.grid is not None else union(plan, read.times)
    size = len(plan.series) * len(grid)
    digests, keys = read.by(read.series * len(grid) + grid.slots_of(read.times), size)
    return grid, samples(digests, keys, size).reshape(len(plan.series), len(grid))


def _downsample_amounts(plan: Plan, amounts: Amounts, reader: SeriesReader) -> tuple[TimeGrid, Matrix]:
    grid, downsampler, field = plan.grid, plan.downsampler, amounts.field
    # A grid without slots is one, too: it must not be taken for none.
    if downsamples_in_store(plan, amounts) and grid is not None and downsampler is not None and field is not None:
        return _downsampled_in_store(plan, grid, downsampler, reader, field)
    return downsample_amounts(plan, amounts, reader)


def _downsample_levels(
    plan: Plan, numbers: StoredNumbers | ComputedNumbers, reader: SeriesReader
) -> tuple[TimeGrid, Matrix]:
    if isinstance(numbers, StoredNumbers) and plan.grid is not None and plan.downsampler is not None:
        return _downsampled_in_store(plan, plan.grid, plan.downsampler, reader, numbers.field)
    return _downsampled_numbers(plan, numbers.columns(reader, plan.series, plan.scan))


def _downsampled_in_store(
    plan: Plan, grid: TimeGrid, downsampler: Aggregator, reader: SeriesReader, field: str
) -> tuple[TimeGrid, Matrix]:
    extent = reader.extent(plan.series)
    if plan.fill is FillPolicy.NONE and extent is not None:
        grid = grid.clipped(extent)  # slots without any point are not shown, and cost as much as others
    downsampled = downsampler.make_list(len(plan.series) * len(grid) + 1)
    reader.downsample(plan.series, grid.edges, downsampled, field)
    return grid, downsampled.to_array()[:-1].reshape(len(plan.series), len(grid))


def _downsampled_numbers(plan: Plan, columns: NumberColumns) -> tuple[TimeGrid, Matrix]:
    grid = plan.grid if plan.grid is not None else union(plan, columns.times)
    cells = columns.series_of_points() * len(grid) + grid.slots_of(columns.times)
    size = columns.series_count * len(grid)
    if plan.downsampler is None:
        matrix = np.full(size, np.nan)
        matrix[cells] = columns.values
    else:
        downsampled = plan.downsampler.make_list(size)
        # Points are sorted by series and time, and so by cell: each cell is one run.
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        downsampled.add_runs(cells[starts], np.append(starts, len(cells)), columns.values)
        matrix = downsampled.to_array()
    return grid, matrix.reshape(columns.series_count, len(grid))


def _rated(plan: Plan, times: NDArray[np.int64], own: Matrix) -> Matrix:
    if plan.rate is None:
        return own
    if plan.fill is FillPolicy.ZERO:
        own = plan.fill_gaps(times, own)
    return rates(times, own, plan.rate, across_gaps=plan.fill is FillPolicy.NONE)


def _aggregated(plan: Plan, filled: Matrix, groups: Groups) -> Matrix:
    slots = filled.shape[1]
    aggregate = plan.aggregator.make_list(len(groups) * slots)
    cells = groups.of_series[:, None] * slots + np.arange(slots)
    aggregate.add_many(cells.ravel(), filled.ravel())
    return aggregate.to_array().reshape(len(groups), slots)


def _results(plan: Plan, grid: TimeGrid, groups: Groups, matrix: Matrix) -> list[ResultSeries]:
    first, end = np.searchsorted(grid.times, (plan.answer.start, plan.answer.end + 1))
    if plan.rate is not None:
        first = max(first, 1)  # before the first slot there is nothing that a rate could be the change from
    times, shown = grid.times[first:end], matrix[:, first:end]
    if plan.fill is FillPolicy.ZERO:
        shown = np.where(np.isnan(shown), 0.0, shown)
    # Results without a gap share one column of times, which their rendering notices.
    columns, rows = [times] * len(groups), list(shown)
    if plan.fill is FillPolicy.NONE:
        # A slot that no series has is no point; every other policy shows all slots of the range.
        present = ~np.isnan(shown)
        for i in np.flatnonzero(~present.all(axis=1)).tolist():
            columns[i], rows[i] = times[present[i]], rows[i][present[i]]
    memberships = Memberships(groups)
    return [
        ResultSeries(
            metric=plan.metric,
            tags=tags,
            aggregate_tags=aggregate_tags,
            times=column,
            values=values,
            sub_query=plan.sub_query,
            members=partial(memberships.of, i),
        )
        for i, (tags, aggregate_tags, column, values) in enumerate(
            zip(groups.tags, groups.aggregate_tags, columns, rows, strict=True)
        )
    ]
