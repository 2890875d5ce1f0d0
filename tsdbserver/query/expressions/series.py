"""Lists of results, which is what expressions work on, and the times that they show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.query import Shown
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan

Results = Sequence[ResultSeries]


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
    """The results with those of their points that lie within the span.

    Results that share a column of times still do: rendering notices.
    """
    shown: list[ResultSeries] = []
    times: NDArray[np.int64] | None = None
    for result in results:
        if result.times is not times:
            times = result.times
            within = slice(*np.searchsorted(times, (span.start, span.end + 1)).tolist())
            kept = times[within]
        shown.append(replace(result, times=kept, values=result.values[within]))
    return shown


def joined(operands: Sequence[Results]) -> list[ResultSeries]:
    """The series of all operands, one after the other."""
    return [result for results in operands for result in results]
