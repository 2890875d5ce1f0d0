"""Expressions over series, as they were asked: gexp's trees of functions."""

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `operands`, which are lists of series, and of `literals`: `scale(sum:cpu,10)`.

    An operand is another call, or the place of a sub query in its Query.
    """

    function: str
    operands: tuple[Union["Call", int], ...]
    literals: tuple[str, ...] = ()
