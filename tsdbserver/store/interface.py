"""What the rest of the server may ask of a store. All times are int milliseconds since the epoch.

A store is one object that is `Catalog`, `SeriesReader` and `SeriesWriter`. Every method may be called from any thread.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from aggregators import AggregatorList, Digests
from aggregators.histogram.histogram import Histogram
from tsdbserver.model import refusal
from tsdbserver.model.annotation import Annotation
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.points import DigestColumns, HistogramColumns, IntervalColumns, NumberColumns
from tsdbserver.model.refusal import Reason
from tsdbserver.model.series import TagSet
from tsdbserver.model.time import TimeSpan
from tsdbserver.model.uid import NameKind


class TagMatcher(Protocol):
    """Decides by the value of one tag key. A series without the key does not match."""

    @property
    def tag_key(self) -> str:
        """The key whose value decides."""

    def matches(self, value: str) -> bool:
        """Whether a series with this value belongs to the answer. Asked once per distinct value, not per series."""


@dataclass(frozen=True, slots=True, eq=False)
class TagColumn:
    """One tag key over several series: `values[codes[i]]` is series `i`'s value, code −1 says that it lacks the key."""

    values: Sequence[str]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesSet:
    """Series of one metric: their row numbers in the store, and their tags as columns by key, keys in the order of
    their ids.
    """

    metric: MetricInfo
    rows: NDArray[np.intp]
    tags: Mapping[str, TagColumn]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, positions: NDArray[np.intp] | NDArray[np.bool_]) -> "SeriesSet":
        """The series at `positions` of this set."""
        columns = {key: TagColumn(column.values, column.codes[positions]) for key, column in self.tags.items()}
        return SeriesSet(self.metric, self.rows[positions], columns)

    def tags_of(self, position: int) -> dict[str, str]:
        """The tag set of one series."""
        return {key: c.values[c.codes[position]] for key, c in self.tags.items() if c.codes[position] >= 0}


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """What the store holds and what it let go since it began.

    `bytes` is the memory of the points; `overwritten` counts points and digests that made room for newer ones,
    `refused` those that were never stored: of another kind than their metric, past the limit of series, or older than
    a full ring.
    """

    metrics: int
    series: int
    bytes: int
    overwritten: int
    refused: int


class Catalog(Protocol):
    """Which names exist."""

    def metric(self, name: str) -> MetricInfo | None:
        """What is known of a metric, None if nothing was ever stored under the name."""

    def series_count(self, metric: str) -> int:
        """How many series a metric has, 0 if there is no such metric."""

    def metrics(self) -> Iterable[MetricInfo]:
        """All metrics, in the order in which they were first stored."""

    def names(self, kind: NameKind) -> Iterable[str]:
        """Every name of a kind in the order of their ids: those that a series ever had, and those assigned by hand."""

    def uid(self, kind: NameKind, name: str) -> int | None:
        """The id of a name, from 1 to `MAX_UID`; None for a name that was never met. An id stays for as long as the
        store.
        """

    def uids(self, kind: NameKind, names: Sequence[str]) -> NDArray[np.int64]:
        """The ids of several names, 0 for one that was never met."""

    def name(self, kind: NameKind, uid: int) -> str | None:
        """The name that has an id, None if nothing has it."""

    def counts(self) -> StoreCounts:
        """Sizes and losses, for the server's own metrics."""


class Reach(NamedTuple):
    """How far the intervals of a metric reach: when the last of them ends, and the width of the widest and the
    narrowest (ms). All are 0 where there are none.

    `known` is when the newest interval ends that is over at a moment, and `width` its width: what a sender whose clock
    is ahead reports of the future says nothing about the others.
    """

    end: int
    widest: int
    narrowest: int
    known: int
    width: int


NO_REACH = Reach(0, 0, 0, 0, 0)


