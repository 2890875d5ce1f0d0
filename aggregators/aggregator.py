"""Aggregator: what the registry holds and a query names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes
from aggregators.digest.digests import Digests
from aggregators.lists import AggregatorList
from aggregators.updaters import INTERPOLATE, FillPolicy, UpdaterChoice

ListMaker: TypeAlias = Callable[[int], AggregatorList]
"""size → a list of so many empty slots."""

SampleFunction: TypeAlias = Callable[[Digests, Indexes, int], NDArray[np.float64]]
"""(digests, keys, size) → for each of `size` keys one value of all samples of its digests, NaN without samples."""


class Buckets(NamedTuple):
    """Samples by buckets of values: `counts[i, key]` of a key are above `bounds[i - 1]` and at most `bounds[i]`.

    NaN in all buckets of a key without samples.
    """

    bounds: NDArray[np.float64]
    counts: NDArray[np.float64]


BucketFunction: TypeAlias = Callable[[Digests, Indexes, int], Buckets]
"""(digests, keys, size) → the buckets of all samples of each key; the bounds are the same for all."""


class OverTime(Enum):
    """What a function makes of the amounts of a slot's intervals, silent ones included: their amount is 0."""

    TOTALS = "totals"
    """They add up. A silent interval adds nothing; amounts per second add up to the amount per second of the slot."""

    AVERAGES = "averages"
    """As `TOTALS` per interval; of amounts per second it is the amount per second of the slot."""

    COUNTS = "counts"
    """The intervals that were reported count, silent ones do not."""

    READS = "reads"
    """It is handed the amount of every interval, and 0 for a silent one."""


@dataclass(frozen=True)
class Aggregator:
    """How many values become one. A name, a way to make a list of slots, and the updaters are enough for most.

    `updaters` say what a gap in a series means. When the aggregator groups they apply to the series of the group; when
    it downsamples, its own rule stands as well, unless that is to interpolate, which leaves it to the aggregator of
    the group, or `rule_for_groups_only` is set.

    `samples` is the meaning on distributions, None if there is none. `merges_digests` tells that it only makes sense
    on the merged samples of a whole group, never on values that were aggregated before: percentiles.

    `make_gap_list` makes the list for a group whose fill policy is nan or null, if a series without a value is more
    than nothing to it: its `add_many` and `add_runs` are handed the gaps too, as NaN.

    Without `merges_series` every series is a group of its own, and it cannot downsample: `none`.

    With `buckets` it has one result for each bucket of values instead of one, and only distributions have any.

    `over_time` says how it downsamples amounts. The samples of a slot, too, have an amount: that is what it makes of
    them if it totals or counts.

    `quantile` is the share of values (0 to 1) that are not above its own, if that is what it is: 0.99 of `p99`.

    Aggregators are equal that have the same name and the same rules.
    """

    name: str
    make_list: ListMaker = field(compare=False)
    updaters: UpdaterChoice = INTERPOLATE
    samples: SampleFunction | None = field(default=None, compare=False)
    merges_digests: bool = False
    rule_for_groups_only: bool = False
    merges_series: bool = True
    make_gap_list: ListMaker | None = field(default=None, compare=False)
    buckets: BucketFunction | None = field(default=None, compare=False)
    quantile: float | None = None
    over_time: OverTime = OverTime.READS

    @property
    def own_rule(self) -> UpdaterChoice | None:
        """The rule for gaps that it brings along as a downsample function; None: that of the group's aggregator."""
        return None if self.rule_for_groups_only or self.updaters is INTERPOLATE else self.updaters

    def under(self, policy: FillPolicy) -> Aggregator:
        """What aggregates a group under a fill policy."""
        if self.make_gap_list is None or policy not in (FillPolicy.NAN, FillPolicy.NULL):
            return self
        return replace(self, make_list=self.make_gap_list)
