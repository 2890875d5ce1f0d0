"""`highestMax` and `highestCurrent`: the N series that stand highest."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.expressions.series import Results, Scope, Times, clipped, joined


def highest_max(operands: Sequence[Results], literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
    """The N series with the greatest maximum in the span, the greatest first, equal ones in their order."""
    return _highest(operands, literals, lambda results: [_maximum(one) for one in clipped(results, scope.span)])


def highest_current(operands: Sequence[Results], literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
    """The N series with the greatest value at the latest time in the span that any of them has, the greatest first,
    equal ones in their order.
    """
    return _highest(operands, literals, lambda results: _current(results, scope.span))


def _highest(
    operands: Sequence[Results], literals: Sequence[str], heights_of: Callable[[Results], Sequence[float]]
) -> list[ResultSeries]:
    """Heights sort the series; NaN, for a series without a height, sorts below all numbers."""
    most = _count(literals)
    results = joined(operands)
    order = np.argsort(-np.array(heights_of(results), np.float64), kind="stable")
    return [results[position] for position in order[:most]]


def _maximum(result: ResultSeries) -> float:
    known = result.values[~np.isnan(result.values)]
    return float(known.max()) if len(known) else math.nan


def _current(results: Results, span: TimeSpan) -> Sequence[float]:
    """The value of each series at the latest time in the span at which any has one.

    OpenTSDB reads all series at one time. The last points of each may lie far apart, and a series that has ended has no
    current value.
    """
    known = [_known_from(result, span.start) for result in results]
    latest = max((int(times[times <= span.end].max(initial=-1)) for times, _ in known), default=-1)
    return [_value_at(latest, times, values) for times, values in known]


def _value_at(time: int, times: Times, values: NDArray[np.float64]) -> float:
    """The value between the points before and after a time; NaN unless there are such."""
    return float(np.interp(time, times, values, left=math.nan, right=math.nan)) if len(times) else math.nan


def _known_from(result: ResultSeries, start: int) -> tuple[Times, NDArray[np.float64]]:
    """The points from `start` on that have a value, those after the span's end too: a value may lie between two."""
    known = (result.times >= start) & ~np.isnan(result.values)
    return result.times[known], result.values[known]


def _count(literals: Sequence[str]) -> int:
    if not literals:
        # The words are OpenTSDB's.
        raise BadQuery("Need aggregation window for moving average", "the number of series to return is missing")
    text = literals[0]
    if not re.fullmatch(r"[0-9]+", text):
        raise BadQuery(f"Unparseable top n value: {text}")
    if len(text) > 9:
        raise BadQuery("Invalid parameter, must be an integer", f"{text} is too large")
    if int(text) < 1:
        raise BadQuery(f"Top n value must be greater than zero: {int(text)}")
    return int(text)
