"""RingStore: everything in this process' memory, in rings that overwrite their oldest slots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList, Digests
from tsdbserver.errors import BadQuery
from tsdbserver.model.histogram import Histogram
from tsdbserver.model.histogram_columns import Histograms
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.points import DigestColumns, HistogramColumns, NumberColumns
from tsdbserver.model.series import TagSet
from tsdbserver.model.time import HOUR_MS, TimeSpan
from tsdbserver.model.uid import NameKind
from tsdbserver.store.digest_ring import DigestRing, gather
from tsdbserver.store.histogram_ring import HistogramRing
from tsdbserver.store.histogram_ring import gather as gather_histograms
from tsdbserver.store.index import TagIndex
from tsdbserver.store.intake import Intake
from tsdbserver.store.interface import TOO_OLD, Refusal, SeriesSet, StoreCounts, TagMatcher
from tsdbserver.store.number_ring import NumberRing
from tsdbserver.store.uids import Names

_SETTLE_S = 0.005
"""How long a write may go on putting points into rings: the event loop waits for it."""

_ENOUGH = 200_000
"""So many points may wait without need: where there are thousands of metrics, each should have some points together."""

_AT_ONCE = 65_536
"""Points that a write puts into one ring at once: about 5 ms."""

_MOST_WAITING = 1_000_000
"""Past so many points a write waits for readers, too."""


@dataclass(frozen=True, slots=True)
class RingLimits:
    """How long the rings are, in time, and how many series there may be, and names without any.

    A ring has a slot for each interval of `retention` (ms), a ring of plain points one for each `resolution` (ms) of
    it. `compression` bounds the digests that merge when an interval is over.
    """

    retention: int = 6 * HOUR_MS
    resolution: int = 1_000
    series: int = 200_000
    assigned_names: int = 100_000
    compression: float = 200.0

    def slots(self, interval: int) -> int:
        """The length of a ring whose senders report every `interval` ms; 0 for points that come when they like."""
        return max(1, self.retention // (interval or self.resolution))


class _Metric:
    """One metric: its series by row, and their ring."""

    def __init__(self, number: int, name: str, kind: MetricKind, interval: int, limits: RingLimits) -> None:
        self.number = number
        self.info = MetricInfo(name, kind)
        self.index = TagIndex()
        self.handles: dict[int, int] = {}  # by row, of the series that were ever appended to
        slots = limits.slots(interval)
        self.numbers = NumberRing(kind, slots) if kind.is_scalar else None
        self.digests = DigestRing(slots, limits.compression) if kind is MetricKind.DISTRIBUTION else None
        self.histograms = HistogramRing(slots, limits.resolution) if kind is MetricKind.HISTOGRAM else None

    def rename(self, kind: NameKind, name: str, old: str, new: str) -> None:
        """Take part in a renaming; `name` is now the metric's own."""
        match kind:
            case NameKind.METRIC:
                self.info = MetricInfo(name, self.info.kind)
            case NameKind.TAG_KEY:
                self.index.rename_key(old, new)
            case NameKind.TAG_VALUE:
                self.index.rename_value(old, new)

    @property
    def ring(self) -> NumberRing | DigestRing | HistogramRing:
        ring = self.numbers or self.digests or self.histograms
        assert ring is not None
        return ring


