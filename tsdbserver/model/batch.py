"""A digest batch: what one sender saw of one interval, or a part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from aggregators.digest.compression import COMPRESSION
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.refusal import Reason
from tsdbserver.model.series import SeriesKey


class BatchKey(NamedTuple):
    """Names a batch for good: the sender's random id and its running number (from 1)."""

    instance: bytes
    sequence: int

    def __str__(self) -> str:
        return f"{self.instance.hex()}-{self.sequence}"


@dataclass(frozen=True, slots=True, eq=False)
class ScalarSeries:
    """The counters or the gauges of a batch: series `i` has `fields[name][i]` for each field of its kind.

    `positions[i]` is where the series stood in the batch, for the answer to name it by.
    """

    kind: MetricKind
    keys: Sequence[SeriesKey]
    positions: Sequence[int]
    fields: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class DistributionSeries:
    """The trends and rates of a batch: series `i` has digest `i`; a rate is a distribution over {0, 1}."""

    keys: Sequence[SeriesKey]
    positions: Sequence[int]
    digests: Digests


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """A decoded and validated batch. `start` and `interval` are ms and `start` is a multiple of `interval`.

    `refused` are (position, reason) of series that could not be read though the batch as a whole could, and
    `refused_samples` how many samples they stand for, by position, as far as that could be read.
    """

    key: BatchKey
    run: str
    start: int
    interval: int
    counters: ScalarSeries
    gauges: ScalarSeries
    distributions: DistributionSeries
    samples: int
    refused: tuple[tuple[int, Reason], ...]
    fingerprint: bytes
    refused_samples: Mapping[int, int] = field(default_factory=dict)
    compression: float = COMPRESSION
    """δ of the digests, where their sender tells it."""

    def samples_by_position(self) -> dict[int, int]:
        """How many samples each series stands for, by its position in the batch."""
        columns = (
            (self.counters.positions, self.counters.fields["count"]),
            (self.gauges.positions, self.gauges.fields["count"]),
            (self.distributions.positions, self.distributions.digests.count),
        )
        counts = {at: int(n) for positions, column in columns for at, n in zip(positions, column, strict=True)}
        return counts | dict(self.refused_samples)
