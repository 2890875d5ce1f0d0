"""A batch's way into the store: seen before? then append, then remember."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.model.batch import Batch, BatchKey, ScalarSeries
from tsdbserver.model.refusal import find_cause
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
    refused_samples: Counter[str] = field(default_factory=Counter)
    """By cause: samples of the refused series, as far as their number could be read."""


_Refused = list[tuple[int, str]]
_MOST_BEGUN = 1_000
"""Batches whose append failed half-way and that are remembered for when they come again."""
MAX_REFUSALS = 100_000
"""Refusals of series that are remembered for when their batches come again."""


class Ingest:
    """Appends each batch once. Not thread-safe: the edge calls it from the event loop only."""

    def __init__(self, writer: SeriesWriter, log: BatchLog) -> None:
        self._writer = writer
        self._log = log
        self._begun: dict[tuple[BatchKey, bytes], dict[str, _Refused]] = {}
        self._refusals: OrderedDict[tuple[BatchKey, bytes], _Refused] = OrderedDict()
        self._remembered = 0
        self.counts = IngestCounts()

    def accept(self, batch: Batch, now: int) -> Report:
        """Store a batch unless its key was seen. `now` (ms) dates the sender's last sign of life."""
        if self._log.has_seen(batch.key, batch.fingerprint):
            self.counts.duplicates += 1
            return Report(duplicate=True, refused=self._refusals.get((batch.key, batch.fingerprint), []))
        refused = [*batch.refused, *self._append(batch)]
        self._log.remember(batch.key, batch.fingerprint, now)
        report = self._reported(batch, sorted(refused))
        self._remember_refusals(batch, report.refused)
        return report

    def _remember_refusals(self, batch: Batch, refused: _Refused) -> None:
        """A sender whose answer was lost sends the batch again, and must be told the same: what was refused then is not
        stored now.
        """
        if not refused:
            return
        self._refusals[batch.key, batch.fingerprint] = refused
        self._remembered += len(refused)
        while self._remembered > MAX_REFUSALS:
            _, oldest = self._refusals.popitem(last=False)
            self._remembered -= len(oldest)

    def _append(self, batch: Batch) -> _Refused:
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

    def _writes(self, batch: Batch) -> Iterator[tuple[str, Callable[[], _Refused]]]:
        """What is to be written, by kind and metric."""
        for scalars in (batch.counters, batch.gauges):
            for metric, which in _by_metric(scalars.keys):
                yield f"{scalars.kind} {metric}", partial(self._write_scalars, batch, scalars, metric, which)
        for metric, which in _by_metric(batch.distributions.keys):
            yield f"distribution {metric}", partial(self._write_distributions, batch, metric, which)

    def _write_scalars(self, batch: Batch, series: ScalarSeries, metric: str, which: NDArray[np.intp]) -> _Refused:
        tags = [series.keys[i].tags for i in which]
        times = np.full(len(which), batch.start, np.int64)
        fields = {name: column[which] for name, column in series.fields.items()}
        refusals = self._writer.write_numbers(metric, series.kind, tags, times, fields, batch.interval)
        return _named(refusals, series.positions, which)

    def _write_distributions(self, batch: Batch, metric: str, which: NDArray[np.intp]) -> _Refused:
        series = batch.distributions
        tags = [series.keys[i].tags for i in which]
        digests = series.digests.take(which)
        refusals = self._writer.write_digests(metric, tags, batch.start, batch.interval, digests)
        return _named(refusals, series.positions, which)

    def _count_refused_samples(self, batch: Batch, refused: _Refused) -> int:
        """Counts the samples of refused series by cause; returns those that are among `batch.samples`."""
        if not refused:
            return 0
        samples = batch.samples_by_position()
        unread = {position for position, _ in batch.refused}
        for position, reason in refused:
            self.counts.refused_samples[find_cause(reason)] += samples.get(position, 0)
        return sum(samples[position] for position, _ in refused if position not in unread)

    def _reported(self, batch: Batch, refused: list[tuple[int, str]]) -> Report:
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


def _named(refusals: Sequence[Refusal], positions: Sequence[int], which: NDArray[np.intp]) -> _Refused:
    """Refusals of one write, by the position of the series in the batch."""
    return [(positions[which[refusal.position]], refusal.reason) for refusal in refusals]
