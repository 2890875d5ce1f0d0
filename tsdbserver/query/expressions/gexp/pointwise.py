"""`scale`, `absolute` and `firstDiff`: functions of each series by itself."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.expressions.series import Results, Scope, joined


def scale(operands: Sequence[Results], literals: Sequence[str], _scope: Scope) -> list[ResultSeries]:
    """Every value times a number. BadQuery without one."""
    if not literals:
        raise BadQuery("Missing scaling factor")
    factor = _factor(literals[0])
    with np.errstate(over="ignore"):  # past the greatest double is infinite, which rendering refuses
        return [replace(result, values=result.values * factor) for result in joined(operands)]


def absolute(operands: Sequence[Results], _literals: Sequence[str], _scope: Scope) -> list[ResultSeries]:
    """Every value without its sign."""
    return [replace(result, values=np.abs(result.values)) for result in joined(operands)]


def first_difference(operands: Sequence[Results], _literals: Sequence[str], _scope: Scope) -> list[ResultSeries]:
    """Every value less the one before it; 0 where there is none before it."""
    with np.errstate(over="ignore"):
        return [
            replace(result, values=np.diff(result.values, prepend=result.values[:1])) for result in joined(operands)
        ]


def _factor(text: str) -> float:
    if not re.fullmatch(r"[-0-9.]+", text):
        # The number that OpenTSDB names is the one that it begins with.
        raise BadQuery("Unparseable scale factor value: 0.0", f"'{text}' is not a number")
    try:
        return float(text)
    except ValueError:
        raise BadQuery("Invalid parameter, must be an integer or floating point", f"'{text}' is not a number") from None
