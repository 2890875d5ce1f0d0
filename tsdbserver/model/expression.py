"""Expressions over series, as they were asked, and what `/api/query/exp` answers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Union

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.formula import Formula
from tsdbserver.model.query import Query, SubQuery


@dataclass(frozen=True, slots=True)
class Call:
    """A function of gexp, of `operands`, which are lists of series, and of `literals`: `scale(sum:cpu,10)`.

    An operand is another call, or the place of a sub query in its Query.
    """

    function: str
    operands: tuple[Union["Call", int], ...]
    literals: tuple[str, ...] = ()


class FillKind(StrEnum):
    """The names of what stands for a missing value in a formula."""

    NONE = "none"
    NAN = "nan"
    NULL = "null"
    ZERO = "zero"
    SCALAR = "scalar"


@dataclass(frozen=True, slots=True)
class NumericFill:
    """What stands for a missing value in a formula: `value`, which may be NaN."""

    kind: FillKind
    value: float

    @classmethod
    def of(cls, policy: str | None, value: float = 0.0) -> "NumericFill":
        """The fill of a policy and a value, of which each may tell the other. BadQuery if they contradict."""
        if policy is None:
            return cls(_kind_of(value), value)
        try:
            kind = FillKind(policy.lower())
        except ValueError:
            raise BadQuery(f"Unrecognized fill policy: {policy}") from None
        if kind is FillKind.SCALAR:
            return cls(kind, value)
        if kind is FillKind.ZERO:
            if value != 0:
                raise BadQuery("The value for ZERO must be 0")
            return cls(kind, 0.0)
        if value != 0 and not math.isnan(value):
            raise BadQuery(f"The value for {kind.upper()} must be NaN")
        return cls(kind, math.nan)


def _kind_of(value: float) -> FillKind:
    if value == 0:
        return FillKind.ZERO
    return FillKind.NAN if math.isnan(value) else FillKind.SCALAR


@dataclass(frozen=True, slots=True)
class Join:
    """Which series of several operands meet: those of the same tags.

    With `intersection` only tags that all operands have. `query_tags` looks only at the tags that filters name,
    `aggregate_tags` also at the names of the tags that were aggregated.
    """

    intersection: bool = False
    query_tags: bool = False
    aggregate_tags: bool = True


@dataclass(frozen=True, slots=True)
class Metric:
    """Series that formulas call `id`: the answer to a sub query of `offset` ms before, moved to now."""

    id: str
    sub_query: SubQuery
    fill: NumericFill
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula over metrics and other expressions."""

    id: str
    formula: Formula
    join: Join
    fill: NumericFill


@dataclass(frozen=True, slots=True)
class Output:
    """A metric or an expression that is wanted."""

    id: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class ExpressionQuery:
    """Metrics and expressions by their ids, no expression made of itself. `query` holds the span and the zone."""

    query: Query
    metrics: Mapping[str, Metric]
    expressions: Mapping[str, Expression]
    outputs: Sequence[Output]


@dataclass(frozen=True, slots=True)
class Label:
    """The tags of a column, and the names of those that were aggregated."""

    tags: Mapping[str, str]
    aggregate_tags: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class OutputTable:
    """What an output is: `values[i, j]` is what column `i` has at `times[j]` (ms)."""

    output: Output
    metrics: Sequence[str]
    labels: Sequence[Label]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