class RingStore(Names):
    """Implements `Catalog`, `SeriesReader`, `SeriesWriter`, `PointWriter` and `NameWriter`. One lock, held for writes
    and while what is read is copied or reduced.
    """

    def __init__(self, limits: RingLimits = RingLimits()) -> None:
        super().__init__(limits.assigned_names)
        self._limits = limits
        self._lock = RLock()
        self._metrics: dict[str, _Metric] = {}
        self._by_number: list[_Metric] = []
        self._intake = Intake()
        self._series_count = 0
        self._refused = 0
        self._displaced = 0

    # Catalog

    def metric(self, name: str) -> MetricInfo | None:
        """See `Catalog.metric`."""
        found = self._metrics.get(name)
        return found.info if found else None

    def series_count(self, metric: str) -> int:
        """See `Catalog.series_count`."""
        found = self._metrics.get(metric)
        return len(found.index) if found else 0

    def metrics(self) -> Iterable[MetricInfo]:
        """See `Catalog.metrics`."""
        with self._lock:
            return [metric.info for metric in self._metrics.values()]

    # SeriesReader

    def select(self, metric: str, matchers: Sequence[TagMatcher]) -> SeriesSet:
        """See `SeriesReader.select`."""
        found = self._metrics.get(metric)
        if found is None:
            return self._no_series(metric)
        verdicts = found.index.judge(matchers)  # nobody who writes waits for a hundred filters of many values
        with self._lock:
            return self._set(found, found.index.select(verdicts))

    def find(self, metric: str, tags: Sequence[TagSet]) -> SeriesSet:
        """See `SeriesReader.find`."""
        with self._lock:
            found = self._metrics.get(metric)
            if found is None:
                return self._no_series(metric)
            rows = np.unique(np.array([row for t in tags if (row := found.index.row(t)) is not None], np.intp))
            return self._set(found, rows)

    def _set(self, metric: _Metric, rows: NDArray[np.intp]) -> SeriesSet:
        columns = metric.index.columns(rows)
        keys = sorted(columns, key=lambda key: self.uid(NameKind.TAG_KEY, key) or 0)
        return SeriesSet(metric.info, rows, {key: columns[key] for key in keys})

    def numbers(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> NumberColumns:
        """See `SeriesReader.numbers`."""
        with self._lock:
            return self._numbers(series).read(series.rows, span, field)

    def columns(self, series: SeriesSet, span: TimeSpan, fields: Sequence[str]) -> list[NumberColumns]:
        """See `SeriesReader.columns`."""
        with self._lock:
            ring = self._numbers(series)
            return [ring.read(series.rows, span, field) for field in fields]

    def size(self, series: SeriesSet) -> int:
        """See `SeriesReader.size`."""
        with self._lock:
            return self._numbers(series).size(series.rows)

    def extent(self, series: SeriesSet) -> TimeSpan | None:
        """See `SeriesReader.extent`."""
        with self._lock:
            return self._numbers(series).extent(series.rows)

    def newest(self, series: SeriesSet, field: str = "value") -> NumberColumns:
        """See `SeriesReader.newest`."""
        with self._lock:
            return self._numbers(series).newest(series.rows, field)

    def downsample(
        self, series: SeriesSet, edges: NDArray[np.int64], into: AggregatorList, field: str = "value"
    ) -> None:
        """See `SeriesReader.downsample`."""
        with self._lock:
            runs = self._numbers(series).downsample(series.rows, edges, into, field)
        for run in runs:
            into.add_runs(*run)

    def digests(self, series: SeriesSet, span: TimeSpan) -> DigestColumns:
        """See `SeriesReader.digests`."""
        with self._lock:
            metric = self._known(series.metric.name)
            assert metric.digests is not None, f"{series.metric.name} is scalar"
            slabs, row_count = metric.digests.slabs(span), len(metric.index)
        return gather(slabs, series.rows, row_count)

    def histograms(self, series: SeriesSet, span: TimeSpan) -> HistogramColumns:
        """See `SeriesReader.histograms`."""
        with self._lock:
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
        with self._lock:
            target, rows, refusals = self._rows(metric, kind, tags, interval)
            stored = rows >= 0
            if target and target.numbers:
                self._settle(target)
                columns = {name: column[stored] for name, column in fields.items()}
                too_old = target.numbers.write(rows[stored], times[stored], columns)
                refusals += self._too_old(np.flatnonzero(stored)[too_old])
            return refusals

    def point_series(self, metric: str, tags: TagSet) -> int | str:
        """See `PointWriter.point_series`."""
        known = self.known_point_series(metric, tags)
        if known is not None:
            return known
        with self._lock:
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
        with self._lock:
            return self._handle(target, row)

    def _handle(self, metric: _Metric, row: int) -> int:
        if row not in metric.handles:
            assert metric.numbers is not None
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
        with self._lock:
            target, rows, refusals = self._rows(metric, MetricKind.DISTRIBUTION, tags, interval)
            stored = np.flatnonzero(rows >= 0)
            if target and target.digests and len(stored):
                kept = digests if len(stored) == len(rows) else digests.take(stored)
                if not target.digests.write(rows[stored], start, interval, kept):
                    refusals += self._too_old(stored)
            return refusals

    def write_histograms(
        self, metric: str, tags: Sequence[TagSet], times: NDArray[np.int64], histograms: Sequence[Histogram]
    ) -> list[Refusal]:
        """See `SeriesWriter.write_histograms`."""
        packed = Histograms.pack(histograms)
        with self._lock:
            target, rows, refusals = self._rows(metric, MetricKind.HISTOGRAM, tags, interval=0)
            stored = np.flatnonzero(rows >= 0)
            if target and target.histograms and len(stored):
                series = len(target.index)
                too_old = target.histograms.write(rows[stored], times[stored], packed.take(stored), series)
                refusals += self._too_old(stored[too_old])
            return refusals

    # Names

    def assign(self, kind: NameKind, name: str) -> int:
        """See `NameWriter.assign`."""
        with self._lock:
            return super().assign(kind, name)

    def rename(self, kind: NameKind, old: str, new: str) -> None:
        """See `NameWriter.rename`."""
        with self._lock:
            super().rename(kind, old, new)
            if kind is NameKind.METRIC:
                self._metrics = {new if name == old else name: metric for name, metric in self._metrics.items()}
            for name, metric in self._metrics.items():
                metric.rename(kind, name, old, new)

    # Upkeep

    def _settle_some(self) -> None:
        """Put appended points into their rings for a while, unless a reader is at work; then later."""
        if not self._lock.acquire(blocking=self._intake.sorted_points > _MOST_WAITING):
            return
        try:
            until = perf_counter() + _SETTLE_S
            while self._intake.sorted_points > _ENOUGH and perf_counter() < until:
                number = self._intake.longest_waiting()
                if number is None:
                    break
                self._settle(self._by_number[number], most=_AT_ONCE)
        finally:
            self._lock.release()

    def _settle(self, metric: _Metric, most: int | None = None) -> None:
        """Put the appended points of a metric into its ring, all or the oldest."""
        points = self._intake.take(metric.number, most)
        if points is None or metric.numbers is None:
            return
        displaced = metric.numbers.write(points.rows, points.times, {"value": points.values})
        self._displaced += int(np.count_nonzero(displaced))
        self._intake.refuse(points.handles, metric.numbers.too_old(points.rows))

    def settle(self) -> None:
        """Put all appended points into their rings, a metric at a time."""
        for number in self._intake.metrics():
            with self._lock:
                self._settle(self._by_number[number])

    def compact(self, before: int) -> None:
        """Merge what several senders sent for intervals that ended before `before` (ms), and join histograms of a
        stretch of time that came one by one.

        The lock is held only to take and to give back each interval: senders do not wait for the merging.
        """
        self.settle()
        for histograms in [metric.histograms for metric in list(self._metrics.values()) if metric.histograms]:
            with self._lock:
                histograms.settle()
        for ring in [metric.digests for metric in list(self._metrics.values()) if metric.digests]:
            with self._lock:
                starts = ring.crowded(before)
            for start in starts:
                with self._lock:
                    slab = ring.snapshot(start)
                if slab is not None:
                    merged = ring.merged(slab)
                    with self._lock:
                        ring.replace(slab, merged)

    def counts(self) -> StoreCounts:
        """See `Catalog.counts`."""
        with self._lock:
            rings = [metric.ring for metric in self._metrics.values()]
            return StoreCounts(
                metrics=len(rings),
                series=self._series_count,
                bytes=sum(ring.nbytes for ring in rings) + self._intake.nbytes,
                overwritten=sum(ring.overwritten for ring in rings) + self._displaced,
                refused=self._refused,
            )

    def _numbers(self, series: SeriesSet) -> NumberRing:
        metric = self._known(series.metric.name)
        assert metric.numbers is not None, f"{series.metric.name} is a distribution"
        self._settle(metric)
        return metric.numbers

    def _too_old(self, positions: NDArray[np.intp]) -> list[Refusal]:
        self._refused += len(positions)
        return [Refusal(position, TOO_OLD) for position in positions.tolist()]

    def _no_series(self, metric: str) -> SeriesSet:
        """What is found of a name that was assigned and never written to."""
        if self.uid(NameKind.METRIC, metric) is None:
            raise BadQuery(f"No such name for 'metrics': '{metric}'")
        return SeriesSet(MetricInfo(metric, MetricKind.POINT), np.empty(0, np.intp), {})

    def _known(self, name: str) -> _Metric:
        try:
            return self._metrics[name]
        except KeyError:
            raise BadQuery(f"No such name for 'metrics': '{name}'") from None

    def _rows(
        self, name: str, kind: MetricKind, tags: Sequence[TagSet], interval: int
    ) -> tuple[_Metric | None, NDArray[np.intp], list[Refusal]]:
        """The rows of some tag sets, new ones given out as far as the limit allows; −1 where refused."""
        metric = self._metrics.get(name) or self._new_metric(name, kind, interval)
        rows = np.full(len(tags), -1, np.intp)
        reason = f"the store is full: {self._limits.series} series (setting max-series)"
        if metric is not None and metric.info.kind is not kind:
            reason = f"metric '{name}' holds {metric.info.kind} series, not {kind}"
        elif metric is not None:
            rows[:] = [self._row(metric, tag_set) for tag_set in tags]
        refused = np.flatnonzero(rows < 0).tolist()
        self._refused += len(refused)
        return metric, rows, [Refusal(position, reason) for position in refused]

    def _new_metric(self, name: str, kind: MetricKind, interval: int) -> _Metric | None:
        if self._series_count >= self._limits.series:
            return None
        self.mint(NameKind.METRIC, name)
        metric = self._metrics[name] = _Metric(len(self._by_number), name, kind, interval, self._limits)
        self._by_number.append(metric)
        return metric

    def _row(self, metric: _Metric, tags: TagSet) -> int:
        row = metric.index.row(tags)
        if row is not None:
            return row
        if self._series_count >= self._limits.series or not self.has_room(tags):
            return -1
        self._series_count += 1
        self.mint_tags(tags)
        return metric.index.add(tags)
