"""How many values become one: aggregators, gap filling and t-digests, in columns. Imports numpy only."""

from aggregators.aggregator import Aggregator, BucketFunction, Buckets, ListMaker, OverTime, SampleFunction
from aggregators.builtins import builtin
from aggregators.compression import compress
from aggregators.cumulative import cdf
from aggregators.digests import Digests
from aggregators.family import AggregatorFamily, UnknownAggregator
from aggregators.folding import fold
from aggregators.lists import AggregatorList
from aggregators.quantiles import quantile
from aggregators.registry import AggregatorRegistry, NameTaken
from aggregators.tdigest import TDigest
from aggregators.updaters import (
    CARRY,
    HIGHEST,
    INTERPOLATE,
    LOWEST,
    SKIP,
    ZERO,
    FillFunction,
    FillPolicy,
    UpdaterChoice,
)

__all__ = [
    "CARRY",
    "HIGHEST",
    "INTERPOLATE",
    "LOWEST",
    "SKIP",
    "ZERO",
    "Aggregator",
    "AggregatorFamily",
    "AggregatorList",
    "AggregatorRegistry",
    "BucketFunction",
    "Buckets",
    "Digests",
    "FillFunction",
    "FillPolicy",
    "ListMaker",
    "NameTaken",
    "OverTime",
    "SampleFunction",
    "TDigest",
    "UnknownAggregator",
    "UpdaterChoice",
    "builtin",
    "cdf",
    "compress",
    "fold",
    "quantile",
]
