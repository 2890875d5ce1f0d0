"""The aggregators that come with the package."""

from aggregators.average import AVERAGE
from aggregators.count import COUNT
from aggregators.maximum import MAXIMUM
from aggregators.minimum import MINIMUM
from aggregators.percentile import PERCENTILES
from aggregators.registry import AggregatorRegistry
from aggregators.sum import SUM

BUILTIN = (SUM, AVERAGE, MINIMUM, MAXIMUM, COUNT, *PERCENTILES)


def builtin() -> AggregatorRegistry:
    """A new registry of the built-in aggregators, to which others can be added."""
    registry = AggregatorRegistry()
    for aggregator in BUILTIN:
        registry.register(aggregator)
    return registry
