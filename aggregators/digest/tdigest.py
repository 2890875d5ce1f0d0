"""TDigest: one digest that grows sample by sample, for authors of aggregators and for programs that send digests."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from aggregators.digest.build import buffer_size, fold
from aggregators.digest.centroids import Centroids
from aggregators.digest.compression import COMPRESSION, compress, compress_rows
from aggregators.digest.digests import Digests, Totals
from aggregators.digest.quantile import quantile

__all__ = ["COMPRESSION", "Digests", "TDigest", "compress", "fold", "quantile"]


class TDigest:
    """A t-digest: a small summary of a distribution that can be merged with others without losing accuracy.

    `count`, `sum`, `min` and `max` are exact, NaN standing for the minimum and maximum of nothing. Up to twice
    `compression` distinct samples all quantiles are exact; above, the share of samples below the answer is off by about
    1 / compression at most, and gaps of more than 3 % of the value stay open while there is room for them.
    """

    def __init__(self, compression: float = COMPRESSION) -> None:
        self.compression = compression
        self.count = 0
        self.sum = 0.0
        self.min = math.nan
        self.max = math.nan
        self._centroids = Centroids.none(1)
        self._buffer: list[float] = []

    def add(self, value: float) -> None:
        """Add one sample; raises ValueError for NaN and infinity."""
        if not math.isfinite(value):
            raise ValueError(f"a sample must be finite, not {value}")
        value = float(value) + 0.0  # −0 becomes 0
        self.count += 1
        self.sum += value
        self.min = value if self.count == 1 else min(self.min, value)
        self.max = value if self.count == 1 else max(self.max, value)
        self._buffer.append(value)
        if len(self._buffer) >= buffer_size(self.compression):
            self._flush()

    def add_many(self, values: Iterable[float]) -> None:
        """Add samples in order, with the same result as one by one."""
        for value in values:
            self.add(value)

    def merge(self, other: TDigest) -> None:
        """Add all samples that the other digest stands for; the other stays as it is."""
        both = Digests.concatenate([self.to_digests(), other.to_digests()])
        self._replace(compress(both, np.zeros(2, np.intp), 1, self.compression))

    def quantile(self, q: float) -> float:
        """The value below which a share `q` (0 to 1) of the samples lies, NaN if there are none."""
        return float(quantile(self.to_digests(), np.zeros(1, np.intp), 1, q)[0])

    def centroids(self) -> list[tuple[float, int]]:
        """(mean, weight) in ascending order of the means."""
        self._flush()
        return list(zip(self._centroids.means.tolist(), self._centroids.weights.tolist(), strict=True))

    def to_digests(self) -> Digests:
        """This digest as a column of one."""
        self._flush()
        if self.count == 0:
            return Digests.empty(1)
        return self._centroids.digests(
            Totals(np.array([self.count]), np.array([self.sum]), np.array([self.min]), np.array([self.max]))
        )

    def _replace(self, digests: Digests) -> None:
        self._centroids = Centroids(digests.edges, digests.means, digests.weights.astype(np.int64))
        self.count = int(digests.count[0])
        if self.count:
            self.sum, self.min, self.max = (float(c[0]) for c in (digests.sum, digests.min, digests.max))

    def _flush(self) -> None:
        if self._buffer:
            samples: NDArray[np.float64] = np.array(self._buffer)
            buffered = Centroids.of_samples(np.array([0, len(samples)]), samples)
            self._centroids = compress_rows(self._centroids.beside(buffered), self.compression)
            self._buffer = []
