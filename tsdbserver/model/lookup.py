"""A question for series, not for their points."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Pair = tuple[str | None, str | None]
"""A tag key and a tag value; None for any."""


class Vocabulary(Protocol):
    """The names of a metric, by which a text is read that does not say where they end."""

    @property
    def keys(self) -> Container[str]:
        """The tag keys of its series."""

    def values(self, key: str | None) -> Mapping[str, str]:
        """The values of a key, None for those of all keys, by how they may be written."""


VocabularyOf = Callable[[str | None], Vocabulary]
"""A metric, None for all → its names."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Series of `metric` that hold every one of `pairs`, as they were asked for: None, an empty text and a star stand
    for any metric, key or value.

    Several pairs of one key mean any of their values. A limit of 0 or less cuts nothing.
    """

    metric: str | None
    pairs: Sequence[Pair] | None
    limit: int = 25

    @property
    def metric_wanted(self) -> str | None:
        """The metric, None for any."""
        return wanted(self.metric)

    @property
    def pairs_wanted(self) -> list[Pair]:
        """The pairs, with None for any key or value."""
        return [(wanted(key), wanted(value)) for key, value in self.pairs or ()]


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """A series that a look-up found."""

    tsuid: str
    metric: str
    tags: Mapping[str, str]


def wanted(text: str | None) -> str | None:
    """A name, None for a text that stands for any."""
    return text if text and text != "*" else None
