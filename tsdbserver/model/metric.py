"""What a metric holds. One metric name holds one kind of series for as long as it exists."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class MetricKind(StrEnum):
    """Counters, gauges and points are scalar series: a time and a number. Distributions and histograms keep samples."""

    POINT = "point"
    """Written by `/api/put`: a later value for the same time replaces the earlier one."""

    COUNTER = "counter"
    """The increase within each interval: senders and late supplements add up."""

    GAUGE = "gauge"
    """The last value of each interval; beside it the least, the greatest, the sum and the number of its samples."""

    DISTRIBUTION = "distribution"
    """A digest of each interval: senders and late supplements merge."""

    HISTOGRAM = "histogram"
    """Written by `/api/histogram`: counts by bucket; a later one for the same time replaces the earlier one."""

    @property
    def is_scalar(self) -> bool:
        """Whether a data point of this kind is one number."""
        return self in FIELDS


FIELDS: dict[MetricKind, tuple[str, ...]] = {
    MetricKind.POINT: ("value",),
    MetricKind.COUNTER: ("value", "count"),
    MetricKind.GAUGE: ("value", "at", "min", "max", "sum", "count"),
}
"""The columns of a scalar kind. `value` is what a query reads, `at` when (ms) a gauge's last value was set."""


class Nature(Enum):
    """What a number says about time, and so what it means that there is none."""

    AMOUNT = "amount"
    """Belongs to an interval and adds up over time. Where nothing was reported it is 0, inside a slot too."""

    LEVEL = "level"
    """Holds at a moment. Between two reports it is somewhere in between: OpenTSDB's rules for gaps apply."""

    REPORTED_LEVEL = "reported level"
    """Holds in the intervals in which it is reported. In the others there is nothing that has a level."""


_PERCENTILES = dict.fromkeys(("p50", "p90", "p95", "p99"), Nature.LEVEL)
_OF_SAMPLES = {
    **_PERCENTILES,
    "min": Nature.LEVEL,
    "max": Nature.LEVEL,
    "avg": Nature.LEVEL,
    "sum": Nature.AMOUNT,
    "count": Nature.AMOUNT,
}

NATURES: dict[MetricKind, dict[str, Nature]] = {
    MetricKind.POINT: {"": Nature.LEVEL},
    MetricKind.COUNTER: {"": Nature.AMOUNT, "rate": Nature.AMOUNT, "count": Nature.AMOUNT},
    MetricKind.GAUGE: {
        "": Nature.REPORTED_LEVEL,
        "avg": Nature.REPORTED_LEVEL,
        "min": Nature.REPORTED_LEVEL,
        "max": Nature.REPORTED_LEVEL,
        "sum": Nature.AMOUNT,
        "count": Nature.AMOUNT,
    },
    MetricKind.DISTRIBUTION: {**_OF_SAMPLES, "rate": Nature.AMOUNT},
    MetricKind.HISTOGRAM: _OF_SAMPLES,
}
"""What a metric's own numbers (under "", if it is scalar) and its companions (by suffix) are. A histogram has no
`rate`: it is written for a moment, and nobody knows how long it was collected.
"""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric's name and kind."""

    name: str
    kind: MetricKind
