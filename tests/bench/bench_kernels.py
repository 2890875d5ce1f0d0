"""How long the digest kernels take: `python -m tests.bench.bench_kernels`, or `make bench`.

Times are processor time of this process, the best of some rounds; digests hold 50 centroids of latency-like samples.
"""

import struct
from collections.abc import Callable
from functools import partial
from time import process_time

import numpy as np

from aggregators import Digests, builtin, cdf, compress, fold, quantile
from tsdbserver.wire.batch.digest_codec import GO_TDIGEST, OWN, decode, encode

DIGESTS, CENTROIDS = 72_000, 50
"""1,200 series, of which each has a digest in each of 60 slots."""

SAMPLES = 1_000_000


def latency_digests(shape="lognormal"):
    """A column of digests that is large enough to be measured; `shape` names the distribution of the means."""
    random = np.random.default_rng(1)
    means = random.lognormal(3, 1, (DIGESTS, CENTROIDS))
    if shape == "mostly zero":
        means[random.random(means.shape) < 0.6] = 0
    if shape == "equal":
        means[:] = 12.5
    if shape == "outliers":
        means.ravel()[::60_000] = 1e300
    means.sort(axis=1)
    weights = random.integers(1, 100, (DIGESTS, CENTROIDS)).astype(np.uint32)
    return Digests(
        count=weights.sum(axis=1, dtype=np.int64),
        sum=(means * weights).sum(axis=1),
        min=means[:, 0].copy(),
        max=means[:, -1].copy(),
        edges=np.arange(0, means.size + 1, CENTROIDS),
        means=means.ravel(),
        weights=weights.ravel(),
    )


def go_blobs(digests):
    """The digests as caio/go-tdigest would write them."""
    differences = np.diff(digests.means.reshape(-1, CENTROIDS), axis=1, prepend=0.0).astype(">f4")
    head = struct.pack(">idi", 2, 100.0, CENTROIDS)
    weights = digests.weights.astype(np.uint8).reshape(-1, CENTROIDS)
    return [head + mean.tobytes() + weight.tobytes() for mean, weight in zip(differences, weights, strict=True)]


def best(action: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of processor time."""
    times = []
    for _ in range(rounds):
        start = process_time()
        action()
        times.append(process_time() - start)
    return min(times)


def quantiles(digests, groups, shuffled=False):
    keys = np.arange(DIGESTS) * groups // DIGESTS
    if shuffled:
        np.random.default_rng(2).shuffle(keys)
    return best(lambda: quantile(digests, keys, groups, 0.99))


def measure():
    """(what, milliseconds, amount, unit of the amount)."""
    digests = latency_digests()
    centroids = DIGESTS * CENTROIDS
    for groups in (60, 240, 12_000, DIGESTS):
        yield f"p99, {groups:,} groups", quantiles(digests, groups), centroids, "centroids"
    yield "p99, 240 groups, keys in any order", quantiles(digests, 240, shuffled=True), centroids, "centroids"
    for shape in ("mostly zero", "equal", "outliers"):
        yield f"p99, 60 groups, {shape}", quantiles(latency_digests(shape), 60), centroids, "centroids"
    for groups in (60, 12_000, DIGESTS):
        keys = np.arange(DIGESTS) * groups // DIGESTS
        yield f"cdf, {groups:,} groups", best(partial(cdf, digests, keys, groups, 25.0)), centroids, "centroids"
    trimmed = builtin()["trimmed_mean_5"].samples
    assert trimmed is not None
    yield (
        "trimmed mean, 1 group",
        best(partial(trimmed, digests, np.zeros(DIGESTS, np.intp), 1), 2),
        centroids,
        "centroids",
    )
    yield from measure_numbers()
    sixth = np.arange(DIGESTS) // 6
    yield "compress 6 into 1", best(lambda: compress(digests, sixth, DIGESTS // 6), 3), DIGESTS, "digests"
    few = digests.take(np.arange(1000))
    yield "compress 1,000 into 1", best(lambda: compress(few, np.zeros(1000, np.intp), 1), 3), 1000, "digests"
    random = np.random.default_rng(3)
    values = random.lognormal(3, 1, SAMPLES)
    for cells in (10, 12_000):
        at = random.integers(0, cells, SAMPLES)
        yield f"fold into {cells:,} digests", best(partial(fold, at, values, cells), 2), SAMPLES, "samples"
    for family, samples in (("pareto", 1 + random.pareto(1.2, SAMPLES)), ("magnitudes", _magnitudes(random))):
        at = random.integers(0, 10, SAMPLES)
        yield f"fold {family} into 10 digests", best(partial(fold, at, samples, 10), 2), SAMPLES, "samples"
    own, go = encode(digests), go_blobs(digests)
    yield "encode", best(lambda: encode(digests), 3), DIGESTS, "digests"
    yield "decode own form", best(lambda: decode(own, OWN, digests.count), 3), DIGESTS, "digests"
    yield "decode go-tdigest", best(lambda: decode(go, GO_TDIGEST, digests.count), 3), DIGESTS, "digests"


def _magnitudes(random):
    """Values of both signs over twelve orders of magnitude: far more gaps than a digest may keep open."""
    return random.choice([-1, 1], SAMPLES) * 10 ** random.uniform(-6, 6, SAMPLES)


def measure_numbers():
    """Series in runs: 1,000 slots of 1,000 points."""
    edges = np.arange(0, 1_000_001, 1000)
    values = np.random.default_rng(4).lognormal(3, 1, edges[-1])
    for name in ("sum", "max", "dev", "first", "median", "cdf_25"):

        def downsample(name=name):
            slots = builtin()[name].make_list(1000)
            slots.add_runs(np.arange(1000), edges, values)
            slots.to_array()

        yield f"{name} of numbers", best(downsample), len(values), "values"


def main():
    print(f"\n{DIGESTS:,} digests of {CENTROIDS} centroids")
    for what, seconds, amount, unit in measure():
        print(f"{what:40} {seconds * 1000:8.1f} ms  {amount / seconds / 1e6:8.2f} M {unit}/s")


if __name__ == "__main__":
    main()
