"""The digests of a distribution metric, time-major: one slab per interval (its start and width), all series of
the interval back to back.

A dashboard asks for a few intervals of many series far more often than for many intervals of one, and a slab is then
one slice; the ring drops whole slabs, oldest first.

    slabs     10:00:00           10:00:10           10:00:20 (open)
    rows      0 1 2 5            0 1 2 3 5          0 1 2 | 0 2      two senders: the digests of one row merge when read
    digests   ▒▒▒▒▒▒▒▒           ▒▒▒▒▒▒▒▒▒▒         ▒▒▒▒▒▒ ▒▒▒▒

What arrives is kept as it came: the union of two digests is more exact than their merger. `compact` merges the
digests of a row once the interval is over, in one batch, so that memory does not grow with the number of senders.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests, compress
from tsdbserver.model.points import DigestColumns
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.interface import NO_REACH, Reach

Interval = tuple[int, int]
"""When an interval begins, and how wide it is (ms)."""


class SlabDigests(NamedTuple):
    """The digests of an interval: row `rows[i]` owns digest `i`."""

    of: Interval
    rows: NDArray[np.intp]
    digests: Digests


class _Slab:
    """The digests of one interval; `rows[i]` owns `digests[i]`."""

    def __init__(self) -> None:
        self.compacted = True
        self._chunks: list[tuple[NDArray[np.intp], Digests]] = []

    def __len__(self) -> int:
        return sum(len(rows) for rows, _ in self._chunks)

    @property
    def nbytes(self) -> int:
        return sum(rows.nbytes + digests.nbytes for rows, digests in self._chunks)

    def add(self, rows: NDArray[np.intp], digests: Digests) -> None:
        self._chunks.append((rows, digests))
        self.compacted = False

    def whole(self) -> tuple[NDArray[np.intp], Digests]:
        """All of the slab as one chunk; joined once, then kept so."""
        if len(self._chunks) > 1:
            rows, digests = zip(*self._chunks, strict=True)
            self._chunks = [(np.concatenate(rows), Digests.concatenate(digests))]
        return self._chunks[0]

    def replace(self, rows: NDArray[np.intp], digests: Digests) -> None:
        self._chunks = [(rows, digests)]
        self.compacted = True


class DigestRing:
    """Slabs of the newest `capacity` intervals of one distribution metric."""

    def __init__(self, capacity: int, compression: float) -> None:
        self._capacity = capacity
        self._compression = compression
        self._intervals: list[Interval] = []
        self._slabs: list[_Slab] = []
        self._widths: Counter[int] = Counter()
        self.overwritten = 0
        """Digests that made room for newer intervals."""

    @property
    def nbytes(self) -> int:
        """Memory that the digests take."""
        return sum(slab.nbytes for slab in self._slabs)

    def write(self, rows: NDArray[np.intp], start: int, interval: int, digests: Digests) -> bool:
        """Add digests of the interval at `start`; False if it is too old for a full ring, and they were refused."""
        of = (start, interval)
        position = bisect_left(self._intervals, of)
        known = position < len(self._intervals) and self._intervals[position] == of
        if not known and position == 0 and len(self._intervals) >= self._capacity:
            return False
        if not known:
            self._intervals.insert(position, of)
            self._slabs.insert(position, _Slab())
            self._widths[interval] += 1
        self._slabs[position].add(rows, digests)
        self._drop_oldest()
        return True

    def _drop_oldest(self) -> None:
        excess = len(self._intervals) - self._capacity
        if excess > 0:
            self.overwritten += sum(map(len, self._slabs[:excess]))
            self._widths = +(self._widths - Counter(width for _, width in self._intervals[:excess]))
            del self._intervals[:excess], self._slabs[:excess]

    def reach(self, now: int) -> Reach:
        """How far the intervals reach, and how far they are known at `now`."""
        if not self._intervals:
            return NO_REACH
        widest = max(self._widths)
        end, _ = _last_to_end(reversed(self._intervals), widest)
        begun = self._intervals[: bisect_left(self._intervals, (now, 0))]
        known, width = _last_to_end((of for of in reversed(begun) if sum(of) <= now), widest)
        return Reach(end, widest, min(self._widths), known, width)

    def slabs(self, span: TimeSpan) -> list[SlabDigests]:
        """What the intervals that start within the span hold, by time. Nothing in the answer ever changes."""
        first, last = bisect_left(self._intervals, (span.start, 0)), bisect_left(self._intervals, (span.end + 1, 0))
        found = zip(self._intervals[first:last], self._slabs[first:last], strict=True)
        return [SlabDigests(of, *slab.whole()) for of, slab in found]

    def crowded(self, before: int) -> list[Interval]:
        """The intervals that ended before `before` (ms) and hold what has not been merged yet."""
        slabs = zip(self._intervals, self._slabs, strict=True)
        return [of for of, slab in slabs if not slab.compacted and sum(of) <= before]

    def snapshot(self, of: Interval) -> SlabDigests | None:
        """What an interval holds now, None if it was dropped."""
        position = bisect_left(self._intervals, of)
        if position == len(self._intervals) or self._intervals[position] != of:
            return None
        return SlabDigests(of, *self._slabs[position].whole())

    def replace(self, old: SlabDigests, merged: SlabDigests) -> None:
        """Put the merged digests in the place of the snapshot they were made of, unless more has come since."""
        now = self.snapshot(old.of)
        if now is not None and now.digests is old.digests:
            self._slabs[bisect_left(self._intervals, old.of)].replace(merged.rows, merged.digests)

    def merged(self, slab: SlabDigests) -> SlabDigests:
        """One digest per row. Where samples of a row are too many for a weight, the slab stays as it came."""
        try:
            return SlabDigests(slab.of, *_merged_by_row(slab.rows, slab.digests, self._compression))
        except OverflowError:
            return slab


def _last_to_end(newest_first: Iterable[Interval], widest: int) -> tuple[int, int]:
    """When the last of some intervals ends, and how wide it is, the narrowest if there are several; 0 if none."""
    found = (0, 0)
    for start, width in newest_first:
        if start + widest < found[0]:
            break
        if (start + width, -width) > (found[0], -found[1]):
            found = (start + width, width)
    return found


def _merged_by_row(rows: NDArray[np.intp], digests: Digests, compression: float) -> tuple[NDArray[np.intp], Digests]:
    """One digest per row. Digests that are alone in their row stay as they came."""
    distinct, keys, counts = np.unique(rows, return_inverse=True, return_counts=True)
    if len(distinct) == len(rows):
        return rows, digests
    shared = counts[keys] > 1
    alone = np.flatnonzero(~shared)
    shared_rows, shared_keys = np.unique(rows[shared], return_inverse=True)
    merged = compress(digests.take(np.flatnonzero(shared)), shared_keys, len(shared_rows), compression)
    return np.concatenate((rows[alone], shared_rows)), Digests.concatenate([digests.take(alone), merged])


def gather(slabs: Sequence[SlabDigests], rows: NDArray[np.intp], row_count: int) -> DigestColumns:
    """The digests of `rows` (of `row_count` that exist) from some slabs, as columns."""
    position = np.full(row_count, -1, np.intp)
    position[rows] = np.arange(len(rows))
    pieces = [_picked(slab, position, everything=len(rows) == row_count) for slab in slabs]
    counts = [len(series) for series, _ in pieces]
    starts, widths = np.array([slab.of for slab in slabs], np.int64).reshape(-1, 2).T
    return DigestColumns(
        times=np.repeat(starts, counts),
        widths=np.repeat(widths, counts),
        series=np.concatenate([series for series, _ in pieces]) if pieces else np.empty(0, np.intp),
        digests=Digests.concatenate([digests for _, digests in pieces]),
        series_count=len(rows),
    )


def _picked(slab: SlabDigests, position: NDArray[np.intp], everything: bool) -> tuple[NDArray[np.intp], Digests]:
    series = position[slab.rows]
    if everything:
        return series, slab.digests
    wanted = np.flatnonzero(series >= 0)
    return series[wanted], slab.digests.take(wanted)
