"""Where a plan's numbers come from."""

from collections.abc import Callable
from dataclasses import dataclass

from aggregators import BucketFunction, SampleFunction
from tsdbserver.model.points import NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.interface import SeriesReader, SeriesSet


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """A column of a scalar metric, which the store itself can downsample."""

    field: str = "value"

    def columns(self, reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
        """The points within the span."""
        return reader.numbers(series, span, self.field)


@dataclass(frozen=True, slots=True)
class ComputedNumbers:
    """Points that are computed while they are read."""

    columns: Callable[[SeriesReader, SeriesSet, TimeSpan], NumberColumns]


@dataclass(frozen=True, slots=True)
class Samples:
    """Numbers out of digests: `read` takes those of a group and slot where `of_groups`, else of a series and slot."""

    read: SampleFunction
    of_groups: bool


@dataclass(frozen=True, slots=True)
class SampleBuckets:
    """Several numbers out of the digests of a group and slot: how many samples each bucket of values holds."""

    read: BucketFunction


@dataclass(frozen=True, slots=True)
class HistogramParts:
    """Results of their own out of the histograms or digests of a group and slot."""

    percentiles: tuple[float, ...]
    buckets: bool


Source = StoredNumbers | ComputedNumbers | Samples | SampleBuckets | HistogramParts
