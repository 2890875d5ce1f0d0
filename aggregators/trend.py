"""follow_trend: a fill that predicts, the worked example of a gap rule of one's own.

A series that reports late leaves the newest slots empty. Interpolation needs a value behind the gap; a prediction does
not: the line through the last two known values goes on.
"""

import numpy as np
from numpy.typing import NDArray

from aggregators.updaters import Column, Times, UpdaterChoice


def follow_trend(times: Times, column: Column) -> Column:
    """Continue the line through the two known values before a gap; nothing where there are not two."""
    missing = np.isnan(column)
    if not missing.any():
        return column
    last = _latest_known(missing)
    before_last = _latest_known_before(last)
    gaps = np.nonzero(missing & (before_last >= 0))
    right, left = last[gaps], before_last[gaps]
    value, earlier = column[(*gaps[:-1], right)], column[(*gaps[:-1], left)]
    filled = column.copy()
    filled[gaps] = value + (times[gaps[-1]] - times[right]) * (value - earlier) / (times[right] - times[left])
    return filled


def _latest_known(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For every slot the nearest one at or before it that has a value, −1 if there is none."""
    return np.maximum.accumulate(np.where(missing, -1, np.arange(missing.shape[-1])), axis=-1)


def _latest_known_before(last: NDArray[np.int64]) -> NDArray[np.int64]:
    """For every slot the known one before its latest known one, −1 if there is none."""
    previous = np.full(last.shape, -1)
    previous[..., 1:] = last[..., :-1]
    return np.where(last >= 0, np.take_along_axis(previous, np.maximum(last, 0), axis=-1), -1)


TREND = UpdaterChoice("trend", none=follow_trend)
