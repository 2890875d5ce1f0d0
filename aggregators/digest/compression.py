"""Compression of t-digests: many digests merged into few, all at once.

The algorithm is docs/digests.md to the letter, whose rule numbers are used here; a second implementation must come to
the same bits, so the order of the floating-point operations matters.

No loop runs over digests or centroids: all rows look for the end of their next cluster at the same time, so there are
as many rounds as one digest has clusters.
"""

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import edges_of, group_edges, order_within
from aggregators.digest.centroids import Centroids
from aggregators.digest.clusters import Runs, find_clusters
from aggregators.digest.digests import Digests

COMPRESSION = 200.0
"""δ unless told otherwise: a digest of up to twice as many centroids is exact."""

BLOCK = 1 << 16
"""So many centroids are worked on at a time: their columns stay in the processor's cache."""


def compress(digests: Digests, keys: NDArray[np.intp], size: int, compression: float = COMPRESSION) -> Digests:
    """Merge all digests of one key: digest i goes into output digest `keys[i]`, one of `size`.

    A key without digests gives a digest without samples. The order of the digests matters to `sum` only, by rounding.
    Raises OverflowError when a centroid would stand for more than 2³² − 1 samples.
    """
    grouped = digests.take(np.argsort(keys, kind="stable"))
    rows = grouped.edges[group_edges(np.sort(keys), size)]
    merged = compress_rows(Centroids(rows, grouped.means, grouped.weights.astype(np.int64)), compression)
    return merged.digests(digests.totals(keys, size))


def compress_rows(centroids: Centroids, compression: float) -> Centroids:
    """Compress every row; its centroids come in any order and leave in ascending order."""
    return Centroids.stacked([_compress_block(block, compression) for block in centroids.blocks(BLOCK)])


def _compress_block(centroids: Centroids, compression: float) -> Centroids:
    runs = _join_equal_means(centroids)
    opens = np.ones(len(runs.means), np.bool_)
    crowded = np.flatnonzero(_row_sums(runs.written(), runs.edges) > 2 * compression)  # rule 2
    if len(crowded):
        many, at = runs.take(crowded)
        opens[at] = find_clusters(many, compression)
    return _write(_merge_clusters(runs, opens))


def _join_equal_means(centroids: Centroids) -> Runs:
    order = order_within(centroids.means, centroids.edges)
    means, weights = centroids.means[order], centroids.weights[order]
    opens = np.ones(len(means), np.bool_)
    np.not_equal(means[1:], means[:-1], out=opens[1:])
    opens[centroids.edges[:-1][np.diff(centroids.edges) > 0]] = True
    starts = np.flatnonzero(opens)
    weight = _sums_from(starts, weights)
    members = np.diff(starts, append=len(means))
    return Runs(np.searchsorted(starts, centroids.edges), means[starts], weight, (members > 1) | (weight == 1))


def _merge_clusters(runs: Runs, opens: NDArray[np.bool_]) -> Runs:
    """Every run that does not open a cluster joins the one to its left, one after another, by the weighted mean."""
    starts = np.flatnonzero(opens)
    lengths = np.diff(starts, append=len(opens))
    means, weights = runs.means[starts], runs.weights[starts]
    growing = np.flatnonzero(lengths > 1)
    step = 1
    while len(growing):
        run = starts[growing] + step
        mean, weight = means[growing], runs.weights[run]
        weights[growing] += weight
        with np.errstate(over="ignore", invalid="ignore"):
            means[growing] = mean + (runs.means[run] - mean) * weight / weights[growing]
        step += 1
        growing = growing[lengths[growing] > step]
    overflown = ~np.isfinite(means)  # samples too far apart to be averaged: their first one keeps the order
    means[overflown] = runs.means[starts[overflown]]
    return Runs(np.searchsorted(starts, runs.edges), means, weights, runs.pure[starts] & (lengths == 1))


def _write(runs: Runs) -> Centroids:
    """Rule 1: a pure run keeps its first and its last sample as centroids of their own."""
    written = runs.written()
    ends = np.cumsum(written)
    means, weights = np.repeat(runs.means, written), np.repeat(runs.weights, written)
    spread = written > 1
    weights[ends[spread] - 1] = 1
    weights[(ends - written)[spread]] = 1
    weights[ends[written == 3] - 2] -= 2
    return Centroids(np.append(0, ends)[runs.edges], means, weights)


def _row_sums(column: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diff(edges_of(column)[edges])


def _sums_from(starts: NDArray[np.intp], column: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum from each start up to the next."""
    return np.add.reduceat(column, starts) if len(starts) else np.empty(0, np.int64)
