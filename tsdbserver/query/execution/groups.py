"""Group by: which series aggregate into one result, and how the result is tagged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.store.interface import SeriesSet, TagColumn


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """`of_series[i]` is the group of series `i`; groups are numbered in the order of their tag values as text.

    `positions[i]` is the place of series `i` in the plan. Where a group is shown as several `parts`, one after another,
    its series count as members of the first.
    """

    of_series: NDArray[np.intp]
    tags: Sequence[dict[str, str]]
    aggregate_tags: Sequence[list[str]]
    positions: NDArray[np.intp]
    parts: int = 1

    def __len__(self) -> int:
        return len(self.tags)

    def split(self, key: str, values: Sequence[str]) -> "Groups":
        """Each group once for each value of one more tag; its series are numbered as members of the first."""
        tags = [{**tags, key: value} for tags in self.tags for value in values]
        aggregate_tags = [[tag for tag in keys if tag != key] for keys in self.aggregate_tags for _ in values]
        return Groups(self.of_series * len(values), tags, aggregate_tags, self.positions, len(values))

    def any(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """[series, slot] → [group, slot]: whether any member's flag is set."""
        if flags.all():
            return np.ones((len(self), flags.shape[1]), np.bool_)
        if len(self) == 1:
            return np.logical_or.reduce(flags, axis=0, keepdims=True)
        order = np.argsort(self.of_series, kind="stable")
        starts = np.searchsorted(self.of_series[order], np.arange(len(self)))
        return np.logical_or.reduceat(flags[order], starts, axis=0)


class Memberships:
    """Which series are in which group. Few ask: nothing is looked for before somebody does."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._found: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None

    def of(self, group: int) -> NDArray[np.intp]:
        """The places in the plan of one group's series, in order."""
        first = group - group % self._groups.parts
        if self._found is None:
            order = np.argsort(self._groups.of_series, kind="stable")
            self._found = order, np.searchsorted(self._groups.of_series[order], np.arange(len(self._groups) + 1))
        order, starts = self._found
        return self._groups.positions[order[starts[first] : starts[first + 1]]]


def group(all_series: SeriesSet, positions: NDArray[np.intp], keys: Sequence[str]) -> Groups:
    """Keep the values of `keys` apart, of the series at some positions, of which there must be any.

    A key that all members which have it agree on is a tag of the group, one with several values an aggregate tag.
    """
    if len(positions) == 1:
        return Groups(np.zeros(1, np.intp), [all_series.tags_of(int(positions[0]))], [[]], positions)
    series = all_series.take(positions)
    of_series, count = _distinct_values(series, keys)
    tags: list[dict[str, str]] = [{} for _ in range(count)]
    aggregate_tags: list[list[str]] = [[] for _ in range(count)]
    order = np.argsort(of_series, kind="stable")
    starts = np.searchsorted(of_series[order], np.arange(count))
    for key, column in series.tags.items():
        low, high = _extremes(column, order, starts)
        agreed = np.flatnonzero((high >= 0) & (low == high))
        for position, code in zip(agreed.tolist(), high[agreed].tolist(), strict=True):
            tags[position][key] = column.values[code]
        for position in np.flatnonzero(low < high).tolist():
            aggregate_tags[position].append(key)
    return Groups(of_series, tags, aggregate_tags, positions)


def _distinct_values(series: SeriesSet, keys: Sequence[str]) -> tuple[NDArray[np.intp], int]:
    """A number for each distinct combination of the keys' values, in the order of the values as text."""
    of_series, count = np.zeros(len(series), np.intp), 1
    for key in keys:
        ranks = _ranks(series.tags, key, len(series)) + 1
        # Numbered anew with each key, the combinations stay fewer than the series, and so the products small.
        distinct, of_series = np.unique(of_series * (int(ranks.max()) + 1) + ranks, return_inverse=True)
        count = len(distinct)
    return of_series, count


def _ranks(tags: Mapping[str, TagColumn], key: str, count: int) -> NDArray[np.intp]:
    """Each series' place among the values of `key` in sorted order; −1 where it lacks the key."""
    column = tags.get(key)
    if column is None:
        return np.full(count, -1, np.intp)
    used = np.unique(column.codes[column.codes >= 0]).tolist()
    rank = np.full(max(used, default=0) + 2, -1, np.intp)
    rank[sorted(used, key=column.values.__getitem__)] = np.arange(len(used))
    return rank[column.codes]


def _extremes(
    column: TagColumn, order: NDArray[np.intp], starts: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The least and the greatest code in each group, of the members that have the key; −1 as the greatest if none
    has.
    """
    codes = column.codes[order]
    present = np.where(codes >= 0, codes, np.iinfo(np.int32).max)
    return np.minimum.reduceat(present, starts), np.maximum.reduceat(codes, starts)