class SeriesReader(Protocol):
    """Reads what a plan needs. A span holds both its ends."""

    def select(self, metric: str, matchers: Sequence[TagMatcher]) -> SeriesSet:
        """The series of a metric that all matchers accept, in the order in which they were first stored. BadQuery for a
        metric that was never met.
        """

    def find(self, metric: str, tags: Sequence[TagSet]) -> SeriesSet:
        """The series of a metric that have exactly these tag sets: those that exist, each once."""

    def numbers(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> NumberColumns:
        """One column (see `model.metric.FIELDS`) of scalar series within the span."""

    def columns(self, series: SeriesSet, span: TimeSpan, fields: Sequence[str]) -> list[NumberColumns]:
        """Several columns of scalar series, of one and the same moment: their points correspond."""

    def reports(self, series: SeriesSet, span: TimeSpan, field: str = "value") -> IntervalColumns:
        """One column of counters or gauges, of the intervals that begin within the span, those of each width apart."""

    def reach(self, metric: str, now: int) -> Reach:
        """How far the intervals of a whole metric reach, and how far they are known at `now` (ms); `NO_REACH` for
        points and histograms.
        """

    def widths(self, series: SeriesSet, span: TimeSpan) -> list[int]:
        """The widths of the intervals that counters or gauges may have within the span: others they have not."""

    def size(self, series: SeriesSet) -> int:
        """How many points scalar series hold."""

    def extent(self, series: SeriesSet) -> TimeSpan | None:
        """The times of the oldest and the newest point of scalar series, None if they have none."""

    def newest(self, series: SeriesSet, field: str = "value") -> NumberColumns:
        """One column of the newest point of each of some scalar series, of which there must be any."""

    def downsample(
        self, series: SeriesSet, edges: NDArray[np.int64], into: AggregatorList, field: str = "value"
    ) -> None:
        """Add the points of series `i` from `edges[j]` on and before `edges[j + 1]` to slot `i · slots + j` of `into`.

        `edges` ascend and there are `slots` + 1 of them. `into` has one slot more than series × slots: points that
        belong to no slot may go there. It must not keep what it is given, which is a view of the store.
        """

    def digests(self, series: SeriesSet, span: TimeSpan) -> DigestColumns:
        """The digests of distribution series whose interval starts within the span."""

    def histograms(self, series: SeriesSet, span: TimeSpan) -> HistogramColumns:
        """The histograms of series that hold histograms within the span."""


TOO_OLD = Reason("older than all that the full ring holds", refusal.TOO_OLD)
"""The reason of a refusal."""

MAX_WIDTHS = 16
"""Widths of the intervals of one metric. Senders of one test share a width; each width has a ring of its own. One more
takes the place of the width whose newest interval is the oldest.
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the series at `position` of a write was not stored."""

    position: int
    reason: Reason


class SeriesWriter(Protocol):
    """Stores columns. What a write refuses is reported and counted, and everything else in it is stored."""

    def write_numbers(
        self,
        metric: str,
        kind: MetricKind,
        tags: Sequence[TagSet],
        times: NDArray[np.int64],
        fields: Mapping[str, NDArray[np.float64]],
        interval: int = 0,
    ) -> list[Refusal]:
        """Store point `i` = (`tags[i]`, `times[i]`, `fields[…][i]`); what meets a stored point of its time joins it
        by kind. A counter or gauge is about the `interval` (ms) that begins at its time; a metric holds intervals of at
        most `MAX_WIDTHS` different widths.
        """

    def write_digests(
        self, metric: str, tags: Sequence[TagSet], start: int, interval: int, digests: Digests
    ) -> list[Refusal]:
        """Store digest `i` of the interval that begins at `start` in the series `tags[i]`; digests of one series
        merge.
        """

    def write_histograms(
        self, metric: str, tags: Sequence[TagSet], times: NDArray[np.int64], histograms: Sequence[Histogram]
    ) -> list[Refusal]:
        """Store `histograms[i]` at `times[i]` in the series `tags[i]`, in the place of one that is there already."""


class NameWriter(Protocol):
    """Names with no series yet, and other names for what is stored."""

    def assign(self, kind: NameKind, name: str) -> int:
        """Give a name its id before anything is stored under it. BadRequest if it has one, TooLarge past the limit."""

    def rename(self, kind: NameKind, old: str, new: str) -> None:
        """Give the id of `old`, and all that is stored under it, the name `new`. BadRequest if `old` does not exist or
        `new` does.
        """


class Annotations(Protocol):
    """Notes about moments, one for a series and a time. A series is known by its id, everything by the empty one.

    `count` of them are kept, and take about so many `bytes`.
    """

    count: int
    bytes: int

    def get(self, tsuid: str, time: int) -> Annotation | None:
        """The annotation of a series at a time, None if there is none."""

    def between(self, tsuid: str, span: TimeSpan) -> Sequence[Annotation]:
        """Those of a series that start within the span, in the order of their starts."""

    def annotated(self, metric: str) -> Sequence[str]:
        """The ids of the series of a metric, given by its six digits, that have annotations."""

    def write(self, annotations: Sequence[Annotation], whole: bool) -> list[Annotation]:
        """Store all of them, or none: TooLarge past a limit. One that meets another replaces it if it is `whole`, else
        as far as it says something. Returns them as they are stored.
        """

    def remove(self, tsuid: str, span: TimeSpan) -> int:
        """Forget those of a series that start within the span; returns how many there were."""


class PointWriter(Protocol):
    """Stores plain points in many small writes, to series that are known by a handle. A write does not wait for
    readers, and they see it at once.
    """

    def point_series(self, metric: str, tags: TagSet) -> int | Reason:
        """The handle of a series of plain points, made if it does not exist; the reason where it is refused. It stays
        for as long as the store.
        """

    def known_point_series(self, metric: str, tags: TagSet) -> int | None:
        """The handle of a series of plain points that exists; None, and nothing changes, if it does not."""

    def append_points(
        self, series: NDArray[np.intp], times: NDArray[np.int64], values: NDArray[np.float64]
    ) -> list[int]:
        """Store point `i` of the series with the handle `series[i]`; returns the positions of those that are refused,
        as they are older than all that a full ring holds.
        """
