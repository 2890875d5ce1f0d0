"""`key=value,key=value` of a look-up whose names may hold commas, pipes and equals signs, and so do not say where they
end.

The names that are stored decide. A pair begins where a key of the metric stands before an equals sign, and a value is
the longest text that is stored under the key. What is stored nowhere ends at the next comma or pipe.

Grafana writes the second value of a variable after the variable's name, which is not always the key:
`revision=r1,SvnRevision=r2`. After an unknown key stands one more value of the key before.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tsdbserver.errors import BadRequest
from tsdbserver.model.lookup import Pair, Vocabulary, wanted

MAX_NAMES = 10_000
"""Stretches between commas and pipes that a text may have."""
MAX_SEPARATORS = 256
"""Commas and pipes that one value may have to be found."""

_SEPARATOR = re.compile("[,|]")
_MAX_BLANKS = 8
"""Around a value."""


def read_pairs(text: str, vocabulary: Vocabulary) -> Iterator[Pair]:
    """The pairs of a text, several values of one key as several pairs. BadRequest if there are too many."""
    reader = _Reader(text, vocabulary)
    place = 0
    while place <= len(text):
        key, place = reader.key(place)
        values, place = reader.values(key, place)
        yield from ((key, value) for value in values)


class _Stored(NamedTuple):
    """The values of a key by how they may be written, and the length of the longest."""

    values: Mapping[str, str]
    longest: int


class _Reader:
    """Reads from left to right; every method is told a place and says where it ended."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._ends = [match.start() for match in _SEPARATOR.finditer(text)] + [len(text)]
        if len(self._ends) > MAX_NAMES:
            raise BadRequest("Unable to parse query", f"Too many tags: {len(self._ends)} maximum allowed: {MAX_NAMES}")
        self._next = 0
        self._stored: dict[str, _Stored] = {}

    def key(self, place: int) -> tuple[str, int]:
        """The key that stands at a place, and where its value begins: a text without an equals sign has none."""
        end = self._text.find("=", place)
        if end >= 0 and (known := self._known_key(self._text[place:end])):
            return known, end + 1
        stretch = self._ends[self._first_end(place)]
        if 0 <= end < stretch:
            return self._text[place:end].strip(), end + 1
        return self._text[place:stretch].strip(), stretch

    def values(self, key: str, place: int) -> tuple[list[str], int]:
        """The values that stand from a place on, and where the next pair begins."""
        stored, found = self._values_of(key), []
        while True:
            value, end = self._value(stored, place)
            found.append(value)
            place = end + 1
            if end == len(self._text) or (self._text[end] == "," and self._begins_pair(place)):
                return found, place
            if self._text[end] == "," and not self._is_stored(stored, place):
                name = self._unknown_key(place)
                if name and wanted(value) is None:  # any value, and a key that there is not
                    return found, place
                place += len(name)

    def _values_of(self, key: str) -> _Stored:
        if key not in self._stored:
            values = self._vocabulary.values(wanted(key))
            self._stored[key] = _Stored(values, max(map(len, values), default=0))
        return self._stored[key]

    def _value(self, stored: _Stored, place: int) -> tuple[str, int]:
        longest = self._longest(stored, place)
        if longest is not None:
            return longest
        end = self._ends[self._first_end(place)]
        return self._text[place:end].strip(), end

    def _is_stored(self, stored: _Stored, place: int) -> bool:
        return self._longest(stored, place) is not None

    def _longest(self, stored: _Stored, place: int) -> tuple[str, int] | None:
        """The longest stored value that stands at a place and ends at a separator."""
        first = self._first_end(place)
        furthest = bisect_right(self._ends, place + stored.longest + _MAX_BLANKS)
        for end in reversed(self._ends[first : min(furthest, first + MAX_SEPARATORS + 1)]):
            text = self._text[place:end]
            value = stored.values.get(text, stored.values.get(text.strip()))
            if value is not None:
                return value, end
        return None

    def _first_end(self, place: int) -> int:
        """The index of the first separator from a place on; places only grow."""
        while self._ends[self._next] < place:
            self._next += 1
        return self._next

    def _begins_pair(self, place: int) -> bool:
        end = self._text.find("=", place)
        return end >= 0 and bool(self._known_key(self._text[place:end]))

    def _known_key(self, text: str) -> str | None:
        """The key that a text is, but for blanks around it."""
        names = (name for name in (text, text.strip()) if name in self._vocabulary.keys or wanted(name) is None)
        return next((name or "*" for name in names), None)

    def _unknown_key(self, place: int) -> str:
        """What stands before an equals sign in the stretch at a place, with the sign; empty without one."""
        end = self._ends[self._first_end(place)]
        name, equals, _ = self._text[place:end].partition("=")
        return name + equals if equals else ""
