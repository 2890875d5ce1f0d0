"""The operators of expressions on columns of values: true is 1, and a division by zero is 0."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.formula import Constant, Formula, Name, Operator

Values = NDArray[np.float64]
Operation = Callable[[Values, Values], Values]


def evaluate(formula: Formula, values: Mapping[str, Values]) -> Values:
    """What the formula makes of the values of its names, which are all of one shape."""
    stack: list[Values] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for step in formula.steps:
            match step:
                case Constant(value):
                    stack.append(np.asarray(value))
                case Name(name):
                    stack.append(values[name])
                case operator:
                    count, operation = OPERATIONS[operator]
                    operands = stack[-count:]
                    del stack[-count:]
                    stack.append(operation(*operands))
    return stack.pop()


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


def _is_true(values: Values) -> NDArray[np.bool_]:
    """Whatever is not 0, but for NaN."""
    true: NDArray[np.bool_] = (values != 0) & ~np.isnan(values)
    return true


def _choose(test: Values, then: Values, other: Values) -> Values:
    return np.where(_is_true(test), then, other)


def _as_number(test: Callable[..., NDArray[np.bool_]]) -> Callable[..., Values]:
    return lambda *operands: np.asarray(test(*operands), np.float64)


OPERATIONS: dict[Operator, tuple[int, Callable[..., Values]]] = {
    Operator.OR: (2, _as_number(lambda left, right: _is_true(left) | _is_true(right))),
    Operator.AND: (2, _as_number(lambda left, right: _is_true(left) & _is_true(right))),
    Operator.EQUAL: (2, _as_number(np.equal)),
    Operator.UNEQUAL: (2, _as_number(np.not_equal)),
    Operator.LESS: (2, _as_number(np.less)),
    Operator.AT_MOST: (2, _as_number(np.less_equal)),
    Operator.MORE: (2, _as_number(np.greater)),
    Operator.AT_LEAST: (2, _as_number(np.greater_equal)),
    Operator.ADD: (2, np.add),
    Operator.SUBTRACT: (2, np.subtract),
    Operator.MULTIPLY: (2, np.multiply),
    Operator.DIVIDE: (2, divide),
    Operator.REMAINDER: (2, remainder),
    Operator.NEGATE: (1, np.negative),
    Operator.NOT: (1, _as_number(lambda value: ~_is_true(value))),
    Operator.CHOOSE: (3, _choose),
}
"""How many operands an operator takes, and what it does with them."""
