"""Building t-digests from raw samples, many digests at once."""

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes, edges_of, positions, sum_by
from aggregators.digest.centroids import Centroids
from aggregators.digest.compression import COMPRESSION, compress_rows
from aggregators.digest.digests import Digests, Totals


def fold(cells: NDArray[np.intp], values: NDArray[np.float64], size: int, compression: float = COMPRESSION) -> Digests:
    """Build `size` digests: `values[i]`, in order of arrival, is a sample of digest `cells[i]`.

    The result is bit for bit what adding the samples one by one gives (docs/digests.md, "Building").
    Raises ValueError for NaN and infinity.
    """
    if not np.isfinite(values).all():
        raise ValueError("a sample is NaN or infinite")
    values = values + 0.0  # −0 becomes 0
    totals = _totals(cells, values, size)
    arrivals = values[np.argsort(cells, kind="stable")]
    return _fold_rows(arrivals, edges_of(totals.count), compression).digests(totals)


def buffer_size(compression: float) -> int:
    """How many samples a digest collects before it compresses them."""
    return int(np.ceil(5 * compression))


def _totals(cells: NDArray[np.intp], values: NDArray[np.float64], size: int) -> Totals:
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(lowest, cells, values)
    np.maximum.at(highest, cells, values)
    total = sum_by(cells, values, size)  # one after another, as a stream does
    return Totals(np.bincount(cells, minlength=size), total, lowest, highest)


def _fold_rows(values: NDArray[np.float64], edges: NDArray[np.int64], compression: float) -> Centroids:
    """Compress the rows buffer by buffer, each together with the centroids kept so far; a full row leaves the loop."""
    rows = np.arange(len(edges) - 1)
    kept = Centroids.none(len(rows))
    order: list[Indexes] = []
    done: list[Centroids] = []
    begin = edges[:-1]
    while len(rows):
        end = np.minimum(begin + buffer_size(compression), edges[rows + 1])
        samples = values[positions(begin, end - begin)]
        kept = compress_rows(kept.beside(Centroids.of_samples(edges_of(end - begin), samples)), compression)
        finished = end == edges[rows + 1]
        order.append(rows[finished])
        done.append(kept.take(np.flatnonzero(finished)))
        kept, rows, begin = kept.take(np.flatnonzero(~finished)), rows[~finished], end[~finished]
    return Centroids.stacked(done).take(np.argsort(np.concatenate([np.empty(0, np.intp), *order])))
