"""The tag index of a metric: tag sets to row numbers, and each tag key as a column of value codes.

A filter looks at each distinct value once and at the series only through their codes, so that a query over 100,000
series costs a few array operations.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.series import TagSet, tag_set
from tsdbserver.store.interface import TagColumn, TagMatcher

_ABSENT = -1


class _KeyColumn:
    """The values of one tag key by row; grows by doubling, rows without the key hold −1, and so does the last cell."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._code_of: dict[str, int] = {}
        self._codes = np.full(16, _ABSENT, np.int32)

    def set(self, row: int, value: str) -> None:
        if row + 1 >= len(self._codes):
            grown = np.full(max(2 * len(self._codes), row + 2), _ABSENT, np.int32)
            grown[: len(self._codes)] = self._codes
            self._codes = grown
        code = self._code_of.setdefault(value, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        self._codes[row] = code

    def rename(self, old: str, new: str) -> bool:
        """Call a value by another name, which no row has; False if no row has the old one either."""
        if old not in self._code_of:
            return False
        code = self._code_of[new] = self._code_of.pop(old)
        self.values[code] = new
        return True

    def codes(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """The codes of some rows; rows past the column's end never had the key."""
        return self._codes.take(rows, mode="clip")


_NO_COLUMN = _KeyColumn()


class Verdict(NamedTuple):
    """Which values of a key are accepted, by code. One more than there were values: code −1 (the key is absent) reads
    the last one, which is false.
    """

    column: _KeyColumn
    accepted: NDArray[np.bool_]

    def accepts(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which rows are accepted; none with a value that came later."""
        codes = self.column.codes(rows)
        return self.accepted[np.where(codes < len(self.accepted), codes, _ABSENT)]


class TagIndex:
    """Row numbers of tag sets, from 0 in the order of first appearance."""

    def __init__(self) -> None:
        self._row_of: dict[TagSet, int] = {}
        self._columns: dict[str, _KeyColumn] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    def row(self, tags: TagSet) -> int | None:
        """The row of a tag set, None if it is new."""
        return self._row_of.get(tags)

    def add(self, tags: TagSet) -> int:
        """Give a new tag set its row."""
        row = self._row_of[tags] = len(self._row_of)
        for key, value in tags:
            self._columns.setdefault(key, _KeyColumn()).set(row, value)
        return row

    def rename_key(self, old: str, new: str) -> None:
        """Call a tag key by another name, which no series has."""
        if old in self._columns:
            self._columns[new] = self._columns.pop(old)
            self._rename(lambda key, value: (new if key == old else key, value))

    def rename_value(self, old: str, new: str) -> None:
        """Call a tag value by another name, which no series has."""
        found = [column.rename(old, new) for column in self._columns.values()]
        if any(found):
            self._rename(lambda key, value: (key, new if value == old else value))

    def _rename(self, renamed: Callable[[str, str], tuple[str, str]]) -> None:
        self._row_of = {tag_set(renamed(*pair) for pair in tags): row for tags, row in self._row_of.items()}

    def judge(self, matchers: Sequence[TagMatcher]) -> list[Verdict]:
        """What matchers say of the values that there are. It may take long, and needs no lock: values may join
        meanwhile and get other names, but none goes.
        """
        return [self._judged(matcher) for matcher in matchers]

    def _judged(self, matcher: TagMatcher) -> Verdict:
        column = self._columns.get(matcher.tag_key, _NO_COLUMN)
        return Verdict(column, np.array([*map(matcher.matches, column.values), False], np.bool_))

    def select(self, verdicts: Sequence[Verdict]) -> NDArray[np.intp]:
        """The rows that all verdicts accept."""
        rows = np.arange(len(self), dtype=np.intp)
        for verdict in verdicts:
            rows = rows[verdict.accepts(rows)]
        return rows

    def columns(self, rows: NDArray[np.intp]) -> Mapping[str, TagColumn]:
        """The tags of some rows, by key; keys that none of them has are left out."""
        columns = {}
        for key, column in self._columns.items():
            codes = column.codes(rows)
            if (codes != _ABSENT).any():
                columns[key] = TagColumn(column.values, codes)
        return columns
