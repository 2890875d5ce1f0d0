"""Samples into intervals: what the k6 extension does while a test runs, for samples that were written to a file or a
pipe.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests, fold
from aggregators.digest.compression import COMPRESSION
from tsdbserver.client.batch_parts import DEFAULT_LIMITS, Limits, split
from tsdbserver.model.batch import Batch, BatchKey, DistributionSeries, ScalarSeries
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import SeriesKey, TagSet
from tsdbserver.model.time import floor_to
from tsdbserver.wire.k6.lines import K6Sample, parse_tags
from tsdbserver.wire.k6.short_names import NameFitter

NS_PER_MS = 1_000_000
GRACE_MS = 1_000
"""How long after its end an interval waits for samples that come out of order."""

_KIND = {
    "counter": MetricKind.COUNTER,
    "gauge": MetricKind.GAUGE,
    "rate": MetricKind.DISTRIBUTION,
    "trend": MetricKind.DISTRIBUTION,
}
"""By k6's type of metric."""


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """`interval` in ms; metrics get `prefix`, series `tags` (those of a sample win), gauges the tag `instance`."""

    instance: str
    interval: int = 10_000
    prefix: str = "k6."
    tags: TagSet = ()
    compression: float = COMPRESSION
    limits: Limits = DEFAULT_LIMITS


def _say_nothing(_: str) -> None:
    """A warning that nobody wants."""


@dataclass(slots=True)
class _Samples:
    """The samples of one interval and one kind: sample `i` is `values[i]` at `times[i]` ns of series `cells[i]`."""

    series: dict[SeriesKey, int] = field(default_factory=dict)
    cells: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, key: SeriesKey, time: int, value: float) -> None:
        self.cells.append(self.series.setdefault(key, len(self.series)))
        self.times.append(time)
        self.values.append(value)

    def columns(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        return np.array(self.cells, np.intp), np.array(self.values, np.float64)


class IntervalFold:
    """Collects samples by their own time and hands out each interval as a batch once data time has passed it.

    Late samples of an interval that was handed out make another batch of it: what they add merges in the server.
    """

    def __init__(
        self, settings: FoldSettings, next_key: Callable[[], BatchKey], warn: Callable[[str], None] = _say_nothing
    ) -> None:
        """`warn` is told once of each kind of name that has to be changed to fit the server."""
        self._settings = settings
        self._next_key = next_key
        self._names = NameFitter(settings.limits.name_length, warn)
        self._open: dict[int, dict[MetricKind, _Samples]] = {}
        self._keys: dict[tuple[str, str, bytes], tuple[SeriesKey, MetricKind, bool]] = {}
        self._newest = 0

    def fold(self, samples: Iterable[K6Sample]) -> Iterator[Batch]:
        """Take samples; yields the batches of intervals that are over."""
        for sample in samples:
            self._add(sample)
            if sample.time > self._newest:
                yield from self._advance(sample.time)

    def close(self) -> Iterator[Batch]:
        """All that is still open, oldest first."""
        for start in sorted(self._open):
            yield from self._batches(start)

    def _add(self, sample: K6Sample) -> None:
        known = self._keys.get(sample[:3]) or self._learn(sample)
        key, kind, is_rate = known
        start = floor_to(sample.time // NS_PER_MS, self._settings.interval)
        by_kind = self._open.get(start)
        if by_kind is None:
            by_kind = self._open[start] = {kind: _Samples() for kind in set(_KIND.values())}
        # A rate is a distribution over {0, 1}: its average is the true share, its count the total.
        by_kind[kind].add(key, sample.time, float(sample.value != 0) if is_rate else sample.value)

    def _learn(self, sample: K6Sample) -> tuple[SeriesKey, MetricKind, bool]:
        kind = _KIND[sample.type]
        own = {key: value for key, value in parse_tags(sample.tags).items() if key and value}
        tags = {**dict(self._settings.tags), **own}
        if kind is MetricKind.GAUGE:
            tags.setdefault("instance", self._settings.instance)
        key = self._names.fit(self._settings.prefix + sample.metric, tags)
        known = self._keys[sample[:3]] = (key, kind, sample.type == "rate")
        return known

    def _advance(self, time: int) -> Iterator[Batch]:
        self._newest = time
        over = time // NS_PER_MS - self._settings.interval - GRACE_MS
        for start in sorted(start for start in self._open if start <= over):
            yield from self._batches(start)

    def _batches(self, start: int) -> Iterator[Batch]:
        return split(self._batch(start), self._settings.limits, self._next_key)

    def _batch(self, start: int) -> Batch:
        by_kind = self._open.pop(start)
        return Batch(
            key=self._next_key(),
            run="",
            start=start,
            interval=self._settings.interval,
            counters=_counters(by_kind[MetricKind.COUNTER]),
            gauges=_gauges(by_kind[MetricKind.GAUGE]),
            distributions=_distributions(by_kind[MetricKind.DISTRIBUTION], self._settings.compression),
            samples=sum(len(samples.cells) for samples in by_kind.values()),
            refused=(),
            fingerprint=b"",
            compression=self._settings.compression,
        )


def _series(samples: _Samples, kind: MetricKind, **fields: NDArray[np.float64]) -> ScalarSeries:
    return ScalarSeries(kind, list(samples.series), range(len(samples.series)), fields)


def _counters(samples: _Samples) -> ScalarSeries:
    cells, values = samples.columns()
    size = len(samples.series)
    return _series(samples, MetricKind.COUNTER, value=_sums(cells, values, size), count=_counts(cells, size))


def _gauges(samples: _Samples) -> ScalarSeries:
    cells, values = samples.columns()
    size = len(samples.series)
    times = np.array(samples.times, np.int64)
    # The last value is the one with the greatest time, and of equal times the one that arrived last.
    order = np.lexsort((times, cells))
    lasts = order[np.searchsorted(cells[order], np.arange(size), side="right") - 1]
    starts = np.searchsorted(cells[order], np.arange(size))
    return _series(
        samples,
        MetricKind.GAUGE,
        value=values[lasts],
        at=(times[lasts] // NS_PER_MS).astype(np.float64),
        min=np.minimum.reduceat(values[order], starts) if size else values,
        max=np.maximum.reduceat(values[order], starts) if size else values,
        sum=_sums(cells, values, size),
        count=_counts(cells, size),
    )


def _sums(cells: NDArray[np.intp], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(cells, values, size).astype(np.float64)


def _counts(cells: NDArray[np.intp], size: int) -> NDArray[np.float64]:
    return np.bincount(cells, minlength=size).astype(np.float64)


def _distributions(samples: _Samples, compression: float) -> DistributionSeries:
    cells, values = samples.columns()
    size = len(samples.series)
    digests = fold(cells, values, size, compression) if size else Digests.empty()
    return DistributionSeries(list(samples.series), range(size), digests)
