"""Centroids: the ragged rows that compression works on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests, Totals
from aggregators.ragged import Indexes, edges_of, positions

MAX_WEIGHT = 2**32 - 1


class Centroids(NamedTuple):
    """Rows of centroids: row i is `edges[i]:edges[i + 1]`."""

    edges: NDArray[np.int64]
    means: NDArray[np.float64]
    weights: NDArray[np.int64]

    @staticmethod
    def of_samples(edges: NDArray[np.int64], values: NDArray[np.float64]) -> Centroids:
        """Every sample a centroid of weight 1."""
        return Centroids(edges, values, np.ones(len(values), np.int64))

    @staticmethod
    def none(size: int) -> Centroids:
        """`size` rows without centroids."""
        return Centroids.of_samples(np.zeros(size + 1, np.int64), np.empty(0))

    def take(self, rows: Indexes) -> Centroids:
        """These rows, in this order."""
        starts = self.edges[rows]
        lengths = self.edges[rows + 1] - starts
        at = positions(starts, lengths)
        return Centroids(edges_of(lengths), self.means[at], self.weights[at])

    def then(self, other: Centroids) -> Centroids:
        """The rows of this, followed by the rows of the other."""
        return Centroids(
            np.append(self.edges, other.edges[1:] + self.edges[-1]),
            np.append(self.means, other.means),
            np.append(self.weights, other.weights),
        )

    def beside(self, other: Centroids) -> Centroids:
        """Row i of this and row i of the other, joined to one row."""
        pairs = np.arange(2 * len(other.edges) - 2).reshape(2, -1).T
        both = self.then(other).take(pairs.ravel())
        return both._replace(edges=both.edges[::2])

    def digests(self, totals: Totals) -> Digests:
        """A column of digests with these centroids; raises OverflowError when a weight does not fit."""
        if self.weights.max(initial=0) > MAX_WEIGHT:
            raise OverflowError(f"a centroid of {self.weights.max()} samples: at most {MAX_WEIGHT} fit")
        return Digests(
            totals.count,
            totals.sum,
            totals.min,
            totals.max,
            self.edges,
            self.means,
            self.weights.astype(np.uint32),
        )
