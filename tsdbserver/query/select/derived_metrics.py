"""Companion metrics: scalar series computed on the fly, for clients that know no digests.

`k6.http_req_duration.p99` is the 99th percentile of every series and interval of `k6.http_req_duration`. A companion
is a scalar metric in every respect: averaging it over series or time averages percentiles, which is what its asker
asked for. What each of them is, an amount or a level, stands in `model.metric.NATURES`.
"""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorRegistry, SampleFunction
from aggregators.histogram.to_digests import as_digests
from tsdbserver.model.metric import NATURES, MetricInfo, MetricKind, Nature
from tsdbserver.model.points import IntervalColumns, NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.select.sources import Amounts, ComputedNumbers, Numbers, StoredNumbers
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet

_BLOCK = 1 << 18
"""So many counts of histograms are turned into digests at a time."""


class Companions:
    """The companions of every kind of metric; those of distributions are functions of the aggregator registry."""

    def __init__(self, aggregators: AggregatorRegistry) -> None:
        self._of_kind: dict[MetricKind, Mapping[str, Numbers]] = {
            kind: {suffix: _numbers(kind, suffix, nature, aggregators) for suffix, nature in natures.items() if suffix}
            for kind, natures in NATURES.items()
        }

    def find(self, name: str, catalog: Catalog) -> tuple[MetricInfo, Numbers] | None:
        """The metric that `name` is a companion of, and how to read it; None if it is none."""
        base, _, suffix = name.rpartition(".")
        metric = catalog.metric(base)
        source = metric and self._of_kind[metric.kind].get(suffix)
        return (metric, source) if metric and source else None

    def names(self, metric: MetricInfo) -> Iterator[str]:
        """The names of a metric's companions."""
        for suffix in self._of_kind[metric.kind]:
            yield f"{metric.name}.{suffix}"


def own_numbers(kind: MetricKind) -> Numbers | None:
    """How a metric's own numbers are read, None if it keeps samples."""
    if not kind.is_scalar:
        return None
    nature = NATURES[kind][""]
    return Amounts.stored() if nature is Nature.AMOUNT else StoredNumbers(nature=nature)


def _numbers(kind: MetricKind, suffix: str, nature: Nature, aggregators: AggregatorRegistry) -> Numbers:
    is_amount, per_second = nature is Nature.AMOUNT, suffix == "rate"
    if kind.is_scalar:
        if is_amount:
            return Amounts.stored("value" if per_second else suffix, per_second)
        return ComputedNumbers(_mean, nature) if suffix == "avg" else StoredNumbers(suffix, nature)
    samples = aggregators["count" if per_second else suffix].samples
    assert samples is not None, f"{suffix} has no meaning on samples"
    points, intervals = _OF_SAMPLES[kind]
    if is_amount:
        return Amounts(partial(intervals, samples), per_second)
    return ComputedNumbers(partial(points, samples), nature)


def _mean(reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
    total, count = reader.columns(series, span, ("sum", "count"))
    return NumberColumns(total.times, total.values / count.values, total.edges)


def _histogram_points(
    samples: SampleFunction, reader: SeriesReader, series: SeriesSet, span: TimeSpan
) -> NumberColumns:
    columns = reader.histograms(series, span)
    order = np.lexsort((columns.times, columns.series))
    # Each is a point of its own: as digests, which take many times the room, they need not be there all at once.
    blocks = np.array_split(order, len(columns.histograms.counts) // _BLOCK + 1)
    values = [
        samples(as_digests(columns.histograms.take(block)), np.arange(len(block)), len(block)) for block in blocks
    ]
    edges = np.searchsorted(columns.series[order], np.arange(columns.series_count + 1))
    return NumberColumns(columns.times[order], np.concatenate(values), edges)


def _histogram_moments(
    samples: SampleFunction, reader: SeriesReader, series: SeriesSet, span: TimeSpan
) -> IntervalColumns:
    return IntervalColumns.sort([(0, _histogram_points(samples, reader, series, span))], len(series))


def _digest_points(samples: SampleFunction, reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
    """One point for each series and time: intervals of several widths that begin together are one."""
    columns = reader.digests(series, span)
    points, keys = _distinct(columns.series, columns.times)
    edges = np.searchsorted(columns.series[points], np.arange(columns.series_count + 1))
    return NumberColumns(columns.times[points], samples(columns.digests, keys, len(points)), edges)


def _digest_intervals(
    samples: SampleFunction, reader: SeriesReader, series: SeriesSet, span: TimeSpan
) -> IntervalColumns:
    columns = reader.digests(series, span)
    points, keys = _distinct(columns.series, columns.times, columns.widths)
    values = samples(columns.digests, keys, len(points))
    times, widths = columns.times[points], columns.widths[points]
    return IntervalColumns(times, widths, columns.series[points], values, columns.series_count)


_OF_SAMPLES = {
    MetricKind.DISTRIBUTION: (_digest_points, _digest_intervals),
    MetricKind.HISTOGRAM: (_histogram_points, _histogram_moments),
}
"""How levels are read of samples, and how amounts."""


def _distinct(*columns: NDArray[np.signedinteger]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each distinct row of some columns is, in ascending order, and which of them each row is."""
    order = np.lexsort(columns[::-1])  # lexsort's last key is the first in order
    first = np.ones(len(order), np.bool_)
    first[1:] = np.logical_or.reduce([np.diff(column[order]) != 0 for column in columns])
    keys = np.empty(len(order), np.intp)
    keys[order] = np.cumsum(first) - 1
    return order[first], keys
