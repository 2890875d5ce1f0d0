"""Aggregators by name. Importing this package registers nothing: `builtin()` makes a registry."""

from collections.abc import Iterator

from aggregators.aggregator import Aggregator
from aggregators.family import AggregatorFamily, UnknownAggregator

_FORBIDDEN = "-:"
"""What parts a function from its neighbours where queries are written: `p99:1m-avg:metric`."""


class NameTaken(ValueError):
    """An aggregator of that name, or a family of that prefix, is registered already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is already an aggregator named {name!r}")
        self.name = name


class AggregatorRegistry:
    """Aggregators by name, and families of them by prefix, in the order they were registered."""

    def __init__(self) -> None:
        self._entries: dict[str, Aggregator | AggregatorFamily] = {}

    def register(self, entry: Aggregator | AggregatorFamily) -> None:
        """Add an aggregator or a family; raises NameTaken, or ValueError if no query could ask for its name."""
        name = entry.prefix if isinstance(entry, AggregatorFamily) else entry.name
        _check(name)
        if name in self._entries:
            raise NameTaken(name)
        if isinstance(entry, AggregatorFamily):
            _check(entry.member(entry.example_name).name)
        self._entries[name] = entry

    def __getitem__(self, name: str) -> Aggregator:
        """The aggregator of this name, a family's if none has it to itself; raises UnknownAggregator."""
        entry = self._entries.get(name)
        if isinstance(entry, Aggregator):
            return entry
        families = [f for f in self._entries.values() if isinstance(f, AggregatorFamily) and name.startswith(f.prefix)]
        if not families:
            raise UnknownAggregator(name)
        return max(families, key=lambda family: len(family.prefix)).member(name)

    def __contains__(self, name: str) -> bool:
        try:
            self[name]
        except UnknownAggregator:
            return False
        return True

    def __iter__(self) -> Iterator[Aggregator]:
        """All aggregators; a family is represented by its example."""
        return (self[name] for name in self.names())

    def __len__(self) -> int:
        return len(self._entries)

    def names(self) -> list[str]:
        """All names, in the order they were registered; a family is represented by its example."""
        return [e.example_name if isinstance(e, AggregatorFamily) else e.name for e in self._entries.values()]

    def patterns(self) -> list[str]:
        """All names, in the order they were registered, for reading: of a family `cdf_<limit>`."""
        return [e.pattern if isinstance(e, AggregatorFamily) else e.name for e in self._entries.values()]


def _check(name: str) -> None:
    if not name or any(mark in name for mark in _FORBIDDEN) or any(map(str.isspace, name)):
        raise ValueError(f"an aggregator cannot be named {name!r}: a name has neither '-' nor ':' nor blanks")
