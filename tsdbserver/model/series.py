"""What names a series: its metric and its tag set."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MAX_NAME_LENGTH = 4_096
"""Characters of a metric name, a tag key or a tag value."""

TagSet = tuple[tuple[str, str], ...]
"""(key, value) pairs sorted by key, each key once, no empty key or value."""


class SeriesKey(NamedTuple):
    """A metric and its tag set: two series with equal keys are one series."""

    metric: str
    tags: TagSet


def tag_set(tags: Mapping[str, str] | Iterable[tuple[str, str]]) -> TagSet:
    """The canonical tag set of some pairs; a pair with an empty value says nothing and is left out."""
    pairs = tags.items() if isinstance(tags, Mapping) else tags
    return tuple(sorted((key, value) for key, value in pairs if key and value))
