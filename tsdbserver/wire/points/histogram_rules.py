"""What may be in a histogram, whatever form it comes in."""

import math
import struct
from collections.abc import Mapping
from functools import lru_cache

from aggregators.histogram.histogram import MAX_BUCKETS, MAX_SAMPLES, Bounds, Histogram
from tsdbserver.errors import BadPoint
from tsdbserver.java.numbers import parse_double
from tsdbserver.model.refusal import HISTOGRAM

_SHORT = 32
"""Characters of a bound that is remembered."""
_SINGLE = struct.Struct(">f")


def parse_bound(text: str) -> float:
    """A bound in 32 bits, infinite where it is too large for them; NotANumber if the text is none."""
    return _known_bound(text) if len(text) <= _SHORT else single(parse_double(text))


@lru_cache(maxsize=1 << 14)
def _known_bound(text: str) -> float:
    """Writers send the same bounds over and over."""
    return single(parse_double(text))


def single(number: float) -> float:
    """The nearest 32-bit float; −0 is 0."""
    try:
        nearest: float = _SINGLE.unpack(_SINGLE.pack(number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return nearest + 0.0


def checked_histogram(buckets: Mapping[Bounds, int], underflow: int, overflow: int) -> Histogram:
    """The histogram of these counts; BadPoint for one of which nothing sensible could be read."""
    if len(buckets) > MAX_BUCKETS:
        raise BadPoint(f"Too many buckets: {len(buckets)} maximum allowed: {MAX_BUCKETS}", HISTOGRAM)
    for (lower, upper), count in buckets.items():
        if not (math.isfinite(lower) and math.isfinite(upper)):
            raise BadPoint(f"Bucket bounds must be finite: {lower},{upper}", HISTOGRAM)
        _check_count(f"{lower},{upper}", count)
    _check_count("underflow", underflow)
    _check_count("overflow", overflow)
    samples = sum(buckets.values()) + underflow + overflow
    if samples > MAX_SAMPLES:
        raise BadPoint(f"Too many samples in a histogram: {samples} maximum allowed: {MAX_SAMPLES}", HISTOGRAM)
    return Histogram.of(buckets, underflow, overflow)


def _check_count(name: str, count: int) -> None:
    if count < 0:
        raise BadPoint(f"Negative count in bucket {name}: {count}", HISTOGRAM)
