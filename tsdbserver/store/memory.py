"""RingStore: everything in this process' memory, in rings that overwrite their oldest slots."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList, Digests
from aggregators.histogram.histogram import Histogram
from aggregators.histogram.packed import Histograms
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.points import DigestColumns, HistogramColumns, IntervalColumns, NumberColumns
from tsdbserver.model.refusal import Reason
from tsdbserver.model.series import TagSet
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.catalog import MetricTable
from tsdbserver.store.digest_ring import DigestRing, gather
from tsdbserver.store.histogram_ring import gather as gather_histograms
from tsdbserver.store.interface import NO_REACH, TOO_OLD, Reach, Refusal, SeriesSet, StoreCounts
from tsdbserver.store.metric import DEFAULT_LIMITS, Metric, RingLimits
from tsdbserver.store.numbers.chunks import Rows, Times
from tsdbserver.store.numbers.interval_rings import IntervalRings
from tsdbserver.store.numbers.merge_points import Fields
from tsdbserver.store.numbers.ring import NumberRing
from tsdbserver.store.numbers.write_buffer import Intake

Positions = NDArray[np.intp]

_SETTLE_S = 0.005
"""How long a write may go on putting points into rings: the event loop waits for it."""

_ENOUGH = 200_000
"""So many points may wait without need: where there are thousands of metrics, each should have some points together."""

_AT_ONCE = 65_536
"""Points that a write puts into one ring at once: about 5 ms."""

_MOST_WAITING = 1_000_000
"""Past so many points a write waits for readers, too."""


class RingStore(MetricTable):
    """Implements `Catalog`, `SeriesReader`, `SeriesWriter`, `PointWriter` and `NameWriter`. One lock: held
    alone for writes, shared while numbers are copied or reduced.
    """

    def __init__(self, limits: RingLimits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self._intake = Intake()
        self._displaced = 0

    # SeriesReader

    def numbers(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> NumberColumns:
        """See `SeriesReader.numbers`."""
        with self._numbers(series) as ring:
            return ring.read(series.rows, span, field)

    def columns(self, series: SeriesSet, span: TimeSpan, fields: Sequence[str]) -> list[NumberColumns]:
        """See `SeriesReader.columns`."""
        with self._numbers(series) as ring:
            return [ring.read(series.rows, span, field) for field in fields]

    def reports(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> IntervalColumns:
        """See `SeriesReader.reports`."""
        with self._numbers(series) as rings:
            assert isinstance(rings, IntervalRings), f"{series.metric.name} is not reported by intervals"
            parts = rings.reports(series.rows, span, field)
        return IntervalColumns.sort(parts, len(series.rows))

    def reach(self, metric: str, now: int) -> Reach:
        """See `SeriesReader.reach`."""
        with self._lock.reading:
            ring = self._known(metric).ring
            return ring.reach(now) if isinstance(ring, IntervalRings | DigestRing) else NO_REACH

    def widths(self, series: SeriesSet, span: TimeSpan) -> list[int]:
        """See `SeriesReader.widths`."""
        with self._numbers(series) as rings:
            assert isinstance(rings, IntervalRings), f"{series.metric.name} is not reported by intervals"
            return rings.widths(series.rows, span)

    def size(self, series: SeriesSet) -> int:
        """See `SeriesReader.size`."""
        with self._numbers(series) as ring:
            return ring.size(series.rows)

    def extent(self, series: SeriesSet) -> TimeSpan | None:
        """See `SeriesReader.extent`."""
        with self._numbers(series) as ring:
            return ring.extent(series.rows)

    def newest(self, series: SeriesSet, field: str = "value") -> NumberColumns:
        """See `SeriesReader.newest`."""
        with self._numbers(series) as ring:
            return ring.newest(series.rows, field)

    def downsample(
        self, series: SeriesSet, edges: NDArray[np.int64], into: AggregatorList, field: str = "value"
    ) -> None:
        """See `SeriesReader.downsample`."""
        with self._numbers(series) as ring:
            runs = ring.downsample(series.rows, edges, into, field)
        for run in runs:
            into.add_runs(*run)

    def digests(self, series: SeriesSet, span: TimeSpan) -> DigestColumns:
        """See `SeriesReader.digests`."""
        with self._lock.writing:
            metric = self._known(series.metric.name)
            assert metric.digests is not None, f"{series.metric.name} is scalar"
            slabs, row_count = metric.digests.slabs(span), len(metric.index)
        return gather(slabs, series.rows, row_count)

    def histograms(self, series: SeriesSet, span: TimeSpan) -> HistogramColumns:
        """See `SeriesReader.histograms`."""
        with self._lock.writing:
            metric = self._known(series.metric.name)
            assert metric.histograms is not None, f"{series.metric.name} holds no histograms"
            chunks, row_count = metric.histograms.chunks(span), len(metric.index)
        return gather_histograms(chunks, series.rows, row_count, span)

    # SeriesWriter

    def write_numbers(
        self,
        metric: str,
        kind: MetricKind,
        tags: Sequence[TagSet],
        times: NDArray[np.int64],
        fields: Mapping[str, NDArray[np.float64]],
        interval: int = 0,
    ) -> list[Refusal]:
        """See `SeriesWriter.write_numbers`."""
        with self._lock.writing:
            target, rows, refusals = self._rows(metric, kind, tags, interval)
            stored = rows >= 0
            if target and target.numbers:
                columns = {name: column[stored] for name, column in fields.items()}
                refusals += self._write(target, np.flatnonzero(stored), rows[stored], times[stored], columns, interval)
            return refusals

    def _write(
        self, metric: Metric, positions: Positions, rows: Rows, times: Times, fields: Fields, interval: int
    ) -> list[Refusal]:
        """Store points in the rings of a scalar metric; `positions` are their places in the write."""
        if isinstance(metric.numbers, IntervalRings):
            too_old = metric.numbers.write(rows, times, fields, interval)
        else:
            assert metric.numbers is not None
            self._settle(metric)
            too_old = metric.numbers.write(rows, times, fields)
        return self._refuse(positions[too_old], TOO_OLD)

    def point_series(self, metric: str, tags: TagSet) -> int | Reason:
        """See `PointWriter.point_series`."""
        known = self.known_point_series(metric, tags)
        if known is not None:
            return known
        with self._lock.writing:
            target, rows, refusals = self._rows(metric, MetricKind.POINT, [tags], interval=0)
            if target is None or refusals:
                return refusals[0].reason
            return self._handle(target, int(rows[0]))

    def known_point_series(self, metric: str, tags: TagSet) -> int | None:
        """See `PointWriter.known_point_series`. What has a handle is found without the lock, which a query may hold."""
        target = self._metrics.get(metric)
        row = None if target is None or target.info.kind is not MetricKind.POINT else target.index.row(tags)
        if target is None or row is None:
            return None
        handle = target.handles.get(row)
        if handle is not None:
            return handle
        with self._lock.writing:
            return self._handle(target, row)

    def _handle(self, metric: Metric, row: int) -> int:
        if row not in metric.handles:
            assert isinstance(metric.numbers, NumberRing)
            metric.numbers.reserve(row)  # it may be read before the first of its points arrives there
            metric.handles[row] = self._intake.add_series(metric.number, row)
        return metric.handles[row]

    def append_points(
        self, series: NDArray[np.intp], times: NDArray[np.int64], values: NDArray[np.float64]
    ) -> list[int]:
        """See `PointWriter.append_points`."""
        refused = self._intake.append(series, times, values)
        if self._intake.sorted_points > _ENOUGH:
            self._settle_some()
        self._refused += len(refused)
        return refused

    def write_digests(
        self, metric: str, tags: Sequence[TagSet], start: int, interval: int, digests: Digests
    ) -> list[Refusal]:
        """See `SeriesWriter.write_digests`."""
        with self._lock.writing:
            target, rows, refusals = self._rows(metric, MetricKind.DISTRIBUTION, tags, interval)
            stored = np.flatnonzero(rows >= 0)
            if target and target.digests and len(stored):
                kept = digests if len(stored) == len(rows) else digests.take(stored)
                if not target.digests.write(rows[stored], start, interval, kept):
                    refusals += self._refuse(stored, TOO_OLD)
            return refusals

    def write_histograms(
        self, metric: str, tags: Sequence[TagSet], times: NDArray[np.int64], histograms: Sequence[Histogram]
    ) -> list[Refusal]:
        """See `SeriesWriter.write_histograms`."""
        packed = Histograms.pack(histograms)
        with self._lock.writing:
            target, rows, refusals = self._rows(metric, MetricKind.HISTOGRAM, tags, interval=0)
            stored = np.flatnonzero(rows >= 0)
            if target and target.histograms and len(stored):
                series = len(target.index)
                too_old = target.histograms.write(rows[stored], times[stored], packed.take(stored), series)
                refusals += self._refuse(stored[too_old], TOO_OLD)
            return refusals

    # Upkeep

    def _settle_some(self) -> None:
        """Put appended points into their rings for a while, unless a reader is at work; then later."""
        if not self._lock.begin_writing(blocking=self._intake.sorted_points > _MOST_WAITING):
            return
        try:
            until = perf_counter() + _SETTLE_S
            while self._intake.sorted_points > _ENOUGH and perf_counter() < until:
                number = self._intake.longest_waiting()
                if number is None:
                    break
                self._settle(self._by_number[number], most=_AT_ONCE)
        finally:
            self._lock.end_writing()

    def _settle(self, metric: Metric, most: int | None = None) -> None:
        """Put the appended points of a metric into its ring, all or the oldest."""
        points = self._intake.take(metric.number, most)
        if points is None or not isinstance(metric.numbers, NumberRing):
            return
        try:
            displaced = metric.numbers.write(points.rows, points.times, {"value": points.values})
        except BaseException:  # of memory, say: points that were acknowledged are not lost for that
            self._intake.put_back(metric.number, points)
            raise
        self._displaced += int(np.count_nonzero(displaced))
        self._intake.refuse(points.handles, metric.numbers.too_old(points.rows))

    def settle(self) -> None:
        """Put all appended points into their rings, so many at a time: readers come in between."""
        for number in self._intake.metrics():
            for _ in range(1 + self._intake.sorted_points // _AT_ONCE):
                with self._lock.writing:
                    self._settle(self._by_number[number], most=_AT_ONCE)

    def compact(self, before: int) -> None:
        """Merge what several senders sent for intervals that ended before `before` (ms), and join histograms of a
        stretch of time that came one by one.

        The lock is held only to take and to give back each interval: senders do not wait for the merging.
        """
        self.settle()
        for histograms in [metric.histograms for metric in list(self._metrics.values()) if metric.histograms]:
            with self._lock.writing:
                histograms.settle()
        for ring in [metric.digests for metric in list(self._metrics.values()) if metric.digests]:
            with self._lock.writing:
                intervals = ring.crowded(before)
            for interval in intervals:
                with self._lock.writing:
                    slab = ring.snapshot(interval)
                if slab is not None:
                    merged = ring.merged(slab)
                    with self._lock.writing:
                        ring.replace(slab, merged)

    def counts(self) -> StoreCounts:
        """See `Catalog.counts`."""
        with self._lock.reading:
            rings = [metric.ring for metric in self._metrics.values()]
            return StoreCounts(
                metrics=len(rings),
                series=self._series_count,
                bytes=sum(ring.nbytes for ring in rings) + self._intake.nbytes,
                overwritten=sum(ring.overwritten for ring in rings) + self._displaced,
                refused=self._refused,
            )

    @contextmanager
    def _numbers(self, series: SeriesSet) -> Iterator[NumberRing | IntervalRings]:
        """The ring of scalar series with all points that were appended so far, for this block, as other readers."""
        metric = self._known(series.metric.name)
        assert metric.numbers is not None, f"{series.metric.name} is a distribution"
        if self._intake.holds(metric.number):
            with self._lock.writing:
                self._settle(metric)
        with self._lock.reading:
            yield metric.numbers

    def _refuse(self, positions: Positions, reason: Reason) -> list[Refusal]:
        self._refused += len(positions)
        return [Refusal(position, reason) for position in positions.tolist()]
