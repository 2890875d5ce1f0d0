"""Checks the series of a batch one by one and lays them out as columns.

Both doors (msgpack and JSON) feed it: a series that cannot be read is refused by its position and the others stand;
what concerns the whole batch is a BadBatch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from tsdbserver.errors import BadBatch
from tsdbserver.model.batch import Batch, BatchKey, DistributionSeries, ScalarSeries
from tsdbserver.model.metric import FIELDS, MetricKind
from tsdbserver.model.refusal import NAME, OTHER, TAGS, VALUE, Reason, show_name
from tsdbserver.model.series import MAX_NAME_LENGTH, SeriesKey, TagSet, tag_set
from tsdbserver.model.time import MAX_TIMESTAMP_MS
from tsdbserver.wire.batch import digest_codec

MAX_SERIES = 20_000
MAX_TAGS = 64
MAX_INTERVAL_MS = 86_400_000
MAX_SAMPLES = 0xFFFFFFFF
"""Samples of one series and interval: weights are 32 bits wide in the store."""
MAX_REASON = 250
"""Characters of a reason: a number in JSON may have thousands of digits."""


class Refused(ValueError):
    """A series that cannot be read; the text is the reason given to the sender."""

    def __init__(self, text: str, cause: str = OTHER) -> None:
        super().__init__(text)
        self.reason = Reason(text[:MAX_REASON], cause)


def check_name(text: str, what: str) -> str:
    """A metric name or tag text as it came, or Refused."""
    if not text:
        raise Refused(f"{what} is empty", NAME)
    if len(text) > MAX_NAME_LENGTH:
        raise Refused(f"{what} is longer than {MAX_NAME_LENGTH} characters: '{show_name(text)}'", NAME)
    return text


def check_sequence(number: int) -> None:
    """BadBatch unless a batch can have this number: 1, 2, 3 … within 64 bits."""
    if not 0 < number < 1 << 63:
        raise BadBatch(f"seq={number} is not a number from 1 on")


def check_tags(tags: Mapping[str, str]) -> TagSet:
    """The canonical tag set, or Refused. Pairs with an empty value are dropped."""
    if len(tags) > MAX_TAGS:
        raise Refused(f"{len(tags)} tags, maximum allowed: {MAX_TAGS}", TAGS)
    for key, value in tags.items():
        check_name(key, "a tag key")
        if value:
            check_name(value, f"the value of tag '{show_name(key)}'")
    return tag_set(tags)


def _check_interval(start: int, interval: int) -> None:
    if not 0 < interval <= MAX_INTERVAL_MS:
        raise BadBatch(f"interval iv={interval} is not between 1 and {MAX_INTERVAL_MS} ms")
    if start % interval:
        raise BadBatch(f"interval start t0={start} is not a multiple of iv={interval} ms")
    if abs(start) > MAX_TIMESTAMP_MS:
        raise BadBatch(f"interval start t0={start} is not a time in milliseconds")


@dataclass(slots=True)
class _Trends:
    """Columns of the trends read so far; their centroids are still bytes."""

    keys: list[SeriesKey] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    envelopes: list[tuple[int, float, float, float]] = field(default_factory=list)
    encodings: list[int] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Rates:
    keys: list[SeriesKey] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    nonzero: list[int] = field(default_factory=list)
    total: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Scalars:
    keys: list[SeriesKey] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def series(self, kind: MetricKind) -> ScalarSeries:
        names = FIELDS[kind]
        table = np.array(self.rows, np.float64).reshape(len(self.rows), len(names))
        return ScalarSeries(kind, self.keys, self.positions, dict(zip(names, table.T, strict=True)))


class BatchBuilder:
    """Collects the series of one batch; `build` decodes the digests all at once."""

    def __init__(self, key: BatchKey, start: int, interval: int) -> None:
        """BadBatch unless the interval (ms) is of a possible width and starts at a multiple of it."""
        _check_interval(start, interval)
        self._key = key
        self._start = start
        self._interval = interval
        self._counters = _Scalars()
        self._gauges = _Scalars()
        self._rates = _Rates()
        self._trends = _Trends()
        self._refused: list[tuple[int, Reason]] = []
        self._refused_samples: dict[int, int] = {}
        self._samples = 0

    def add(self, position: int, read: Callable[[], None], samples: object = 0) -> None:
        """Run `read`, which adds one series, and note its refusal under `position`.

        `samples` is how many the series says that it stands for, whatever that is.
        """
        try:
            read()
        except Refused as refused:
            self._refuse(position, refused.reason, samples)

    def _refuse(self, position: int, reason: Reason, samples: object) -> None:
        self._refused.append((position, reason))
        if isinstance(samples, int) and 0 < samples <= MAX_SAMPLES:
            self._refused_samples[position] = samples

    def counter(self, position: int, key: SeriesKey, total: float, n: int) -> None:
        """The increase over the interval, in `n` samples."""
        _check_finite(sum=total)
        if _check_count(n):
            _append(self._counters, position, key, (total, n))
            self._samples += n

    def gauge(
        self, position: int, key: SeriesKey, last: float, at: float, low: float, high: float, total: float, n: int
    ) -> None:
        """The last value and when (ms) it was set; a series without the tag `instance` gets the sender's."""
        _check_finite(last=last, last_ms=at, min=low, max=high, sum=total)
        if _check_count(n):
            own = SeriesKey(key.metric, self._with_instance(key.tags))
            _append(self._gauges, position, own, (last, at, low, high, total, n))
            self._samples += n

    def rate(self, position: int, key: SeriesKey, nonzero: int, total: int) -> None:
        """`nonzero` of `total` samples were not zero."""
        if not 0 <= nonzero <= _check_count(total):
            raise Refused(f"rate of {nonzero} in {total} samples")
        if total:
            self._rates.keys.append(key)
            self._rates.positions.append(position)
            self._rates.nonzero.append(nonzero)
            self._rates.total.append(total)
            self._samples += total

    def trend(
        self, position: int, key: SeriesKey, n: int, total: float, low: float, high: float, encoding: int, blob: bytes
    ) -> None:
        """A digest: its exact envelope, and centroids in one of the encodings of docs/digests.md."""
        if not _check_count(n):
            return
        _check_finite(sum=total, min=low, max=high)
        if low > high:
            raise Refused(f"min {low} is greater than max {high}")
        if encoding not in digest_codec.ENCODINGS:  # here, where it may still be too large for a column of numbers
            raise Refused(f"unknown digest encoding {encoding}")
        self._trends.keys.append(key)
        self._trends.positions.append(position)
        self._trends.envelopes.append((n, total, low, high))
        self._trends.encodings.append(encoding)
        self._trends.blobs.append(blob)
        self._samples += n

    def build(self, run: str, fingerprint: bytes) -> Batch:
        """The whole batch. BadBatch if it has series and every one of them had to be refused."""
        distributions = self._distributions()
        counters = self._counters.series(MetricKind.COUNTER)
        gauges = self._gauges.series(MetricKind.GAUGE)
        if self._refused and not (counters.keys or gauges.keys or distributions.keys):
            position, reason = self._refused[0]
            raise BadBatch(f"no series of the batch can be read; series {position}: {reason}")
        return Batch(
            self._key, run, self._start, self._interval, counters, gauges, distributions,
            self._samples, tuple(sorted(self._refused)), fingerprint, self._refused_samples,
        )  # fmt: skip

    def _with_instance(self, tags: TagSet) -> TagSet:
        if any(key == "instance" for key, _ in tags):
            return tags
        return tag_set([*tags, ("instance", self._key.instance.hex()[:8])])

    def _distributions(self) -> DistributionSeries:
        trends, rates = self._trends, self._rates
        digests, good = self._trend_digests()
        return DistributionSeries(
            [trends.keys[i] for i in good] + rates.keys,
            [trends.positions[i] for i in good] + rates.positions,
            Digests.concatenate([digests, rate_digests(np.array(rates.nonzero), np.array(rates.total))]),
        )

    def _trend_digests(self) -> tuple[Digests, list[int]]:
        """The trends that can be read and their places among all trends; the others are refused."""
        trends = self._trends
        envelopes = np.array(trends.envelopes, np.float64).reshape(-1, 4)
        decoded = digest_codec.decode(trends.blobs, trends.encodings, envelopes[:, 0].astype(np.int64))
        refused = dict(decoded.refused)
        digests = _enveloped(decoded, envelopes[decoded.good])
        outside = _outside(digests)
        refused |= {int(i): Reason("a mean lies outside min and max") for i in decoded.good[outside]}
        for i, reason in refused.items():
            self._refuse(trends.positions[i], reason, trends.envelopes[i][0])
            self._samples -= trends.envelopes[i][0]
        return digests.take(np.flatnonzero(~outside)), decoded.good[~outside].tolist()


