"""`highestMax` and `highestCurrent`: the N series that stand highest."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.expressions.series import Results, Scope, clipped, joined


def highest_max(operands: Sequence[Results], literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
    """The N series with the greatest maximum, the greatest first, equal ones in their order."""
    return _highest(operands, literals, scope.span, lambda values: float(values.max()))


def highest_current(operands: Sequence[Results], literals: Sequence[str], scope: Scope) -> list[ResultSeries]:
    """The N series with the greatest latest value, the greatest first, equal ones in their order."""
    return _highest(operands, literals, scope.span, lambda values: float(values[-1]))


def _highest(
    operands: Sequence[Results],
    literals: Sequence[str],
    span: TimeSpan,
    height: Callable[[np.ndarray], float],
) -> list[ResultSeries]:
    most = _count(literals)
    results = joined(operands)
    heights = [_height(result.values, height) for result in clipped(results, span)]
    order = np.argsort(-np.array(heights), kind="stable")
    return [results[position] for position in order[:most]]


def _height(values: np.ndarray, height: Callable[[np.ndarray], float]) -> float:
    """A series without a value stands below all others."""
    known = values[~np.isnan(values)]
    return height(known) if len(known) else -np.inf


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
