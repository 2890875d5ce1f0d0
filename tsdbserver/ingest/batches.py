"""A batch's way into the store: seen before? then append, then remember."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.ingest.refusal_memory import RefusalMemory, Refused
from tsdbserver.model.batch import Batch, BatchKey, ScalarSeries
from tsdbserver.model.refusal import Reason
from tsdbserver.model.series import SeriesKey
from tsdbserver.store.interface import Refusal, SeriesWriter


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch: `stored` series, `refused` (position in the batch, reason)."""

    duplicate: bool
    stored: int = 0
    refused: list[tuple[int, Reason]] = field(default_factory=list)


@dataclass(slots=True)
class IngestCounts:
    """Totals since the server began."""

    batches: int = 0
    duplicates: int = 0
    samples: int = 0
    series: int = 0
    refused: int = 0
    refused_samples: Counter[str] = field(default_factory=Counter)
    """By cause: samples of the refused series, as far as their number could be read."""


_MOST_BEGUN = 1_000
"""Batches whose append failed half-way and that are remembered for when they come again."""


class Ingest:
    """Appends each batch once. Not thread-safe: the edge calls it from the event loop only."""

    def __init__(self, writer: SeriesWriter, log: BatchLog) -> None:
        self._writer = writer
        self._log = log
        self._begun: dict[tuple[BatchKey, bytes], dict[str, Refused]] = {}
        self._refusals = RefusalMemory()
        self.counts = IngestCounts()

    def accept(self, batch: Batch, now: int) -> Report:
        """Store a batch unless its key was seen. `now` (ms) dates the sender's last sign of life."""
        if self._log.has_seen(batch.key, batch.fingerprint):
            self.counts.duplicates += 1
            return Report(duplicate=True, refused=self._refusals.get(batch.key, batch.fingerprint))
        refused = [*batch.refused, *self._append(batch)]
        self._log.remember(batch.key, batch.fingerprint, now)
        report = self._reported(batch, sorted(refused))
        self._refusals.remember(batch.key, batch.fingerprint, report.refused)
        return report

    def _append(self, batch: Batch) -> Refused:
        """Write metric by metric. If a write fails, those before it are done, and are not done again when the sender,
        which got no answer, sends the batch again.
        """
        name = (batch.key, batch.fingerprint)
        done = self._begun.setdefault(name, {})
        if len(self._begun) > _MOST_BEGUN:
            del self._begun[next(iter(self._begun))]
        for metric, write in self._writes(batch):
            if metric not in done:
                done[metric] = write()
        self._begun.pop(name, None)
        return [refusal for refusals in done.values() for refusal in refusals]

    def _writes(self, batch: Batch) -> Iterator[tuple[str, Callable[[], Refused]]]:
        """What is to be written, by kind and metric."""
        for scalars in (batch.counters, batch.gauges):
            for metric, which in _by_metric(scalars.keys):
                yield f"{scalars.kind} {metric}", partial(self._write_scalars, batch, scalars, metric, which)
        for metric, which in _by_metric(batch.distributions.keys):
            yield f"distribution {metric}", partial(self._write_distributions, batch, metric, which)

    def _write_scalars(self, batch: Batch, series: ScalarSeries, metric: str, which: NDArray[np.intp]) -> Refused:
        tags = [series.keys[i].tags for i in which]
        times = np.full(len(which), batch.start, np.int64)
        fields = {name: column[which] for name, column in series.fields.items()}
        refusals = self._writer.write_numbers(metric, series.kind, tags, times, fields, batch.interval)
        return _named(refusals, series.positions, which)

    def _write_distributions(self, batch: Batch, metric: str, which: NDArray[np.intp]) -> Refused:
        series = batch.distributions
        tags = [series.keys[i].tags for i in which]
        digests = series.digests.take(which)
        refusals = self._writer.write_digests(metric, tags, batch.start, batch.interval, digests)
        return _named(refusals, series.positions, which)

    def _count_refused_samples(self, batch: Batch, refused: Refused) -> int:
        """Counts the samples of refused series by cause; returns those that are among `batch.samples`."""
        if not refused:
            return 0
        samples = batch.samples_by_position()
        unread = {position for position, _ in batch.refused}
        for position, reason in refused:
            self.counts.refused_samples[reason.cause] += samples.get(position, 0)
        return sum(samples[position] for position, _ in refused if position not in unread)

    def _reported(self, batch: Batch, refused: list[tuple[int, Reason]]) -> Report:
        stored = (
            len(batch.counters.keys) + len(batch.gauges.keys) + len(batch.distributions.keys)
            - len(refused) + len(batch.refused)
        )  # fmt: skip
        self.counts.batches += 1
        self.counts.samples += batch.samples - self._count_refused_samples(batch, refused)
        self.counts.series += stored
        self.counts.refused += len(refused)
        return Report(duplicate=False, stored=stored, refused=refused)


def _by_metric(keys: Sequence[SeriesKey]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Each metric with the positions of its series."""
    positions: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        positions.setdefault(key.metric, []).append(position)
    for metric, which in positions.items():
        yield metric, np.array(which, np.intp)


def _named(refusals: Sequence[Refusal], positions: Sequence[int], which: NDArray[np.intp]) -> Refused:
    """Refusals of one write, by the position of the series in the batch."""
    return [(positions[which[refusal.position]], refusal.reason) for refusal in refusals]
