"""Data points and histograms into the store."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model import refusal
from tsdbserver.model.data_point import DataPoint, HistogramPoint
from tsdbserver.model.refusal import Reason
from tsdbserver.model.series import SeriesKey
from tsdbserver.store.interface import TOO_OLD, PointWriter, SeriesWriter

UNKNOWN_METRIC = Reason("Unknown metric", refusal.UNKNOWN_METRIC)
PUT, TELNET, HISTOGRAM, ROLLUP = ENTRANCES = ("put", "telnet", "histogram", "rollup")
"""How points come in: three endpoints of HTTP, and the line protocol for all kinds of points."""


@dataclass(slots=True)
class PointCounts:
    """Totals of plain points since the server began: requests and lines, and what became of their points."""

    requests: int = 0
    lines: int = 0
    stored: int = 0
    refused: int = 0
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many of the refused came by which entrance, and why: (entrance, cause)."""

    def refuse(self, entrance: str, reasons: Iterable[Reason]) -> None:
        """Count points that are not stored, one for each reason as the client is told it."""
        for reason in reasons:
            self.refused += 1
            self.refusals[entrance, reason.cause] += 1


class PointIngest:
    """Stores points. Not thread-safe but for `known_handle`: the edge calls it from the event loop only.

    `is_known` says of a metric's name whether points may be stored under it: all of them where metrics are created by
    their first point.
    """

    def __init__(self, writer: PointWriter, histograms: SeriesWriter, is_known: Callable[[str], bool]) -> None:
        self._writer = writer
        self._histograms = histograms
        self.is_known = is_known
        self.counts = PointCounts()

    def handle(self, series: SeriesKey) -> int | Reason:
        """The store's handle of a series, made if need be; the reason where it is refused."""
        if not self.is_known(series.metric):
            return UNKNOWN_METRIC
        return self._writer.point_series(series.metric, series.tags)

    def known_handle(self, series: SeriesKey) -> int | None:
        """The store's handle of a series that exists, else None: nothing is made for a point that may be refused."""
        return self._writer.known_point_series(series.metric, series.tags)

    def append(
        self,
        handles: NDArray[np.intp],
        times: NDArray[np.int64],
        values: NDArray[np.float64],
        entrance: str = PUT,
    ) -> list[int]:
        """Store points by handle; returns the positions of those that were refused, which is because they are
        TOO_OLD.
        """
        refused = self._writer.append_points(handles, times, values)
        self.counts.stored += len(times) - len(refused)
        self.counts.refuse(entrance, [TOO_OLD] * len(refused))
        return refused

    def store(self, points: Sequence[DataPoint], entrance: str = PUT) -> dict[int, Reason]:
        """Store points; the reasons, by position in `points`, of those that were refused."""
        handles = [self.handle(point.series) for point in points]
        reasons = {at: handle for at, handle in enumerate(handles) if isinstance(handle, Reason)}
        self.counts.refuse(entrance, reasons.values())
        taken = [at for at in range(len(points)) if at not in reasons]
        if taken:
            refused = self.append(
                np.array([handles[at] for at in taken], np.intp),
                np.array([points[at].time for at in taken], np.int64),
                np.array([points[at].value for at in taken], np.float64),
                entrance,
            )
            reasons |= {taken[at]: TOO_OLD for at in refused}
        return reasons

    def store_histograms(self, points: Sequence[HistogramPoint], entrance: str = HISTOGRAM) -> dict[int, Reason]:
        """Store histograms, one write per metric; as `store`."""
        by_metric: dict[str, list[int]] = {}
        for position, point in enumerate(points):
            by_metric.setdefault(point.series.metric, []).append(position)
        refused: dict[int, Reason] = {}
        for metric, positions in by_metric.items():
            refused |= self._store_histograms(metric, positions, [points[at] for at in positions])
        self.counts.stored += len(points) - len(refused)
        self.counts.refuse(entrance, refused.values())
        return refused

    def _store_histograms(
        self, metric: str, positions: list[int], points: Sequence[HistogramPoint]
    ) -> dict[int, Reason]:
        if not self.is_known(metric):
            return dict.fromkeys(positions, UNKNOWN_METRIC)
        times = np.array([point.time for point in points], np.int64)
        tags, histograms = [point.series.tags for point in points], [point.histogram for point in points]
        refusals = self._histograms.write_histograms(metric, tags, times, histograms)
        return {positions[refusal.position]: refusal.reason for refusal in refusals}
