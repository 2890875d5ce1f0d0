"""Plain points of all doors on their way to the store: what was met before goes the quick way. No I/O."""

from collections.abc import Callable, Iterable, Sequence

from tsdbserver.ingest.points import PUT, TELNET, PointIngest
from tsdbserver.model.data_point import DataPoint
from tsdbserver.model.refusal import Reason
from tsdbserver.store.interface import TOO_OLD
from tsdbserver.wire.points.json_lists import count_elements
from tsdbserver.wire.points.put_columns import Columns, read_lines, read_series
from tsdbserver.wire.points.put_json import Outcome, PutPoint
from tsdbserver.wire.points.put_reader import Reading, read_large_put, read_put
from tsdbserver.wire.points.rules import PointRules, check_count
from tsdbserver.wire.points.series_cache import REFUSED, KnownSeries

LARGE = 128 * 1024
"""From here on a body is not read in one go, and not by the event loop."""

_SHORTEST = len("{},")
"""Bytes of what counts as a point; a body of fewer bytes than this for each point need not be counted."""


class PointsDoor:
    """Reads bodies and lines, and stores their points. `rules` are what a point has to obey."""

    def __init__(self, points: PointIngest, rules: PointRules) -> None:
        self.points = points
        self.rules = rules
        self.known = KnownSeries(self._resolve)

    def read(self, body: bytes) -> list[Reading]:
        """The points of a body. BadRequest if it is no list of points, TooLarge if there are too many. Threads may call
        it.
        """
        if len(body) >= self.rules.max_points * _SHORTEST:
            check_count(count_elements(body), self.rules)
        if len(body) < LARGE:
            return [read_put(body, self.known, self.rules)]
        return read_large_put(body, self.known, self.rules)

    def store(self, readings: Iterable[Reading]) -> Outcome:
        """Store what was read: every good point."""
        self.points.counts.requests += 1
        return together([self.store_some(reading) for reading in readings])

    def store_lines(
        self, lines: Sequence[bytes], odd: Callable[[bytes], bool], refused: Callable[[str], None]
    ) -> bool | None:
        """Store the points of some `put` lines; one that is odd in itself alone is left to `odd` when its turn comes,
        and `refused` is told the reason of each that the store refuses.

        False as soon as `odd` says so; None, and nothing has happened, if the lines as a whole are odd.
        """
        columns = read_lines(lines, self.known)
        if columns is None:
            return None
        start = 0
        for at in columns.odd():
            self._append(columns.take(slice(start, at)), refused)
            if not odd(lines[at]):
                return False
            start = at + 1
        self._append(columns.take(slice(start, None)), refused)
        return True

    def _append(self, columns: Columns, refused: Callable[[str], None]) -> None:
        if len(columns.times):
            for _ in self.points.append(columns.handles, columns.times, columns.values, TELNET):
                refused(TOO_OLD)

    def store_some(self, reading: Reading) -> Outcome:
        """Store one group of points; for a large body, between whose groups others have their turns."""
        reasons: dict[int, Reason] = {}
        if reading.columns is not None:
            refused = self.points.append(*reading.columns[:3])
            if refused:
                positions = reading.positions()
                reasons = {positions[at]: TOO_OLD for at in refused}
        if not reading.odd:
            return Outcome(reading.count, reading.refused(reasons) if reasons else ())
        return Outcome(reading.count, reading.refused(reasons | self._store_odd(list(reading.odd.items()))))

    def _store_odd(self, odd: Sequence[tuple[int, PutPoint[DataPoint]]]) -> dict[int, Reason]:
        self.points.counts.refuse(PUT, [put.error for _, put in odd if put.point is None])
        good = [(at, put.point) for at, put in odd if put.point is not None]
        refused = self.points.store([point for _, point in good])
        return {good[index][0]: reason for index, reason in refused.items()}

    def _resolve(self, metric: str | bytes, tags: bytes) -> int:
        """A series that exists. A new one is odd: it is made when all of its first point is known to be right."""
        series = read_series(metric, tags, self.rules)
        handle = None if series is None else self.points.known_handle(series)
        return REFUSED if handle is None else handle


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """What became of groups of points, as of one."""
    if len(outcomes) == 1:
        return outcomes[0]
    return Outcome(sum(one.count for one in outcomes), [point for one in outcomes for point in one.failed])
