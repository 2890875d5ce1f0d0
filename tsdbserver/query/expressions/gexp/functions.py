"""The functions of gexp: nothing but the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tsdbserver.query.expressions.arithmetic import divide
from tsdbserver.query.expressions.gexp.alias import alias
from tsdbserver.query.expressions.gexp.highest import highest_current, highest_max
from tsdbserver.query.expressions.gexp.moving_average import moving_average
from tsdbserver.query.expressions.gexp.operations import series_operation
from tsdbserver.query.expressions.gexp.pointwise import absolute, first_difference, scale
from tsdbserver.query.expressions.gexp.shift import distance, shift
from tsdbserver.query.expressions.series import SeriesFunction


@dataclass(frozen=True, slots=True)
class Function:
    """`run` makes series of series. `earlier` says by how many ms before the span its operands must be read."""

    run: SeriesFunction
    earlier: Callable[[Sequence[str]], int] = lambda _literals: 0


_SHIFT = Function(shift, earlier=distance)
_SUM = Function(series_operation(np.add))
_DIFFERENCE = Function(series_operation(np.subtract))
_PRODUCT = Function(series_operation(np.multiply))
_QUOTIENT = Function(series_operation(divide))

FUNCTIONS = {
    "absolute": Function(absolute),
    "alias": Function(alias),
    "diffSeries": _DIFFERENCE,
    "difference": _DIFFERENCE,
    "divide": _QUOTIENT,
    "divideSeries": _QUOTIENT,
    "firstDiff": Function(first_difference),
    "highestCurrent": Function(highest_current),
    "highestMax": Function(highest_max),
    "movingAverage": Function(moving_average),
    "multiply": _PRODUCT,
    "multiplySeries": _PRODUCT,
    "scale": Function(scale),
    "shift": _SHIFT,
    "sum": _SUM,
    "sumSeries": _SUM,
    "timeShift": _SHIFT,
}
