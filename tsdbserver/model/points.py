"""Columns of data points, as a store hands them to the engine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from aggregators.histogram.packed import Histograms


@dataclass(frozen=True, slots=True, eq=False)
class NumberColumns:
    """The points of several scalar series back to back: series `i` owns `edges[i]:edges[i + 1]`, in time order.

    `times` are int64 milliseconds since the epoch, `values` float64 and never NaN.
    """

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    edges: NDArray[np.intp]

    @property
    def series_count(self) -> int:
        """How many series the columns hold, those without a point included."""
        return len(self.edges) - 1

    def series_of_points(self) -> NDArray[np.intp]:
        """For each point the position of its series."""
        return np.repeat(np.arange(self.series_count), np.diff(self.edges))


@dataclass(frozen=True, slots=True, eq=False)
class IntervalColumns:
    """Amounts of several series, ordered by series, time and width: `values[i]` is what the series `series[i]` reports
    of the interval that begins at `times[i]` and is `widths[i]` ms wide.

    A width of 0 is a moment. A series has at most one amount of an interval; intervals of other widths may overlap it.
    """

    times: NDArray[np.int64]
    widths: NDArray[np.int64]
    series: NDArray[np.intp]
    values: NDArray[np.float64]
    series_count: int

    @classmethod
    def sort(cls, parts: Sequence[tuple[int, NumberColumns]], series_count: int) -> "IntervalColumns":
        """The columns of some widths as one."""
        widths = np.repeat(
            np.array([width for width, _ in parts], np.int64), np.array([len(c.times) for _, c in parts], np.intp)
        )
        times = np.concatenate([np.empty(0, np.int64), *(columns.times for _, columns in parts)])
        series = np.concatenate([np.empty(0, np.intp), *(columns.series_of_points() for _, columns in parts)])
        values = np.concatenate([np.empty(0), *(columns.values for _, columns in parts)])
        sorted_columns = cls(times, widths, series, values, series_count)
        return sorted_columns if len(parts) < 2 else sorted_columns.take(np.lexsort((widths, times, series)))

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "IntervalColumns":
        """Some of the amounts, in this order."""
        return IntervalColumns(
            self.times[which], self.widths[which], self.series[which], self.values[which], self.series_count
        )


@dataclass(frozen=True, slots=True, eq=False)
class DigestColumns:
    """Digests of several distribution series, ordered by time: digest `i` is of series `series[i]` and of the interval
    that begins at `times[i]` and is `widths[i]` ms wide.

    A series may have several digests of one interval: they merge.
    """

    times: NDArray[np.int64]
    widths: NDArray[np.int64]
    series: NDArray[np.intp]
    digests: Digests
    series_count: int


@dataclass(frozen=True, slots=True, eq=False)
class HistogramColumns:
    """Histograms of several series: number i is of series `series[i]` and `times[i]`, and the only one there."""

    times: NDArray[np.int64]
    series: NDArray[np.intp]
    histograms: Histograms
    series_count: int
