"""`a + b * 2` → Formula: the arithmetic of JEXL, which `/api/query/exp` writes its expressions in.

formula := or [ "?" formula ":" formula ]
or … *  := the operators of the table below, from the weakest to the strongest, from left to right
operand := NUMBER | NAME | true | false | "(" formula ")" | ("-" | "+" | "!" | not) operand
"""

import math
import re
from collections.abc import Iterator

from tsdbserver.errors import BadQuery
from tsdbserver.model.formula import Constant, Formula, Name, Operator, Step

MAX_LENGTH = 4096
"""How many characters a formula may have."""
MAX_DEPTH = 32
"""How deep parentheses, signs and choices may be nested."""

_BINARY = {
    "||": (1, Operator.OR),
    "or": (1, Operator.OR),
    "&&": (2, Operator.AND),
    "and": (2, Operator.AND),
    "==": (3, Operator.EQUAL),
    "eq": (3, Operator.EQUAL),
    "!=": (3, Operator.UNEQUAL),
    "ne": (3, Operator.UNEQUAL),
    "<": (4, Operator.LESS),
    "lt": (4, Operator.LESS),
    "<=": (4, Operator.AT_MOST),
    "le": (4, Operator.AT_MOST),
    ">": (4, Operator.MORE),
    "gt": (4, Operator.MORE),
    ">=": (4, Operator.AT_LEAST),
    "ge": (4, Operator.AT_LEAST),
    "+": (5, Operator.ADD),
    "-": (5, Operator.SUBTRACT),
    "*": (6, Operator.MULTIPLY),
    "/": (6, Operator.DIVIDE),
    "div": (6, Operator.DIVIDE),
    "%": (6, Operator.REMAINDER),
    "mod": (6, Operator.REMAINDER),
}
"""How strongly an operator binds, and what it does."""

_UNARY = {"-": (Operator.NEGATE,), "+": (), "!": (Operator.NOT,), "not": (Operator.NOT,)}
_WORDS = {"true": 1.0, "false": 0.0}
_RESERVED = frozenset(word for word in (*_BINARY, *_UNARY) if word.isalpha())

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[-+*/%()!<>?:])"
    r"|(?P<stranger>\S))"
)


def parse_formula(text: str) -> Formula:
    """The formula that a text holds; BadQuery says where it is none."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(f"Expression of {len(text)} characters: no more than {MAX_LENGTH} are allowed")
    return Formula(text, tuple(_Reader(text).formula()))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self._steps: list[Step] = []
        self._advance()

    def formula(self) -> list[Step]:
        self._formula(0)
        if self._next:
            raise self._unexpected()
        return self._steps

    def _advance(self) -> None:
        match = next(self._tokens, None)
        self._kind = match.lastgroup if match else None
        self._next = match[match.lastgroup] if match and match.lastgroup else ""

    def _formula(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._failed(f"it is nested more than {MAX_DEPTH} deep")
        self._chain(1, depth)
        if self._next == "?":
            self._advance()
            self._formula(depth + 1)
            self._expect(":")
            self._formula(depth + 1)
            self._steps.append(Operator.CHOOSE)

    def _chain(self, weakest: int, depth: int) -> None:
        """Operands with operators between them that bind at least as strongly as `weakest`."""
        self._operand(depth)
        while (found := _BINARY.get(self._next)) and found[0] >= weakest:
            self._advance()
            self._chain(found[0] + 1, depth)
            self._steps.append(found[1])

    def _operand(self, depth: int) -> None:
        if self._next in _UNARY:
            self._signed(depth)
        elif self._next == "(":
            self._advance()
            self._formula(depth + 1)
            self._expect(")")
        else:
            self._steps.append(self._value())
            self._advance()

    def _signed(self, depth: int) -> None:
        if depth == MAX_DEPTH:
            raise self._failed(f"it is nested more than {MAX_DEPTH} deep")
        sign = _UNARY[self._next]
        self._advance()
        self._operand(depth + 1)
        self._steps.extend(sign)

    def _value(self) -> Constant | Name:
        if self._kind == "number":
            return Constant(self._number())
        if self._kind != "name" or self._next in _RESERVED:
            raise self._unexpected()
        return Constant(_WORDS[self._next]) if self._next in _WORDS else Name(self._next)

    def _number(self) -> float:
        number = float(self._next)
        if math.isinf(number):
            raise self._failed(f"'{self._next}' is past the greatest number")
        return number

    def _expect(self, sign: str) -> None:
        if self._next != sign:
            found = f"'{self._next}' stands" if self._next else "it ends"
            raise self._failed(f"{found} where '{sign}' should be")
        self._advance()

    def _unexpected(self) -> BadQuery:
        return self._failed(f"'{self._next}' is not expected there" if self._next else "it ends too early")

    def _failed(self, reason: str) -> BadQuery:
        return BadQuery(f"Expression [{self._text}] cannot be parsed: {reason}")
