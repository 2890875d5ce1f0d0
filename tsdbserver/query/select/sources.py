"""Where a plan's numbers come from, and of what nature they are."""

from collections.abc import Callable
from dataclasses import dataclass

from aggregators import BucketFunction, SampleFunction
from tsdbserver.model.metric import Nature
from tsdbserver.model.points import IntervalColumns, NumberColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.interface import SeriesReader, SeriesSet


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """A column of levels of a scalar metric, which the store itself can downsample."""

    field: str = "value"
    nature: Nature = Nature.LEVEL

    def columns(self, reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> NumberColumns:
        """The points within the span."""
        return reader.numbers(series, span, self.field)


@dataclass(frozen=True, slots=True)
class ComputedNumbers:
    """Levels that are computed while they are read."""

    columns: Callable[[SeriesReader, SeriesSet, TimeSpan], NumberColumns]
    nature: Nature = Nature.LEVEL


ReadAmounts = Callable[[SeriesReader, SeriesSet, TimeSpan], IntervalColumns]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of intervals, per second if they are rates. The store can downsample those that are its `field`."""

    read: ReadAmounts
    per_second: bool = False
    field: str | None = None
    nature: Nature = Nature.AMOUNT

    @classmethod
    def stored(cls, field: str = "value", per_second: bool = False) -> "Amounts":
        """A column of counters or gauges."""

        def read(reader: SeriesReader, series: SeriesSet, span: TimeSpan) -> IntervalColumns:
            return reader.reports(series, span, field)

        return cls(read, per_second, field)


@dataclass(frozen=True, slots=True)
class Samples:
    """Numbers out of digests: `read` takes those of a group and slot where `of_groups`, else of a series and slot."""

    read: SampleFunction
    of_groups: bool
    nature: Nature = Nature.LEVEL


@dataclass(frozen=True, slots=True)
class SampleBuckets:
    """Several numbers out of the digests of a group and slot: how many samples each bucket of values holds."""

    read: BucketFunction
    nature: Nature = Nature.AMOUNT


@dataclass(frozen=True, slots=True)
class HistogramParts:
    """Results of their own out of the histograms or digests of a group and slot."""

    percentiles: tuple[float, ...]
    buckets: bool
    nature: Nature = Nature.LEVEL


Numbers = StoredNumbers | ComputedNumbers | Amounts
"""One number for each series and time."""

Source = Numbers | Samples | SampleBuckets | HistogramParts
