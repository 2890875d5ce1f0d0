"""The nouns of a script. Every time is an int of milliseconds since the epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Tags = tuple[tuple[str, str], ...]
"""(key, value) pairs sorted by key."""


class ScriptError(Exception):
    """A script that cannot be read; says where, what stands there, and why it is wrong."""

    def __init__(self, place: str, text: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}\n    {text.strip()}")


class Kind(StrEnum):
    """What a load writes, by the word that a script uses for it."""

    POINTS = "points"
    COUNTERS = "counters"
    GAUGES = "gauges"
    RATES = "rates"
    DIGESTS = "digests"


@dataclass(frozen=True)
class Grid:
    """Where values without a stamp stand: the first at `first`, each next `step` later. None: it needs a stamp."""

    first: int | None = None
    step: int | None = None

    def time(self, place: int) -> int:
        """The time of the value at a place from 0 on. ValueError if there is none."""
        if self.first is None or (place and self.step is None):
            raise ValueError("needs a time")
        return self.first + place * (self.step or 0)


@dataclass(frozen=True)
class Series:
    """One line of a load. A value is a number; of digests the samples; of rates (nonzero, total)."""

    metric: str
    tags: Tags
    points: tuple[tuple[int, float | tuple[float, ...]], ...]


@dataclass(frozen=True)
class Load:
    """Data to write: points by `/api/put`, all else as batches of one sender, one batch an interval of the grid."""

    kind: Kind
    grid: Grid
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Value:
    """A value that an answer should have: a number, NaN, or None for null, each right within `tolerance`."""

    number: float | None
    tolerance: float = 0.0


@dataclass(frozen=True)
class Row:
    """One result that an answer should have, and all of its points."""

    tags: Tags
    aggregated: tuple[str, ...]
    points: Mapping[int, Value]


@dataclass(frozen=True)
class Failure:
    """An error: its HTTP status, and its text (of an expected one, a part of it)."""

    status: int
    text: str


@dataclass(frozen=True)
class Question:
    """What an eval asks. `start` and `end` are milliseconds, or dates for the server to read in its `timezone`."""

    start: int | str
    end: int | str
    m: str
    ms: bool = False
    timezone: str | None = None
    use_calendar: bool = False
    now: int | None = None
    """What the server's clock shows (ms); None for the clock of the machine."""


@dataclass(frozen=True)
class Eval:
    """A question, what was loaded before it, and the answer it should have: rows in any order (none: empty), or a
    failure.

    `unlike_opentsdb` is the reason why OpenTSDB itself answers otherwise, if it does.
    """

    place: str
    line: int
    question: Question
    expected: Sequence[Row] | Failure
    loads: tuple[Load, ...]
    unlike_opentsdb: str = ""
