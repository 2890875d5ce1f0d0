"""Columns of data points, as a store hands them to the engine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from tsdbserver.model.histogram_columns import Histograms


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
class DigestColumns:
    """Digests of several distribution series, ordered by time: digest `i` is of series `series[i]` and interval
    `times[i]`.

    A series may have several digests of one interval: they merge.
    """

    times: NDArray[np.int64]
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
