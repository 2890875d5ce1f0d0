"""Centroids: the ragged rows that compression works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes, edges_of, positions
from aggregators.digest.digests import Digests, Totals

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

    @staticmethod
    def stacked(parts: Sequence[Centroids]) -> Centroids:
        """The rows of all parts, one part after another."""
        parts = [Centroids.none(0), *parts]
        return Centroids(
            edges_of(np.concatenate([np.diff(part.edges) for part in parts])),
            np.concatenate([part.means for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )

    def blocks(self, size: int) -> Iterator[Centroids]:
        """All rows, in blocks of whole rows and about `size` centroids."""
        firsts = np.searchsorted(self.edges[:-1], np.arange(0, max(self.edges[-1], 1), size))
        for first, end in pairwise([*np.unique(firsts).tolist(), len(self.edges) - 1]):
            edges = self.edges[first : end + 1]
            within = slice(edges[0], edges[-1])
            yield Centroids(edges - edges[0], self.means[within], self.weights[within])

    def beside(self, other: Centroids) -> Centroids:
        """Row i of this and row i of the other, joined to one row."""
        pairs = np.arange(2 * len(other.edges) - 2).reshape(2, -1).T
        both = Centroids.stacked([self, other]).take(pairs.ravel())
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
