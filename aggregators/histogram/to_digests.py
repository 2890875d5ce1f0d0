"""Histograms read as digests, so that whatever reads distributions reads them.

Every sample stands in the middle of its bucket, those below and above all buckets at the outermost bounds. As in any
digest a value that several samples share is two centroids (docs/digests.md): a quantile is then one of these values,
or between two neighbours, and merging changes nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from aggregators.arrays import edges_of, group_edges, order_within, positions, sum_by
from aggregators.digest.centroids import MAX_WEIGHT
from aggregators.histogram.packed import Histograms, Layout, joined
from aggregators.histogram.sum_counts import added_up


class _Values(NamedTuple):
    """Values and how many samples have them: those of digest i are `edges[i]:edges[i + 1]`, ascending."""

    edges: NDArray[np.int64]
    value: NDArray[np.float64]
    samples: NDArray[np.int64]


def as_digests(histograms: Histograms) -> Digests:
    """One digest a histogram."""
    return _digests(_with_samples(_values(histograms)))


def merged_digests(
    histograms: Histograms, keys: NDArray[np.intp], size: int, most: int
) -> tuple[Digests, NDArray[np.intp]]:
    """Digests of the histograms of each of `size` keys, and the key of each digest: histogram i is one of `keys[i]`.

    They are merged first, one digest a key, unless that takes a table of more than `most` counts.
    """
    scales = [_scale(layout) for layout in histograms.layouts]
    values = np.unique(joined(scales, np.float64))
    if size * len(values) > most:
        return as_digests(histograms), keys
    columns = [np.searchsorted(values, scale).astype(np.intp) for scale in scales]
    counts = added_up(histograms, [of_layout[1:-1] for of_layout in columns], keys, (size, len(values)))
    bounded = (histograms.lengths > 0).astype(np.int64)
    below = np.array([of_layout[0] for of_layout in columns], np.intp)
    above = np.array([of_layout[-1] for of_layout in columns], np.intp)
    np.add.at(counts, (keys, below[histograms.layout]), histograms.underflow * bounded)
    np.add.at(counts, (keys, above[histograms.layout]), histograms.overflow * bounded)
    key, column = np.nonzero(counts)
    present = np.unique(keys)
    edges = group_edges(np.searchsorted(present, key), len(present))
    return _digests(_Values(edges, values[column], counts[key, column])), present


def _digests(values: _Values) -> Digests:
    size = len(values.edges) - 1
    owner = np.repeat(np.arange(size), np.diff(values.edges))
    full = np.flatnonzero(np.diff(values.edges))
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    lowest[full] = values.value[values.edges[full]]
    highest[full] = values.value[values.edges[full + 1] - 1]
    centroids, weights = _weights(values.samples)
    return Digests(
        count=sum_by(owner, values.samples, size).astype(np.int64),
        sum=sum_by(owner, values.value * values.samples, size),
        min=lowest,
        max=highest,
        edges=edges_of(centroids)[values.edges],
        means=np.repeat(values.value, centroids),
        weights=weights,
    )


def _weights(samples: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Of how many centroids each value is, and their weights: the last one's is 1, and none is above the greatest."""
    before_last = -(-(samples - 1) // MAX_WEIGHT)
    centroids = before_last + 1
    ends = np.cumsum(centroids)
    weights = np.full(int(centroids.sum()), MAX_WEIGHT, np.uint32)
    several = before_last > 0
    weights[ends[several] - 2] = (samples - 1 - (before_last - 1) * MAX_WEIGHT)[several]
    weights[ends - 1] = 1
    return centroids, weights


def _values(histograms: Histograms) -> _Values:
    """Under the lowest bound, the buckets, above the highest: as many values as buckets and two more."""
    scales = [_scale(layout) for layout in histograms.layouts]
    starts = edges_of(np.array([len(scale) for scale in scales], np.intp))[:-1]
    lengths = histograms.lengths
    edges = edges_of(lengths + 2)
    bounded = lengths > 0
    samples = np.zeros(int(edges[-1]), np.int64)
    samples[edges[:-1]] = histograms.underflow * bounded
    samples[positions(edges[:-1] + 1, lengths)] = histograms.counts
    samples[edges[1:] - 1] = histograms.overflow * bounded
    value = joined(scales, np.float64)[positions(starts[histograms.layout], lengths + 2)]
    if not all((np.diff(scale) >= 0).all() for scale in scales):
        order = order_within(value, edges)  # buckets overlap
        value, samples = value[order], samples[order]
    return _Values(edges, value, samples)


def _scale(layout: Layout) -> NDArray[np.float64]:
    """The values of a layout. Without bounds nothing is known of under- and overflow, and they are left out."""
    if not len(layout):
        return np.zeros(2)
    return np.concatenate(([layout.lower[0]], layout.midpoints, [layout.upper.max()]), dtype=np.float64)


def _with_samples(values: _Values) -> _Values:
    present = values.samples > 0
    return _Values(np.append(0, np.cumsum(present))[values.edges], values.value[present], values.samples[present])
