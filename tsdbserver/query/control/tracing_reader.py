"""A store as a watched query sees it: every read is a stage, and what it reads is counted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList
from tsdbserver.model.points import DigestColumns, HistogramColumns, IntervalColumns, NumberColumns
from tsdbserver.model.series import TagSet
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.control.trace import Watch
from tsdbserver.store.interface import Reach, SeriesReader, SeriesSet, TagMatcher

_READ = "read"


class WatchedReader:
    """A `SeriesReader` that tells `watch` of every read."""

    def __init__(self, reader: SeriesReader, watch: Watch) -> None:
        self._reader = reader
        self._watch = watch

    def select(self, metric: str, matchers: Sequence[TagMatcher]) -> SeriesSet:
        """See `SeriesReader.select`."""
        with self._watch.stage(_READ):
            return self._reader.select(metric, matchers)

    def find(self, metric: str, tags: Sequence[TagSet]) -> SeriesSet:
        """See `SeriesReader.find`."""
        with self._watch.stage(_READ):
            return self._reader.find(metric, tags)

    def numbers(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> NumberColumns:
        """See `SeriesReader.numbers`."""
        with self._watch.stage(_READ):
            columns = self._reader.numbers(series, span, field)
        self._watch.points += len(columns.times)
        return columns

    def columns(self, series: SeriesSet, span: TimeSpan, fields: Sequence[str]) -> list[NumberColumns]:
        """See `SeriesReader.columns`."""
        with self._watch.stage(_READ):
            columns = self._reader.columns(series, span, fields)
        self._watch.points += sum(len(column.times) for column in columns)
        return columns

    def reports(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> IntervalColumns:
        """See `SeriesReader.reports`."""
        with self._watch.stage(_READ):
            columns = self._reader.reports(series, span, field)
        self._watch.points += len(columns.times)
        return columns

    def reach(self, metric: str, now: int) -> Reach:
        """See `SeriesReader.reach`."""
        return self._reader.reach(metric, now)

    def widths(self, series: SeriesSet, span: TimeSpan) -> list[int]:
        """See `SeriesReader.widths`."""
        return self._reader.widths(series, span)

    def size(self, series: SeriesSet) -> int:
        """See `SeriesReader.size`."""
        return self._reader.size(series)

    def extent(self, series: SeriesSet) -> TimeSpan | None:
        """See `SeriesReader.extent`."""
        return self._reader.extent(series)

    def newest(self, series: SeriesSet, field: str = "value") -> NumberColumns:
        """See `SeriesReader.newest`."""
        with self._watch.stage(_READ):
            return self._reader.newest(series, field)

    def downsample(
        self, series: SeriesSet, edges: NDArray[np.int64], into: AggregatorList, field: str = "value"
    ) -> None:
        """See `SeriesReader.downsample`."""
        counted = _Counted(into)
        with self._watch.stage(_READ):
            self._reader.downsample(series, edges, counted, field)
        self._watch.points += counted.points

    def digests(self, series: SeriesSet, span: TimeSpan) -> DigestColumns:
        """See `SeriesReader.digests`."""
        with self._watch.stage(_READ):
            columns = self._reader.digests(series, span)
        self._watch.points += len(columns.times)
        return columns

    def histograms(self, series: SeriesSet, span: TimeSpan) -> HistogramColumns:
        """See `SeriesReader.histograms`."""
        with self._watch.stage(_READ):
            columns = self._reader.histograms(series, span)
        self._watch.points += len(columns.times)
        return columns


class _Counted(AggregatorList):
    """Another list, and how many values it was given for all its slots but the last, which nobody reads."""

    def __init__(self, inner: AggregatorList) -> None:
        self._inner = inner
        self.reduces_runs = inner.reduces_runs
        self.adds_up = inner.adds_up
        self.points = 0

    def __len__(self) -> int:
        return len(self._inner)

    def add(self, index: int, value: float) -> None:
        self.points += index < len(self._inner) - 1
        self._inner.add(index, value)

    def get(self, index: int) -> float | None:
        return self._inner.get(index)

    def clear(self) -> None:
        self._inner.clear()

    def add_many(self, indexes: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        self.points += int(np.count_nonzero(indexes < len(self._inner) - 1))
        self._inner.add_many(indexes, values)

    def add_runs(self, indexes: NDArray[np.intp], edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self.points += int(np.diff(edges)[indexes < len(self._inner) - 1].sum())
        self._inner.add_runs(indexes, edges, values)

    def to_array(self) -> NDArray[np.float64]:
        return self._inner.to_array()
