"""`movingAverage(series,N)` and `movingAverage(series,'5min')`."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import UNIT_MS
from tsdbserver.query.expressions.arithmetic import Values
from tsdbserver.query.expressions.quoted_time import milliseconds
from tsdbserver.query.expressions.series import Results, Scope, Times, joined

_UNITS = {
    unit: UNIT_MS[unit[0]] for unit in ("s", "sec", "m", "min", "h", "hr", "hour", "d", "day")
}  # fmt: skip


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
    mean = _of_points if points else _of_time
    start = scope.span.start
    return [replace(result, values=mean(result.times, result.values, size, start)) for result in joined(operands)]


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


def _of_points(times: Times, values: Values, size: int, start: int) -> Values:
    seen = np.where(times < start, np.nan, values)
    ends = np.cumsum(~np.isnan(seen))
    return _means(seen, ends - size, ends)


def _of_time(times: Times, values: Values, size: int, start: int) -> Values:
    seen = np.where(times < start, np.nan, values)
    before = np.append(0, np.cumsum(~np.isnan(seen)))
    starts = before[np.searchsorted(times, times - size, side="right")]
    first = times[times >= start][:1]
    complete = times - first >= size if len(first) else np.zeros(len(times), np.bool_)
    return _means(seen, np.where(complete, starts, -1), before[1:])


def _means(values: Values, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Values:
    """The means of the runs `starts[i]:ends[i]` of the values that are not NaN; 0 for a start below 0 or no value."""
    some = (starts >= 0) & (starts < ends)
    means = np.zeros(len(values))
    means[some] = _sums(values[~np.isnan(values)], starts[some], ends[some]) / (ends - starts)[some]
    return means


def _sums(values: Values, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Values:
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
