"""Histogram queries: percentiles and buckets of all samples of a group and slot, each a result with a name of its own.

`sum:percentiles[50,99]:show-histogram-buckets:latency` answers `latency_pct_50.0`, `latency_pct_99.0`,
`latency_UNDERFLOW`, `latency_0.0_1.75`, …, `latency_OVERFLOW`. Counts of equal bounds add up within a group and slot.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests, quantile
from aggregators.arrays import sum_by
from aggregators.histogram.packed import BucketTable, Histograms, midpoints
from aggregators.histogram.sum_counts import added_up
from tsdbserver.errors import BadQuery
from tsdbserver.java.float_text import float_text
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.query import SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.execution.cells import Cells, cells_of
from tsdbserver.query.execution.groups import Memberships
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.select.sources import HistogramParts
from tsdbserver.store.interface import SeriesReader

MAX_PERCENTILES = 1_000
"""Of one sub query."""

Column = NDArray[np.float64]
"""One value a cell."""
Counts = NDArray[np.int64]
"""[cell, bucket]"""
Flags = NDArray[np.bool_]
"""[group, slot]"""


class _Part(NamedTuple):
    """One result a group: its name's end and `values`, for the groups that `have` it."""

    suffix: str
    values: Column
    have: NDArray[np.bool_]


def histogram_parts(sub: SubQuery, metric: MetricInfo) -> HistogramParts | None:
    """What a sub query wants of histograms, None if it is no histogram query. BadQuery for functions but sum."""
    if not (sub.percentiles or sub.show_histogram_buckets):
        return None
    if sub.aggregator not in ("sum", "none"):
        raise BadQuery("Only NONE or SUM aggregation function supported for histogram query")
    if sub.downsample and sub.downsample.function != "sum":
        raise BadQuery("Only SUM downsampling aggregation supported for histogram query")
    if sub.show_histogram_buckets and metric.kind is MetricKind.DISTRIBUTION:
        raise BadQuery(f"'{metric.name}' holds digests, which have no buckets: aggregate it by 'buckets'")
    if len(sub.percentiles) > MAX_PERCENTILES:
        raise BadQuery(f"Too many percentiles: {len(sub.percentiles)} maximum allowed: {MAX_PERCENTILES}")
    return HistogramParts(sub.percentiles, sub.show_histogram_buckets)


def run_histograms(plan: Plan, asked: HistogramParts, reader: SeriesReader) -> list[ResultSeries]:
    """The results of a histogram query: group by group, percentiles first."""
    if _holds_histograms(plan):
        stored = reader.histograms(plan.series, plan.scan)
        cells = cells_of(plan, stored.times, stored.series)
        present = _present(plan, cells)
        parts = _of_histograms(plan, asked, cells, present, stored.histograms)
    else:
        columns = reader.digests(plan.series, plan.scan)
        cells = cells_of(plan, columns.times, columns.series)
        present = _present(plan, cells)
        parts = _of_digests(plan, asked, cells, columns.digests)
    return list(_results(plan, cells, present, parts))


def _holds_histograms(plan: Plan) -> bool:
    return plan.series.metric.kind is MetricKind.HISTOGRAM


def _present(plan: Plan, cells: Cells) -> Flags:
    """[group, slot] that have anything and are shown."""
    present = np.zeros(cells.size, np.bool_)
    present[cells.keys] = True
    times = cells.grid.times
    shown = (times >= plan.answer.start) & (times <= plan.answer.end)
    return present.reshape(cells.shape) & shown


def _of_digests(plan: Plan, asked: HistogramParts, cells: Cells, digests: Digests) -> list[_Part]:
    _check_size(cells.size, len(asked.percentiles), plan.most_cells)
    everywhere = np.ones(len(cells.groups), np.bool_)
    return [
        _Part(_percentile_name(p), quantile(digests, cells.keys, cells.size, p / 100), everywhere)
        for p in asked.percentiles
    ]


def _of_histograms(
    plan: Plan, asked: HistogramParts, cells: Cells, present: Flags, histograms: Histograms
) -> list[_Part]:
    table = histograms.buckets()
    _check_size(cells.size, len(table) + len(asked.percentiles), plan.most_cells)
    counts = added_up(histograms, table.of_layout, cells.keys, (cells.size, len(table)))
    parts = _percentiles(asked, cells, counts, midpoints(table.lower, table.upper))
    if asked.buckets:
        everywhere = np.ones(len(cells.groups), np.bool_)
        parts.append(_Part("_UNDERFLOW", sum_by(cells.keys, histograms.underflow, cells.size), everywhere))
        parts += _buckets(cells, present, histograms, table, counts)
        parts.append(_Part("_OVERFLOW", sum_by(cells.keys, histograms.overflow, cells.size), everywhere))
    return parts


