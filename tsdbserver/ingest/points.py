"""Plain data points into the store: one write per metric."""

from collections.abc import Sequence

import numpy as np

from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.metric import MetricKind
from tsdbserver.store.interface import SeriesWriter


def store_points(writer: SeriesWriter, points: Sequence[DataPoint]) -> dict[int, str]:
    """Store points; the reasons, by position in `points`, of those that were refused."""
    by_metric: dict[str, list[int]] = {}
    for position, point in enumerate(points):
        by_metric.setdefault(point.series.metric, []).append(position)
    refused = {}
    for metric, positions in by_metric.items():
        refusals = writer.write_numbers(
            metric,
            MetricKind.POINT,
            [points[i].series.tags for i in positions],
            np.array([points[i].time for i in positions], np.int64),
            {"value": np.array([points[i].value for i in positions])},
        )
        refused.update({positions[refusal.position]: refusal.reason for refusal in refusals})
    return refused
