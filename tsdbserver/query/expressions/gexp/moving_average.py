"""`movingAverage(series,N)` and `movingAverage(series,'5min')`."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import UNIT_MS
from tsdbserver.query.expressions.arithmetic import Values
from tsdbserver.query.expressions.gexp.time_argument import milliseconds
from tsdbserver.query.expressions.series import Results, Scope, Times, joined

_UNITS = {
    unit: UNIT_MS[unit[0]] for unit in ("s", "sec", "m", "min", "h", "hr", "hour", "d", "day")
}  # fmt: skip

_CELLS = 1 << 18
"""So many values are averaged at once: what is needed beside them takes some 20 MB."""

Counts = NDArray[np.intp]
"""[result, time]: how many values of a result are known up to a time."""

Windows = Callable[[Times, Counts, int, int], Counts]
"""Times, the counts at which windows end, their size and the start of the span → the counts at which they start; below
0 for a window that is not full yet.
"""


def moving_average(operands: Sequence[Results], literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
    """At each point the mean of the last N points, or of those of the last while; 0 until there are as many.

    The point that is exactly the while back does not belong to it, and neither does NaN. What lies before the span
    takes no part.
    """
    text = literals[0] if literals else ""
    if not text:
        raise BadQuery("Missing moving average window size")
    points = re.fullmatch(r"[0-9]+", text) is not None
    size = _points(text) if points else _while(text)
    if size == 0:
        raise BadQuery("Moving average window must be an integer greater than zero")
    windows = _of_points if points else _of_time
    return [
        replace(result, values=values)
        for alike in _alike(joined(operands))
        for result, values in zip(alike, _averaged(alike, windows, size, scope.span.start), strict=True)
    ]


def _alike(results: Results) -> Iterator[Results]:
    """Results that follow each other and share a column of times, not too many at once."""
    for _, group in groupby(results, lambda result: id(result.times)):
        alike = list(group)
        most = max(_CELLS // max(len(alike[0].times), 1), 1)
        for first in range(0, len(alike), most):
            yield alike[first : first + most]


def _averaged(alike: Results, windows: Windows, size: int, start: int) -> Values:
    """The moving averages of results with one column of times, a row each."""
    times = alike[0].times
    values = np.stack([result.values for result in alike])
    known = ~np.isnan(values) & (times >= start)
    ends = np.cumsum(known, axis=1, dtype=np.intp)
    starts = windows(times, ends, size, start)
    some = (starts >= 0) & (starts < ends)
    # All rows are one run of known values: a row's begin behind those of the rows before it.
    before = np.append(0, np.cumsum(ends[:, -1:]))[: len(alike), None]
    means = np.zeros(values.shape)
    means[some] = _sums(values[known], (starts + before)[some], (ends + before)[some]) / (ends - starts)[some]
    return means


def _points(text: str) -> int:
    if len(text) > 9:
        raise BadQuery("Invalid parameter, must be an integer", f"{text} is too large")
    return int(text)


def _while(text: str) -> int:
    if not (text.startswith("'") and text.endswith("'")):
        raise BadQuery(f"Unparseable window size: {text}")
    return milliseconds(
        text, _UNITS, "moving window parameter", lambda unit: f"Unknown time unit={unit} in window={text}"
    )


def _of_points(_times: Times, ends: Counts, size: int, _start: int) -> Counts:
    return ends - size


def _of_time(times: Times, ends: Counts, size: int, start: int) -> Counts:
    first = times[times >= start][:1]
    if not len(first):
        return np.full_like(ends, -1)
    before = np.hstack([np.zeros_like(ends[:, :1]), ends])
    starts = before[:, np.searchsorted(times, times - size, side="right")]
    return np.where(times - first >= size, starts, -1)


def _sums(values: Values, starts: Counts, ends: Counts) -> Values:
    """The sum of each run `starts[i]:ends[i]`, of pieces whose lengths are powers of two.

    Differences of one running total would lose small values behind a large one that has long left the window.
    """
    totals, at, left = np.zeros(len(starts)), starts.copy(), ends - starts
    width, pieces = 1, values  # pieces[i] is the sum of `width` values from i on
    with np.errstate(over="ignore", invalid="ignore"):
        while left.any():
            odd = (left & width) > 0
            totals[odd] += pieces[at[odd]]
            at[odd] += width
            left[odd] -= width
            pieces = pieces[:-width] + pieces[width:]
            width *= 2
    return totals
