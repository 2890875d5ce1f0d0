"""How many values become one: aggregators, gap filling and t-digests, in columns. Imports numpy only."""

from aggregators.aggregator import Aggregator, BucketFunction, Buckets, ListMaker, OverTime, SampleFunction
from aggregators.builtins import builtin
from aggregators.digest.build import fold
from aggregators.digest.cdf import cdf
from aggregators.digest.compression import compress
from aggregators.digest.digests import Digests
from aggregators.digest.quantile import quantile
from aggregators.digest.tdigest import TDigest
from aggregators.family import AggregatorFamily, UnknownAggregator
from aggregators.lists import AggregatorList
from aggregators.registry import AggregatorRegistry, NameTaken
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
