"""One data point as an ordinary OpenTSDB writer sends it."""

from typing import NamedTuple

from aggregators.histogram.histogram import Histogram
from tsdbserver.model.series import SeriesKey


class DataPoint(NamedTuple):
    """A time in ms since the epoch and a finite value of a series."""

    series: SeriesKey
    time: int
    value: float


class HistogramPoint(NamedTuple):
    """A histogram of a series at a time in ms since the epoch."""

    series: SeriesKey
    time: int
    histogram: Histogram
