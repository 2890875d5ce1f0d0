"""Digests: a column of t-digests, packed into flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aggregators.arrays import edges_of, positions, sum_by


@dataclass(frozen=True, slots=True, eq=False)
class Digests:
    """A packed column of digests: digest i owns the centroids `edges[i]:edges[i + 1]`.

    `count`, `sum`, `min` and `max` are exact and in the unit of the samples. The weights of a digest's centroids add
    up to its count, and its means ascend. A digest without samples has count 0, sum 0, min +inf, max -inf and no
    centroids: nothing changes when it is merged with another. Nothing is checked here; the wire formats check.
    """

    count: NDArray[np.int64]
    sum: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    edges: NDArray[np.int64]
    means: NDArray[np.float64]
    weights: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.count)

    @property
    def nbytes(self) -> int:
        """Memory of all columns, in bytes."""
        columns = (self.count, self.sum, self.min, self.max, self.edges, self.means, self.weights)
        return sum(column.nbytes for column in columns)

    def take(self, indexes: ArrayLike) -> Digests:
        """The digests at these indexes, in this order; an index may occur more than once."""
        chosen = np.asarray(indexes, np.intp)
        starts = self.edges[chosen]
        lengths = self.edges[chosen + 1] - starts
        at = positions(starts, lengths)
        return Digests(
            count=self.count[chosen],
            sum=self.sum[chosen],
            min=self.min[chosen],
            max=self.max[chosen],
            edges=edges_of(lengths),
            means=self.means[at],
            weights=self.weights[at],
        )

    @staticmethod
    def concatenate(columns: Sequence[Digests]) -> Digests:
        """All digests of all columns, one column after another."""
        columns = [Digests.empty(), *columns]
        return Digests(
            count=np.concatenate([c.count for c in columns]),
            sum=np.concatenate([c.sum for c in columns]),
            min=np.concatenate([c.min for c in columns]),
            max=np.concatenate([c.max for c in columns]),
            edges=edges_of(np.concatenate([np.diff(c.edges) for c in columns])),
            means=np.concatenate([c.means for c in columns]),
            weights=np.concatenate([c.weights for c in columns]),
        )

    @staticmethod
    def empty(size: int = 0) -> Digests:
        """A column of `size` digests without samples."""
        return Digests(
            count=np.zeros(size, np.int64),
            sum=np.zeros(size),
            min=np.full(size, np.inf),
            max=np.full(size, -np.inf),
            edges=np.zeros(size + 1, np.int64),
            means=np.empty(0),
            weights=np.empty(0, np.uint32),
        )

    def totals(self, keys: NDArray[np.intp], size: int) -> Totals:
        """Count, sum, min and max of all digests of one key, for each of `size` keys."""
        lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(lowest, keys, self.min)
        np.maximum.at(highest, keys, self.max)
        return Totals(
            count=sum_by(keys, self.count, size).astype(np.int64),
            sum=sum_by(keys, self.sum, size),
            min=lowest,
            max=highest,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What is exact about merged digests; where there are no samples: count 0, sum 0, min +inf, max -inf."""

    count: NDArray[np.int64]
    sum: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]

    def take(self, indexes: NDArray[np.intp]) -> Totals:
        """The totals at these indexes."""
        return Totals(self.count[indexes], self.sum[indexes], self.min[indexes], self.max[indexes])

    def where_sampled(self, column: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
        """The column with NaN where there are no samples."""
        return np.where(self.count > 0, column, np.nan)
