"""Other public digests and sketches, behind one interface: samples in, quantiles and bytes out."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import datasketches
import fastdigest
import numpy as np
import tdigest
from ddsketch import DDSketch

from aggregators import fold, quantile
from tsdbserver.wire.batch.digest_codec import encode

Answers = tuple[list[float], int]
Summarise = Callable[[np.ndarray, Sequence[float]], Answers]


def ours(compression: float) -> Summarise:
    def summarise(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
        digest = fold(np.zeros(len(values), np.intp), values, 1, compression)
        answers = [float(quantile(digest, np.zeros(1, np.intp), 1, q)[0]) for q in quantiles]
        return answers, len(encode(digest)[0])

    return summarise


def pypi_tdigest(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    """Its centroids as two float64 each: it has no bytes of its own."""
    digest = tdigest.TDigest()
    digest.batch_update(values.tolist())
    return [digest.percentile(100 * q) for q in quantiles], 16 * len(digest.C)


def pypi_fastdigest(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    digest = fastdigest.TDigest.from_values(values.tolist(), max_centroids=300)
    return [digest.quantile(q) for q in quantiles], len(digest.to_bytes())


def dd_sketch(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    """One percent of relative accuracy; its bytes are a float64 for each bin from the lowest to the highest in use."""
    sketch = DDSketch(0.01)
    for value in values.tolist():
        sketch.add(value)
    bins = sum(_extent(store.bins) for store in (sketch._store, sketch._negative_store))
    return [float(sketch.get_quantile_value(q) or 0) for q in quantiles], 8 * bins


def _extent(bins: Sequence[float]) -> int:
    used = np.flatnonzero(bins)
    return int(used[-1] - used[0] + 1) if len(used) else 0


def kll(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    return _datasketch(datasketches.kll_doubles_sketch(200), values, quantiles)


def req(values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    """The most accurate at high ranks; it keeps float32."""
    return _datasketch(datasketches.req_floats_sketch(12), values, quantiles)


def _datasketch(sketch, values: np.ndarray, quantiles: Sequence[float]) -> Answers:
    for value in values.tolist():
        sketch.update(value)
    return [sketch.get_quantile(q) for q in quantiles], len(sketch.serialize())


def exponential_histogram(values: np.ndarray, quantiles: Sequence[float], buckets: int = 160) -> Answers:
    """OTLP's: base 2 ** 2 ** -scale, the finest scale at which each sign has at most 160 buckets.

    A sample stands in the middle of its bucket. The bytes are the counts as varints.
    """
    scale = 20
    while max(_width(values[values > 0], scale), _width(-values[values < 0], scale)) > buckets:
        scale -= 1
    index = np.ceil(np.log2(np.abs(values[values != 0])) * 2.0**scale).astype(int) - 1
    places = list(zip(np.sign(values[values != 0]).tolist(), index.tolist(), strict=True))
    middles = {(sign, i): sign * 2 ** ((i + 0.5) / 2.0**scale) for sign, i in set(places)}
    standing = np.sort(np.append([middles[place] for place in places], values[values == 0]))
    standing = np.clip(standing, values.min(), values.max())
    counts = Counter(places)
    size = 0
    for sign in (-1.0, 1.0):
        used = sorted(i for s, i in counts if s == sign)
        size += sum(_varint(counts[sign, i]) for i in used)
        size += sum(b - a - 1 for a, b in pairwise(used))  # an empty bucket takes a byte
    ranks = [math.floor(q * (len(values) - 1)) for q in quantiles]
    return [float(standing[rank]) for rank in ranks], size


def _width(sizes: np.ndarray, scale: int) -> int:
    if not len(sizes):
        return 0
    low, high = np.ceil(np.log2([sizes.min(), sizes.max()]) * 2.0**scale)
    return int(high - low) + 1


def _varint(count: int) -> int:
    return max(1, math.ceil(count.bit_length() / 7))


SKETCHES: dict[str, Summarise] = {
    "this digest, δ = 200": ours(200),
    "this digest, δ = 100": ours(100),
    "t-digest (`tdigest`)": pypi_tdigest,
    "t-digest (`fastdigest`, 300 centroids)": pypi_fastdigest,
    "DDSketch, 1 %": dd_sketch,
    "KLL, k = 200": kll,
    "REQ, k = 12": req,
    "exponential histogram, 160 buckets": exponential_histogram,
}
