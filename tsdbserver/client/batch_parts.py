"""A batch in as many parts as the server's limits ask for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.batch import Batch, BatchKey, DistributionSeries, ScalarSeries
from tsdbserver.model.series import MAX_NAME_LENGTH, SeriesKey

_PER_SERIES, _PER_TAG, _PER_CENTROID = 100, 24, 18
"""Bytes that parts of a message take at most, beside the names."""
_HEAD = 2_048


@dataclass(frozen=True, slots=True)
class Limits:
    """What one batch may hold: `series`, `bytes` uncompressed, and `name_length` characters in a name."""

    series: int = 5_000
    bytes: int = 1 << 20
    name_length: int = MAX_NAME_LENGTH

    def lowered(self, series: int, size: int, name_length: int) -> "Limits":
        """The limits as far as they are within a server's, which says 0 of what it does not limit."""
        return Limits(_lower(self.series, series), _lower(self.bytes, size), name_length or self.name_length)


DEFAULT_LIMITS = Limits()
"""What every server takes."""


def _lower(own: int, announced: int) -> int:
    return min(own, announced) if announced > 0 else own


def split(batch: Batch, limits: Limits, next_key: Callable[[], BatchKey]) -> Iterator[Batch]:
    """The batch, or parts of it of which each has a key of its own and is within the limits; one series always is."""
    edges = _edges(_sizes(batch), limits)
    if len(edges) <= 2:
        yield batch
        return
    for number, (start, end) in enumerate(pairwise(edges)):
        yield _part(batch, start, end, next_key() if number else batch.key)


def _edges(sizes: Sequence[int], limits: Limits) -> list[int]:
    """Where parts begin, and the end of the last one."""
    edges, room, taken = [0], limits.bytes - _HEAD, 0
    for at, size in enumerate(sizes):
        if at > edges[-1] and (taken + size > room or at - edges[-1] >= limits.series):
            edges.append(at)
            taken = 0
        taken += size
    return [*edges, len(sizes)]


def _sizes(batch: Batch) -> list[int]:
    """The most bytes that each series takes, in the order counters, gauges, distributions."""
    scalars = [_size(key) for key in chain(batch.counters.keys, batch.gauges.keys)]
    centroids = np.diff(batch.distributions.digests.edges).tolist()
    digests = zip(batch.distributions.keys, centroids, strict=True)
    return scalars + [_size(key) + _PER_CENTROID * count for key, count in digests]


def _size(key: SeriesKey) -> int:
    names = len(key.metric.encode()) + sum(len(text.encode()) for pair in key.tags for text in pair)
    return _PER_SERIES + names + _PER_TAG * len(key.tags)


def _part(batch: Batch, start: int, end: int, key: BatchKey) -> Batch:
    counters, start, end = _take(batch.counters, start, end)
    gauges, start, end = _take(batch.gauges, start, end)
    which = np.arange(max(start, 0), max(end, 0))
    digests = batch.distributions.digests.take(which)
    keys = [batch.distributions.keys[i] for i in which.tolist()]
    counts = counters.fields["count"].sum() + gauges.fields["count"].sum() + digests.count.sum()
    distributions = DistributionSeries(keys, range(len(keys)), digests)
    return replace(batch, key=key, counters=counters, gauges=gauges, distributions=distributions, samples=int(counts))


def _take(series: ScalarSeries, start: int, end: int) -> tuple[ScalarSeries, int, int]:
    """The series from `start` to `end`, and where the rest of the part lies in what follows them."""
    size = len(series.keys)
    which = slice(min(max(start, 0), size), min(max(end, 0), size))
    fields: dict[str, NDArray[np.float64]] = {name: column[which] for name, column in series.fields.items()}
    keys = series.keys[which]
    return ScalarSeries(series.kind, keys, range(len(keys)), fields), start - size, end - size
