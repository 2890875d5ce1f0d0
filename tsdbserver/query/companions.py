"""Companion metrics: scalar series computed on the fly, for clients that know no digests.

`k6.http_req_duration.p99` is the 99th percentile of every series and interval of `k6.http_req_duration`. A companion
is a scalar metric in every respect: averaging it over series or time averages percentiles, which is what its asker
asked for.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorRegistry, SampleFunction
from tsdbserver.model.histogram_digests import as_digests
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.sources import ComputedNumbers, StoredNumbers
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet

_OF_DISTRIBUTIONS = ("p50", "p90", "p95", "p99", "min", "max", "avg", "sum", "count")


_BLOCK = 1 << 18
"""So many counts of histograms are turned into digests at a time."""


class Companions:
    """The companions of every kind of metric; those of distributions are functions of the aggregator registry."""

    def __init__(self, aggregators: AggregatorRegistry) -> None:
        functions = {name: samples for name in _OF_DISTRIBUTIONS if (samples := aggregators[name].samples)}
        self._of_kind: dict[MetricKind, Mapping[str, StoredNumbers | ComputedNumbers]] = {
            MetricKind.POINT: {},
            MetricKind.COUNTER: {name: StoredNumbers(name) for name in ("rate", "count")},
            MetricKind.GAUGE: {
                "avg": ComputedNumbers(_mean),
                **{name: StoredNumbers(name) for name in ("min", "max", "sum", "count")},
            },
            MetricKind.DISTRIBUTION: {name: _of_samples(samples) for name, samples in functions.items()},
            MetricKind.HISTOGRAM: {name: _of_histograms(samples) for name, samples in functions.items()},
        }

    def find(self, name: str, catalog: Catalog) -> tuple[MetricInfo, StoredNumbers | ComputedNumbers] | None:
        """The metric that `name` is a companion of, and how to read it; None if it is none."""
        base, _, suffix = name.rpartition(".")
        metric = catalog.metric(base)
        source = metric and self._of_kind[metric.kind].get(suffix)
        return (metric, source) if metric and source else None

    def names(self, metric: MetricInfo) -> Iterator[str]:
        """The names of a metric's companions."""
        for suffix in self._of_kind[metric.kind]:
            yield f"{metric.name}.{suffix}"


def _mean(reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
    total, count = reader.columns(series, span, ("sum", "count"))
    return NumberColumns(total.times, total.values / count.values, total.edges)


def _of_histograms(samples: SampleFunction) -> ComputedNumbers:
    def read(reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
        columns = reader.histograms(series, span)
        order = np.lexsort((columns.times, columns.series))
        # Each is a point of its own: as digests, which take many times the room, they need not be there all at once.
        blocks = np.array_split(order, len(columns.histograms.counts) // _BLOCK + 1)
        values = [
            samples(as_digests(columns.histograms.take(block)), np.arange(len(block)), len(block)) for block in blocks
        ]
        edges = np.searchsorted(columns.series[order], np.arange(columns.series_count + 1))
        return NumberColumns(columns.times[order], np.concatenate(values), edges)

    return ComputedNumbers(read)


def _of_samples(samples: SampleFunction) -> ComputedNumbers:
    def read(reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
        columns = reader.digests(series, span)
        # One point for each series and interval; lexsort's last key is the first in order.
        order = np.lexsort((columns.times, columns.series))
        first = _first_of_run(columns.series[order], columns.times[order])
        points = order[first]
        keys = np.empty(len(order), np.intp)
        keys[order] = np.cumsum(first) - 1
        edges = np.searchsorted(columns.series[points], np.arange(columns.series_count + 1))
        return NumberColumns(columns.times[points], samples(columns.digests, keys, len(points)), edges)

    return ComputedNumbers(read)


def _first_of_run(series: NDArray[np.intp], times: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.ones(len(series), np.bool_)
    first[1:] = (np.diff(series) != 0) | (np.diff(times) != 0)
    return first
