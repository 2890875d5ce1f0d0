"""The operators of expressions on columns of values: true is 1, and a division by zero is 0."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Operation = Callable[[Values, Values], Values]


def divide(left: Values, right: Values) -> Values:
    """The quotient; 0 where the divisor is 0."""
    return _unless_zero(np.divide, left, right)


def remainder(left: Values, right: Values) -> Values:
    """What is left over of a division, with the sign of the dividend; 0 where the divisor is 0."""
    return _unless_zero(np.fmod, left, right)


def _unless_zero(operation: np.ufunc, left: Values, right: Values) -> Values:
    left, right = np.broadcast_arrays(left, right)
    results: Values = operation(left, right, out=np.zeros(right.shape), where=right != 0)
    return results
