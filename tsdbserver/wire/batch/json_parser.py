"""The JSON form of a batch, for a script of ten lines: digests are what `tdigest.TDigest.to_dict()` gives.

The format is told in docs/wire-format.md, "The JSON form".
"""

from functools import partial
from hashlib import blake2b
from math import fsum

import msgspec
import numpy as np
from numpy.typing import NDArray

from aggregators import fold
from tsdbserver.errors import BadBatch
from tsdbserver.model.batch import Batch, BatchKey
from tsdbserver.model.refusal import VALUE, show_name
from tsdbserver.model.series import SeriesKey
from tsdbserver.wire.batch import digest_codec
from tsdbserver.wire.batch.builder import (
    MAX_SAMPLES,
    MAX_SERIES,
    BatchBuilder,
    Refused,
    check_name,
    check_sequence,
    check_tags,
)
from tsdbserver.wire.batch.version import INSTANCE_BYTES, VERSION, check_version
from tsdbserver.wire.decoding import decoded


class _Centroid(msgspec.Struct):
    m: float
    c: float


class _Digest(msgspec.Struct):
    """What `to_dict()` gives (`delta` and `K` are not needed); `sum`, `min` and `max`, which it does not know, may be
    added.
    """

    centroids: list[_Centroid]
    n: float | None = None
    sum: float | None = None
    min: float | None = None
    max: float | None = None


class _Rate(msgspec.Struct):
    nonzero: int
    total: int


class _Series(msgspec.Struct, forbid_unknown_fields=True):
    """One of `digest`, `values` (raw samples), `counter`, `gauge`, `rate` says what the series holds.

    Other keys are refused: a `sum` beside the digest instead of in it would be lost in silence.
    """

    metric: str
    tags: dict[str, str] = {}
    digest: _Digest | None = None
    values: list[float] | None = None
    counter: float | None = None
    gauge: float | None = None
    rate: _Rate | None = None


class _Version(msgspec.Struct):
    v: int = VERSION


class _Body(msgspec.Struct):
    iid: str
    seq: int
    t0: int
    iv: int
    series: list[_Series]
    run: str = ""


_KINDS = ("digest", "values", "counter", "gauge", "rate")
_version = msgspec.json.Decoder(_Version)
_body = msgspec.json.Decoder(_Body)


def parse_batch(body: bytes) -> Batch:
    """The batch in `body`; BadBatch says what is wrong with it. Series that cannot be read are refused one by one."""
    message = _decode(body)
    check_sequence(message.seq)
    if len(message.series) > MAX_SERIES:
        raise BadBatch(f"{len(message.series)} series, maximum allowed: {MAX_SERIES}")
    builder = BatchBuilder(BatchKey(_instance(message.iid), message.seq), message.t0, message.iv)
    for position, series in enumerate(message.series):
        builder.add(position, partial(_read_series, builder, position, message.t0, series), _samples(series))
    return builder.build(message.run, blake2b(body, digest_size=8).digest())


def _decode(body: bytes) -> _Body:
    check_version(decoded(_version.decode, body, _not_understood).v)
    return decoded(_body.decode, body, _not_understood)


def _not_understood(reason: str) -> BadBatch:
    return BadBatch(f"the body is not a JSON batch: {reason}")


def _instance(text: str) -> bytes:
    """32 hex digits are the id itself; any other name stands for one."""
    if not text:
        raise BadBatch("iid is empty: name the sender")
    try:
        plain = bytes.fromhex(text)
    except ValueError:
        plain = b""
    return plain if len(plain) == INSTANCE_BYTES else blake2b(text.encode(), digest_size=INSTANCE_BYTES).digest()


