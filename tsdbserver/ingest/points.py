"""Data points and histograms into the store: one write per metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.histogram import HistogramPoint
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import TagSet
from tsdbserver.store.interface import Refusal, SeriesWriter

_Point = TypeVar("_Point", DataPoint, HistogramPoint)

UNKNOWN_METRIC = "Unknown metric"


@dataclass(slots=True)
class PointCounts:
    """Totals of plain points since the server began: requests and lines, and what became of their points."""

    requests: int = 0
    lines: int = 0
    stored: int = 0
    refused: int = 0


class PointIngest:
    """Stores points. Not thread-safe: the edge calls it from the event loop only.

    `is_known` says of a metric's name whether points may be stored under it: all of them where metrics are created by
    their first point.
    """

    def __init__(self, writer: SeriesWriter, is_known: Callable[[str], bool]) -> None:
        self._writer = writer
        self.is_known = is_known
        self.counts = PointCounts()

    def store(self, points: Sequence[DataPoint]) -> dict[int, str]:
        """Store points; the reasons, by position in `points`, of those that were refused."""
        return self._store(points, self._write_numbers)

    def store_histograms(self, points: Sequence[HistogramPoint]) -> dict[int, str]:
        """Store histograms; as `store`."""
        return self._store(points, self._write_histograms)

    def _store(
        self, points: Sequence[_Point], write: Callable[[str, Sequence[_Point]], list[Refusal]]
    ) -> dict[int, str]:
        by_metric: dict[str, list[int]] = {}
        for position, point in enumerate(points):
            by_metric.setdefault(point.series.metric, []).append(position)
        refused: dict[int, str] = {}
        for metric, positions in by_metric.items():
            if self.is_known(metric):
                refusals = write(metric, [points[i] for i in positions])
                refused |= {positions[refusal.position]: refusal.reason for refusal in refusals}
            else:
                refused |= dict.fromkeys(positions, UNKNOWN_METRIC)
        self.counts.stored += len(points) - len(refused)
        self.counts.refused += len(refused)
        return refused

    def _write_numbers(self, metric: str, points: Sequence[DataPoint]) -> list[Refusal]:
        values = {"value": np.array([point.value for point in points])}
        return self._writer.write_numbers(metric, MetricKind.POINT, *_tags_and_times(points), values)

    def _write_histograms(self, metric: str, points: Sequence[HistogramPoint]) -> list[Refusal]:
        histograms = [point.histogram for point in points]
        return self._writer.write_histograms(metric, *_tags_and_times(points), histograms)


def _tags_and_times(points: Sequence[_Point]) -> tuple[list[TagSet], NDArray[np.int64]]:
    return [point.series.tags for point in points], np.array([point.time for point in points], np.int64)
