"""The aggregators that come with the package: OpenTSDB's first, then those it does not have."""

from aggregators.aggregator import Aggregator
from aggregators.apdex import APDEX
from aggregators.average import AVERAGE
from aggregators.buckets import BUCKETS
from aggregators.count import COUNT
from aggregators.deviation import DEVIATION
from aggregators.family import AggregatorFamily
from aggregators.first_last import DIFFERENCE, FIRST, LAST
from aggregators.maximum import MAXIMUM, STORED_MAXIMUM
from aggregators.median import MEDIAN
from aggregators.minimum import MINIMUM, STORED_MINIMUM
from aggregators.multiply import MULTIPLY
from aggregators.none import NONE
from aggregators.percentile import ESTIMATED_PERCENTILES, IQR, P9999, PERCENTILES
from aggregators.registry import AggregatorRegistry
from aggregators.share import SHARES
from aggregators.sum import CARRIED_SUM, SQUARE_SUM, SUM, ZERO_SUM
from aggregators.trimmed_mean import TRIMMED_MEANS

BUILTIN: tuple[Aggregator | AggregatorFamily, ...] = (
    SUM, AVERAGE, MINIMUM, MAXIMUM, COUNT, MEDIAN, DEVIATION, DIFFERENCE, MULTIPLY, FIRST, LAST, NONE,
    ZERO_SUM, CARRIED_SUM, SQUARE_SUM, STORED_MINIMUM, STORED_MAXIMUM, *PERCENTILES, *ESTIMATED_PERCENTILES,
    P9999, IQR, BUCKETS, SHARES, APDEX, TRIMMED_MEANS,
)  # fmt: skip


def builtin() -> AggregatorRegistry:
    """A new registry of the built-in aggregators, to which others can be added."""
    registry = AggregatorRegistry()
    for entry in BUILTIN:
        registry.register(entry)
    return registry
