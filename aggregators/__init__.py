"""How many values become one: aggregators, gap filling and t-digests, in columns. Imports numpy only."""

from aggregators.builtins import builtin
from aggregators.compression import compress
from aggregators.digests import Digests
from aggregators.folding import fold
from aggregators.lists import AggregatorList
from aggregators.quantiles import quantile
from aggregators.registry import Aggregator, AggregatorRegistry, SampleFunction, UnknownAggregator
from aggregators.tdigest import TDigest
from aggregators.updaters import CARRY, INTERPOLATE, SKIP, ZERO, FillFunction, FillPolicy, UpdaterChoice

__all__ = [
    "CARRY",
    "INTERPOLATE",
    "SKIP",
    "ZERO",
    "Aggregator",
    "AggregatorList",
    "AggregatorRegistry",
    "Digests",
    "FillFunction",
    "FillPolicy",
    "SampleFunction",
    "TDigest",
    "UnknownAggregator",
    "UpdaterChoice",
    "builtin",
    "compress",
    "fold",
    "quantile",
]
