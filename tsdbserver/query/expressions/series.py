"""Lists of results, which is what expressions work on, and the times that they show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.query import Shown
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan

Results = Sequence[ResultSeries]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a function may know beside its arguments: the span asked for, how many cells it may lay out, and what the
    answer shows.
    """

    span: TimeSpan
    most_cells: int
    shown: Shown


SeriesFunction = Callable[[Sequence[Results], Sequence[str], Scope], list[ResultSeries]]
"""A function of gexp: its operands, its literals and the scope → series. BadQuery for arguments that it does not take.
"""


def clipped(results: Results, span: TimeSpan) -> list[ResultSeries]:
    """The results with those of their points that lie within the span."""

    def cut(times: Times) -> tuple[Times, slice]:
        within = slice(*np.searchsorted(times, (span.start, span.end + 1)).tolist())
        return times[within], within

    return _with_times(results, cut)


def shifted(results: Results, later: int) -> list[ResultSeries]:
    """The results with all their points later by so many ms."""
    return _with_times(results, lambda times: (times + later, slice(None)))


def _with_times(results: Results, change: Callable[[Times], tuple[Times, slice]]) -> list[ResultSeries]:
    """The results at other times, and which of their values stand there.

    Results that share a column of times still do: rendering notices.
    """
    changed: list[ResultSeries] = []
    column: Times | None = None
    for result in results:
        if result.times is not column:
            column = result.times
            times, kept = change(column)
        changed.append(replace(result, times=times, values=result.values[kept]))
    return changed


def joined(operands: Sequence[Results]) -> list[ResultSeries]:
    """The series of all operands, one after the other."""
    return [result for results in operands for result in results]