def _check_size(cells: int, columns: int, most: int) -> None:
    """BadQuery if a number for each cell, and each of the buckets and percentiles, is too much."""
    if cells * columns > most:
        raise BadQuery(
            f"{cells} histograms × {columns} columns are {cells * columns} cells, more than the {most} that a query "
            "may take (setting max-cells)"
        )


def _percentiles(asked: HistogramParts, cells: Cells, counts: Counts, middle: Column) -> list[_Part]:
    # Percentiles are 32-bit floats in OpenTSDB, which matters where a share of the samples is just as much.
    columns = percentiles_of_buckets(counts, middle, [float(np.float32(p)) for p in asked.percentiles])
    everywhere = np.ones(len(cells.groups), np.bool_)
    return [
        _Part(_percentile_name(p), column, everywhere) for p, column in zip(asked.percentiles, columns, strict=True)
    ]


def percentiles_of_buckets(counts: Counts, middle: Column, percentiles: Iterable[float]) -> list[Column]:
    """Of each row of `counts` the middle of the first bucket up to which p % of the samples lie, for each p.

    OpenTSDB's rule: −1 below 1 % and above 100 %, 0 without samples; what lies outside all buckets does not count.
    """
    through = np.cumsum(counts, axis=1)
    total = counts.sum(axis=1)
    shares = through * 100.0 / np.maximum(total, 1)[:, None]
    middle = np.append(middle, 0.0)  # a bucket of nothing, for rows that have no samples
    return [middle[(shares < p).sum(axis=1)] if 1 <= p <= 100 else np.full(len(counts), -1.0) for p in percentiles]


def _buckets(
    cells: Cells, present: Flags, histograms: Histograms, table: BucketTable, counts: Counts
) -> Iterator[_Part]:
    """The buckets, each for the groups whose first histogram has it: OpenTSDB looks no further."""
    have = _of_first(cells, present, histograms, table)
    for i, (lower, upper) in enumerate(zip(table.lower.tolist(), table.upper.tolist(), strict=True)):
        yield _Part(f"_{float_text(lower)}_{float_text(upper)}", counts[:, i].astype(np.float64), have[:, i])


def _of_first(cells: Cells, present: Flags, histograms: Histograms, table: BucketTable) -> Flags:
    """[group, bucket]: whether a histogram of the group's first point has the bucket, be it empty."""
    first = np.zeros(cells.shape, np.bool_)
    first[np.arange(len(cells.groups)), present.argmax(axis=1)] = True
    opening = np.flatnonzero(first.ravel()[cells.keys])
    columns = np.concatenate([np.empty(0, np.intp), *(table.of_layout[i] for i in histograms.layout[opening])])
    have = np.zeros((len(cells.groups), len(table)), np.bool_)
    groups = cells.keys[opening] // max(len(cells.grid), 1)
    have[np.repeat(groups, histograms.lengths[opening]), columns] = True
    return have


def _percentile_name(p: float) -> str:
    return f"_pct_{float_text(p)}"


def _results(plan: Plan, cells: Cells, present: Flags, parts: Sequence[_Part]) -> Iterator[ResultSeries]:
    sub, memberships = plan.sub_query, Memberships(cells.groups)
    # OpenTSDB shows the results of a query over all (`0all`) without a point.
    pointless = sub.downsample is not None and sub.downsample.interval is None and _holds_histograms(plan)
    matrices = [part.values.reshape(cells.shape) for part in parts]
    all_times = cells.grid.times
    for group in np.flatnonzero(present.any(axis=1)).tolist():
        slots = np.flatnonzero(present[group] & (not pointless))
        # Results without a gap share one column of times, which their rendering notices.
        times = all_times if len(slots) == len(all_times) else all_times[slots]
        for part, matrix in zip(parts, matrices, strict=True):
            if part.have[group]:
                tags, aggregate_tags = cells.groups.tags[group], cells.groups.aggregate_tags[group]
                yield ResultSeries(
                    plan.metric + part.suffix,
                    tags,
                    aggregate_tags,
                    times,
                    matrix[group, slots],
                    sub,
                    partial(memberships.of, group),
                )
