"""One histogram as writers of OpenTSDB send it: how many samples lie between which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_BUCKETS = 4_096
"""Of one histogram."""

MAX_SAMPLES = 1 << 40
"""Of one histogram: eight million such histograms still add up in 64 bits."""

Bounds = tuple[float, float]
"""Lower and upper bound of a bucket; both are exact as 32-bit floats."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[i]` samples within `bounds[i]`, `underflow` below all bounds and `overflow` above; bounds ascend."""

    bounds: tuple[Bounds, ...]
    counts: tuple[int, ...]
    underflow: int = 0
    overflow: int = 0

    @classmethod
    def of(cls, buckets: Mapping[Bounds, int], underflow: int = 0, overflow: int = 0) -> "Histogram":
        """The histogram of some buckets, which come in any order."""
        bounds = tuple(sorted(buckets))
        return cls(bounds, tuple(buckets[pair] for pair in bounds), underflow, overflow)
