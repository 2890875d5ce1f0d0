"""Updaters: what a gap in a downsampled series means to the group it belongs to.

A fill takes the times of the slots (int64, ascending, any unit) and a column of values with NaN for missing, whose
last axis runs along the slots and whose other axes hold as many series as you like. It returns a column of the same
shape, the given one if there is nothing to do, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.int64]
Column: TypeAlias = NDArray[np.float64]
FillFunction: TypeAlias = Callable[[Times, Column], Column]


class FillPolicy(Enum):
    """What a query wants for a slot without a value, by the word used in queries."""

    NONE = "none"
    NAN = "nan"
    NULL = "null"
    ZERO = "zero"


def skip_missing(times: Times, column: Column) -> Column:
    """Leave gaps alone: the series does not take part in the slot."""
    return column


def zero_missing(times: Times, column: Column) -> Column:
    """0 for every missing value."""
    missing = np.isnan(column)
    return np.where(missing, 0.0, column) if missing.any() else column


def interpolate_linear(times: Times, column: Column) -> Column:
    """A straight line, by time, between the neighbours of a gap; nothing before the first value and after the last."""
    missing = np.isnan(column)
    if not missing.any():
        return column
    previous, following = _previous(missing), _following(missing)
    gaps = np.nonzero(missing & (previous >= 0) & (following < column.shape[-1]))
    left, right = previous[gaps], following[gaps]
    start, end = column[(*gaps[:-1], left)], column[(*gaps[:-1], right)]
    filled = column.copy()
    filled[gaps] = start + (times[gaps[-1]] - times[left]) * (end - start) / (times[right] - times[left])
    return filled


def carry_previous(times: Times, column: Column) -> Column:
    """Repeat the last known value across a gap and after the last; nothing before the first."""
    missing = np.isnan(column)
    if not missing.any():
        return column
    # Before the first value this reads column 0, which is missing as well.
    return np.take_along_axis(column, np.maximum(_previous(missing), 0), axis=-1)


def constant(value: float) -> FillFunction:
    """`value` for every missing one."""

    def fill(times: Times, column: Column) -> Column:
        missing = np.isnan(column)
        return np.where(missing, value, column) if missing.any() else column

    return fill


def within_own_span(fill: FillFunction) -> FillFunction:
    """The same fill, between each series' own first and last value only."""

    def within(times: Times, column: Column) -> Column:
        missing = np.isnan(column)
        if not missing.any():
            return column
        inside = (_previous(missing) >= 0) & (_following(missing) < column.shape[-1])
        return np.where(inside, fill(times, column), np.nan)

    return within


@dataclass(frozen=True)
class UpdaterChoice:
    """The fill for each fill policy. Only with none is it the aggregator's own; the other policies say it all."""

    name: str
    none: FillFunction
    nan: FillFunction = skip_missing
    null: FillFunction = skip_missing
    zero: FillFunction = zero_missing

    def __getitem__(self, policy: FillPolicy) -> FillFunction:
        """The fill that applies under a policy."""
        return {
            FillPolicy.NONE: self.none,
            FillPolicy.NAN: self.nan,
            FillPolicy.NULL: self.null,
            FillPolicy.ZERO: self.zero,
        }[policy]


INTERPOLATE = UpdaterChoice("interpolate", none=interpolate_linear)
ZERO = UpdaterChoice("zero", none=within_own_span(zero_missing))
SKIP = UpdaterChoice("skip", none=skip_missing)
CARRY = UpdaterChoice("carry", none=within_own_span(carry_previous))
HIGHEST = UpdaterChoice("highest", none=within_own_span(constant(np.finfo(np.float64).max)))
LOWEST = UpdaterChoice("lowest", none=within_own_span(constant(np.finfo(np.float64).min)))

BUILT_IN = (INTERPOLATE, ZERO, SKIP, CARRY, HIGHEST, LOWEST)


def _previous(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For every slot, the nearest one at or before it that has a value; −1 if there is none."""
    known = np.where(missing, -1, np.arange(missing.shape[-1]))
    return np.maximum.accumulate(known, axis=-1)


def _following(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For every slot, the nearest one at or after it that has a value; the number of slots if there is none."""
    slots = missing.shape[-1]
    known = np.where(missing, slots, np.arange(slots))
    return np.minimum.accumulate(known[..., ::-1], axis=-1)[..., ::-1]
