"""Aggregators by name. Importing this package registers nothing: `builtin()` makes a registry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aggregators.digests import Digests
from aggregators.lists import AggregatorList
from aggregators.ragged import Indexes
from aggregators.updaters import INTERPOLATE, UpdaterChoice

ENTRY_POINTS = "tsdbserver.aggregators"

SampleFunction: TypeAlias = Callable[[Digests, Indexes, int], NDArray[np.float64]]
"""(digests, keys, size) → for each of `size` keys one value of all samples of its digests, NaN without samples."""


@dataclass(frozen=True)
class Aggregator:
    """How many values become one: a name, a way to make a list of slots, and what a gap in a series means.

    `samples` is its meaning on distributions, None if it has none. `merges_digests` tells that it only makes sense on
    the merged samples of a whole group, never on values that were aggregated before: percentiles.
    """

    name: str
    make_list: Callable[[int], AggregatorList]
    updaters: UpdaterChoice = INTERPOLATE
    samples: SampleFunction | None = None
    merges_digests: bool = False


class UnknownAggregator(LookupError):
    """There is no aggregator of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no aggregator named {name!r}")
        self.name = name


class AggregatorRegistry:
    """Aggregators by name, in the order they were registered."""

    def __init__(self) -> None:
        self._aggregators: dict[str, Aggregator] = {}

    def register(self, aggregator: Aggregator) -> None:
        """Add an aggregator; raises ValueError if its name is taken."""
        if aggregator.name in self._aggregators:
            raise ValueError(f"there is already an aggregator named {aggregator.name!r}")
        self._aggregators[aggregator.name] = aggregator

    def load_entry_points(self, group: str = ENTRY_POINTS) -> None:
        """Register the aggregators that installed packages offer; raises TypeError for anything else they offer."""
        for entry in entry_points(group=group):
            aggregator = entry.load()
            if not isinstance(aggregator, Aggregator):
                raise TypeError(f"entry point {entry.value!r} in {group!r} is no Aggregator")
            self.register(aggregator)

    def __getitem__(self, name: str) -> Aggregator:
        """The aggregator of this name; raises UnknownAggregator."""
        if name not in self._aggregators:
            raise UnknownAggregator(name)
        return self._aggregators[name]

    def __contains__(self, name: str) -> bool:
        return name in self._aggregators

    def __iter__(self) -> Iterator[Aggregator]:
        return iter(self._aggregators.values())

    def __len__(self) -> int:
        return len(self._aggregators)

    def names(self) -> list[str]:
        """All names, in the order they were registered."""
        return list(self._aggregators)
