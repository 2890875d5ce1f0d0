"""Rates: the change per second between a series' neighbouring points, as OpenTSDB's source has it.

Rates are per series, after downsampling and before aggregation. A rate stands at the later of its two points, so that
the first point of a series has none.
"""

import numpy as np
from numpy.typing import NDArray

from aggregators import FillFunction
from aggregators.updaters import carry_previous, within_own_span
from tsdbserver.model.query import Rate

Matrix = NDArray[np.float64]

hold: FillFunction = within_own_span(carry_previous)
"""Between two points a rate stays what it was: it is held, never interpolated, whatever aggregates it."""


def rates(times: NDArray[np.int64], column: Matrix, options: Rate, across_gaps: bool) -> Matrix:
    """[…, slot] values at `times` (ms) → rates per second; NaN where there is none.

    A gap (NaN) is passed over where `across_gaps`: the rate is then that between the points around it. Otherwise it
    leaves the slot behind it without a rate as well.

    A counter that falls has passed its maximum, and its rate is (maximum − before + after) / seconds; unless resets are
    dropped, which leaves that slot without a rate, or the rate is above the reset value, which makes it 0.
    """
    before = _previous(column) if across_gaps else np.arange(-1, column.shape[-1] - 1) + np.zeros_like(column, np.intp)
    first = before < 0
    before = np.maximum(before, 0)
    earlier = np.take_along_axis(column, before, axis=-1)
    seconds = (times - times[before]) / 1000
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (column - earlier) / seconds
        if options.counter:
            rate = _unrolled(rate, column, earlier, seconds, options)
    return np.where(first, np.nan, rate)


def _unrolled(rate: Matrix, column: Matrix, earlier: Matrix, seconds: Matrix, options: Rate) -> Matrix:
    fell = column < earlier
    if options.drop_resets:
        return np.where(fell, np.nan, rate)
    rolled = (options.counter_max - earlier + column) / seconds
    if options.reset_value > 0:
        rolled = np.where(rolled > options.reset_value, 0.0, rolled)
    return np.where(fell, rolled, rate)


def _previous(column: Matrix) -> NDArray[np.intp]:
    """For each slot the nearest one before it that has a value, −1 if there is none."""
    slots = np.where(np.isnan(column), -1, np.arange(column.shape[-1]))
    known = np.maximum.accumulate(slots, axis=-1)
    previous = np.full(column.shape, -1, np.intp)
    previous[..., 1:] = known[..., :-1]
    return previous
