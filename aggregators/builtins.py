"""The aggregators that come with the package: OpenTSDB's first, then those it does not have."""

from aggregators.aggregator import Aggregator
from aggregators.family import AggregatorFamily
from aggregators.functions.apdex import APDEX
from aggregators.functions.average import AVERAGE
from aggregators.functions.buckets import BUCKETS
from aggregators.functions.count import COUNT
from aggregators.functions.deviation import DEVIATION
from aggregators.functions.first_last import DIFFERENCE, FIRST, LAST
from aggregators.functions.maximum import MAXIMUM, STORED_MAXIMUM
from aggregators.functions.median import MEDIAN
from aggregators.functions.minimum import MINIMUM, STORED_MINIMUM
from aggregators.functions.multiply import MULTIPLY
from aggregators.functions.none import NONE
from aggregators.functions.percentile import ESTIMATED_PERCENTILES, IQR, P9999, PERCENTILES
from aggregators.functions.share import SHARES
from aggregators.functions.sum import CARRIED_SUM, SQUARE_SUM, SUM, ZERO_SUM
from aggregators.functions.trimmed_mean import TRIMMED_MEANS
from aggregators.registry import AggregatorRegistry

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
