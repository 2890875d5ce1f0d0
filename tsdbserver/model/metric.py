"""What a metric holds. One metric name holds one kind of series for as long as it exists."""

from dataclasses import dataclass
from enum import StrEnum


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
    MetricKind.COUNTER: ("value", "count", "rate"),
    MetricKind.GAUGE: ("value", "at", "min", "max", "sum", "count"),
}
"""The columns of a scalar kind. `value` is what a query reads, `rate` the increase per second, `at` when (ms) a
gauge's last value was set.
"""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric's name and kind."""

    name: str
    kind: MetricKind