def _append(scalars: _Scalars, position: int, key: SeriesKey, row: tuple[float, ...]) -> None:
    scalars.keys.append(key)
    scalars.positions.append(position)
    scalars.rows.append(row)


def _check_count(n: int) -> int:
    if not 0 <= n <= MAX_SAMPLES:
        raise Refused(f"n={n} is not a number of samples between 0 and {MAX_SAMPLES}")
    return n


def _check_finite(**values: float) -> None:
    for name, value in values.items():
        if not isfinite(value):
            raise Refused(f"{name} is {value}, not a finite number", VALUE)


def rate_digests(nonzero: NDArray[np.int64], total: NDArray[np.int64]) -> Digests:
    """Rates as digests over {0, 1}: `total − nonzero` zeros, then `nonzero` ones, as runs of equal samples."""
    zeros, ones = (total - nonzero).astype(np.int64), nonzero.astype(np.int64)
    runs = np.concatenate((_run_weights(zeros), _run_weights(ones)), axis=-1)
    present = runs > 0
    means = np.broadcast_to(np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), runs.shape)
    return Digests(
        count=zeros + ones,
        sum=ones.astype(np.float64),
        min=np.where(zeros > 0, 0.0, 1.0),
        max=np.where(ones > 0, 1.0, 0.0),
        edges=np.concatenate(([0], np.cumsum(present.sum(axis=-1, dtype=np.int64)))),
        means=means[present],
        weights=runs[present].astype(np.uint32),
    )


def _run_weights(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """A run of `count` equal samples is written with the weights 1, count − 2, 1 (docs/digests.md, rule 1)."""
    return np.stack((np.minimum(count, 1), np.maximum(count - 2, 0), np.minimum(count - 1, 1).clip(0)), axis=-1)


def _enveloped(decoded: digest_codec.Decoded, envelopes: NDArray[np.float64]) -> Digests:
    count, total, low, high = envelopes.T
    return Digests(count.astype(np.int64), total, low, high, decoded.edges, decoded.means, decoded.weights)


def _outside(digests: Digests) -> NDArray[np.bool_]:
    """Whether a digest's outer means pass its exact min and max by more than the rounding of single precision."""
    first, last = digests.means[digests.edges[:-1]], digests.means[digests.edges[1:] - 1]
    slack = 1e-5 * np.maximum(np.abs(digests.min), np.abs(digests.max))
    return (first < digests.min - slack) | (last > digests.max + slack)