def _read_series(builder: BatchBuilder, position: int, start: int, series: _Series) -> None:
    key = SeriesKey(check_name(series.metric, "a metric name"), check_tags(series.tags))
    _check_one_kind(series)
    match series:
        case _Series(digest=_Digest() as digest):
            _add_digest(builder, position, key, digest)
        case _Series(values=[*values]):
            _add_values(builder, position, key, values)
        case _Series(rate=_Rate() as rate):
            builder.rate(position, key, rate.nonzero, rate.total)
        case _Series(counter=float(total)):
            builder.counter(position, key, total, 1)
        case _Series(gauge=float(value)):
            builder.gauge(position, key, value, float(start), value, value, value, 1)


def _samples(series: _Series) -> int:
    """How many samples a series says that it stands for."""
    match series:
        case _Series(digest=_Digest(n=float(n))):
            return int(n) if 0 < n <= MAX_SAMPLES else 0
        case _Series(digest=_Digest(centroids=centroids)):
            total = sum(centroid.c for centroid in centroids)
            return int(total) if 0 < total <= MAX_SAMPLES else 0
        case _Series(values=[*values]):
            return len(values)
        case _Series(rate=_Rate() as rate):
            return rate.total
    return 1


def _check_one_kind(series: _Series) -> None:
    held = [kind for kind in _KINDS if getattr(series, kind) is not None]
    if not held:
        raise Refused(f"series of '{show_name(series.metric)}' holds none of {', '.join(_KINDS)}", VALUE)
    if len(held) > 1:
        raise Refused(f"series of '{show_name(series.metric)}' holds {' and '.join(held)}: it can hold one of them")


def _add_values(builder: BatchBuilder, position: int, key: SeriesKey, values: list[float]) -> None:
    samples = np.array(values, np.float64)
    if not np.isfinite(samples).all():
        raise Refused("a value is not a finite number", VALUE)
    if len(samples):
        digest = fold(np.zeros(len(samples), np.intp), samples, 1)
        (blob,) = digest_codec.encode(digest)
        envelope = len(samples), float(digest.sum[0]), float(digest.min[0]), float(digest.max[0])
        builder.trend(position, key, *envelope, digest_codec.OWN, blob)


def _add_digest(builder: BatchBuilder, position: int, key: SeriesKey, digest: _Digest) -> None:
    """Its centroids take the same road as bytes do, and so the same checks."""
    centroids = sorted(digest.centroids, key=lambda centroid: centroid.m)
    if not centroids:
        return
    means = np.array([centroid.m for centroid in centroids])
    counts = np.array([centroid.c for centroid in centroids])
    weights = _whole(counts, digest.n)
    kept = weights > 0
    builder.trend(
        position,
        key,
        int(weights.sum()),
        _sum(means, counts) if digest.sum is None else digest.sum,
        float(means[0]) if digest.min is None else digest.min,
        float(means[-1]) if digest.max is None else digest.max,
        digest_codec.OWN,
        digest_codec.encode_one(means[kept], weights[kept]),
    )


def _sum(means: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    try:
        return fsum(mean * count for mean, count in zip(means.tolist(), counts.tolist(), strict=True))
    except (ValueError, OverflowError):  # infinities of both signs, or past the greatest double on the way
        raise Refused("the sum of the digest is not a finite number", VALUE) from None


def _whole(counts: NDArray[np.float64], n: float | None) -> NDArray[np.int64]:
    """Counts as whole numbers of the same total: the package splits samples between centroids, ranks are what we
    keep.
    """
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise Refused("a centroid's count c is not a number from 0 on")
    ranks = np.cumsum(counts)
    if n is not None and abs(ranks[-1] - n) > 1e-6 * max(n, 1.0):
        raise Refused(f"the centroids' counts sum to {ranks[-1]:g}, not to n={n:g}")
    if ranks[-1] > MAX_SAMPLES:
        raise Refused(f"n={ranks[-1]:g} is not a number of samples between 0 and {MAX_SAMPLES}")
    whole: NDArray[np.int64] = np.rint(ranks).astype(np.int64)
    whole[1:] -= whole[:-1].copy()
    return whole
