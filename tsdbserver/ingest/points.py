"""Plain data points into the store: one write per metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.metric import MetricKind
from tsdbserver.store.interface import SeriesWriter

UNKNOWN_METRIC = "Unknown metric"


@dataclass(slots=True)
class PointCounts:
    """Totals of plain points since the server began: requests and lines, and what became of their points."""

    requests: int = 0
    lines: int = 0
    stored: int = 0
    refused: int = 0


class PointIngest:
    """Stores plain points. Not thread-safe: the edge calls it from the event loop only.

    `is_known` says of a metric's name whether points may be stored under it: all of them where metrics are created by
    their first point.
    """

    def __init__(self, writer: SeriesWriter, is_known: Callable[[str], bool]) -> None:
        self._writer = writer
        self.is_known = is_known
        self.counts = PointCounts()

    def store(self, points: Sequence[DataPoint]) -> dict[int, str]:
        """Store points; the reasons, by position in `points`, of those that were refused."""
        by_metric: dict[str, list[int]] = {}
        for position, point in enumerate(points):
            by_metric.setdefault(point.series.metric, []).append(position)
        refused: dict[int, str] = {}
        for metric, positions in by_metric.items():
            refused |= self._store_metric(metric, positions, points)
        self.counts.stored += len(points) - len(refused)
        self.counts.refused += len(refused)
        return refused

    def _store_metric(self, metric: str, positions: list[int], points: Sequence[DataPoint]) -> dict[int, str]:
        if not self.is_known(metric):
            return dict.fromkeys(positions, UNKNOWN_METRIC)
        refusals = self._writer.write_numbers(
            metric,
            MetricKind.POINT,
            [points[i].series.tags for i in positions],
            np.array([points[i].time for i in positions], np.int64),
            {"value": np.array([points[i].value for i in positions])},
        )
        return {positions[refusal.position]: refusal.reason for refusal in refusals}
