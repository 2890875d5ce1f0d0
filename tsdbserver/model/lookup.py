"""A question for series, not for their points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str | None, str | None]
"""A tag key and a tag value; None for any."""


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
        return _wanted(self.metric)

    @property
    def pairs_wanted(self) -> list[Pair]:
        """The pairs, with None for any key or value."""
        return [(_wanted(key), _wanted(value)) for key, value in self.pairs or ()]


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """A series that a look-up found."""

    tsuid: str
    metric: str
    tags: Mapping[str, str]


def _wanted(text: str | None) -> str | None:
    return text if text and text != "*" else None
