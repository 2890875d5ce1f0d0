"""Formulas over names, as programs for a stack machine."""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """What takes its operands from the stack and leaves a result there, by the usual sign."""

    OR = "||"
    AND = "&&"
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    REMAINDER = "%"
    NEGATE = "negate"
    NOT = "!"
    CHOOSE = "?:"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """What has a value when the formula is evaluated."""

    name: str


Step = Operator | Constant | Name


@dataclass(frozen=True, slots=True)
class Formula:
    """`a + b * 2` as the steps a, b, 2, *, +: an operator follows its operands. The steps leave one value.

    Without recursion: a sum of a thousand terms is not a tree a thousand deep.
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names, each once, in the order in which they first stand in the text."""
        return tuple(dict.fromkeys(step.name for step in self.steps if isinstance(step, Name)))
