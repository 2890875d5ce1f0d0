"""The arithmetic of exp: what it makes, against Python's own, a value at a time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.model.formula import Operator
from tsdbserver.query.expressions.arithmetic import OPERATIONS, evaluate
from tsdbserver.wire.expressions.formula import parse_formula


def true(value):
    return value != 0 and not math.isnan(value)


PLAIN = {
    "||": lambda a, b: float(true(a) or true(b)),
    "&&": lambda a, b: float(true(a) and true(b)),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b != 0 else 0.0,
    "%": lambda a, b: math.fmod(a, b) if b != 0 else 0.0,
}
LEVELS = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]]
LEVEL = {sign: level for level, signs in enumerate(LEVELS) for sign in signs}
NAMES = "abc"

LEAVES = st.sampled_from(NAMES) | st.integers(0, 9)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(st.sampled_from(list(PLAIN)), inner, inner)
        | st.tuples(st.sampled_from("-!"), inner)
        | st.tuples(st.just("?"), inner, inner, inner)
    ),
    max_leaves=12,
)


def level(tree):
    """How strongly a tree's sign binds: a leaf the strongest, a choice the weakest."""
    match tree:
        case ("?", _, _, _):
            return -1
        case (sign, _, _):
            return LEVEL[sign]
        case (_, _):
            return len(LEVELS)
        case _:
            return len(LEVELS) + 1


def written(tree, weakest=-1):
    """The text of a tree, with parentheses only where they are needed."""
    match tree:
        case ("?", test, then, other):
            text = f"{written(test, 0)} ? {written(then)} : {written(other)}"
        case (sign, left, right):
            text = f"{written(left, LEVEL[sign])} {sign} {written(right, LEVEL[sign] + 1)}"
        case (sign, operand):
            text = f"{sign}{written(operand, len(LEVELS))}"
        case leaf:
            text = str(leaf)
    return text if level(tree) >= weakest else f"({text})"


def valued(tree, values):
    """What a tree is worth by Python's own arithmetic."""
    match tree:
        case ("?", test, then, other):
            return valued(then if true(valued(test, values)) else other, values)
        case ("-", operand):
            return -valued(operand, values)
        case ("!", operand):
            return float(not true(valued(operand, values)))
        case (sign, left, right):
            return PLAIN[sign](valued(left, values), valued(right, values))
        case str(name):
            return values[name]
        case number:
            return float(number)


VALUES = st.sampled_from([0.0, 1.0, -2.0, 2.5, 7.0, math.nan])


@given(TREES, st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=5))
def test_formulas_are_python_s_arithmetic_but_for_divisions_by_zero(tree, rows):
    columns = {name: np.array([column]) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}
    got = np.broadcast_to(evaluate(parse_formula(written(tree)), columns), (1, len(rows)))

    expected = [valued(tree, dict(zip(NAMES, row, strict=True))) for row in rows]
    assert got[0].tolist() == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_every_operator_has_its_operation():
    assert set(OPERATIONS) == set(Operator)
