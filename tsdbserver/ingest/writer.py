"""A batch's way into the store: seen before? then append, then remember."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.model.batch import Batch, DistributionSeries, ScalarSeries
from tsdbserver.model.series import SeriesKey
from tsdbserver.store.interface import Refusal, SeriesWriter


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch: `stored` series, `refused` (position in the batch, reason)."""

    duplicate: bool
    stored: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class IngestCounts:
    """Totals since the server began."""

    batches: int = 0
    duplicates: int = 0
    samples: int = 0
    series: int = 0
    refused: int = 0


class Ingest:
    """Appends each batch once. Not thread-safe: the edge calls it from the event loop only."""

    def __init__(self, writer: SeriesWriter, log: BatchLog) -> None:
        self._writer = writer
        self._log = log
        self.counts = IngestCounts()

    def accept(self, batch: Batch, now: int) -> Report:
        """Store a batch unless its key was seen. `now` (ms) dates the sender's last sign of life."""
        if self._log.has_seen(batch.key, batch.fingerprint):
            self.counts.duplicates += 1
            return Report(duplicate=True)
        refused = [*batch.refused, *self._append(batch)]
        self._log.remember(batch.key, batch.fingerprint, now)
        return self._reported(batch, sorted(refused))

    def _append(self, batch: Batch) -> Iterator[tuple[int, str]]:
        yield from self._append_scalars(batch, batch.counters)
        yield from self._append_scalars(batch, batch.gauges)
        yield from self._append_distributions(batch, batch.distributions)

    def _append_scalars(self, batch: Batch, series: ScalarSeries) -> Iterator[tuple[int, str]]:
        for metric, which in _by_metric(series.keys):
            tags = [series.keys[i].tags for i in which]
            times = np.full(len(which), batch.start, np.int64)
            fields = {name: column[which] for name, column in series.fields.items()}
            refusals = self._writer.write_numbers(metric, series.kind, tags, times, fields, batch.interval)
            yield from _named(refusals, series.positions, which)

    def _append_distributions(self, batch: Batch, series: DistributionSeries) -> Iterator[tuple[int, str]]:
        for metric, which in _by_metric(series.keys):
            tags = [series.keys[i].tags for i in which]
            digests = series.digests.take(which)
            refusals = self._writer.write_digests(metric, tags, batch.start, batch.interval, digests)
            yield from _named(refusals, series.positions, which)

    def _reported(self, batch: Batch, refused: list[tuple[int, str]]) -> Report:
        stored = (
            len(batch.counters.keys) + len(batch.gauges.keys) + len(batch.distributions.keys)
            - len(refused) + len(batch.refused)
        )  # fmt: skip
        self.counts.batches += 1
        self.counts.samples += batch.samples
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


def _named(refusals: Sequence[Refusal], positions: Sequence[int], which: NDArray[np.intp]) -> Iterator[tuple[int, str]]:
    """Refusals of one write, by the position of the series in the batch."""
    for refusal in refusals:
        yield positions[which[refusal.position]], refusal.reason
