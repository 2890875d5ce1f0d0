"""`exp=scale(sum:cpu{host=*},10)` → Call: `GET /api/query/gexp`.

call     := FUNCTION "(" argument ("," argument)* ")"
argument := call | series | literal
series   := what an m parameter holds; what stands in braces or brackets belongs to it
literal  := anything else without a blank
"""

import re
from collections.abc import Mapping, Sequence

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.expression import Call
from tsdbserver.model.query import Query, SubQuery
from tsdbserver.wire.query.uri_query import check_start, parse_m, query_of

MAX_DEPTH = 32
"""How deep functions may be nested."""
MAX_SERIES = 100
"""How many sub queries all expressions of a request may have."""

_WORD = re.compile(r"(?:[^(){}\[\],]|\{[^{}]*\}|\[[^\]]*\])*")
"""Up to the next parenthesis or comma that stands in no braces or brackets."""


def parse_query(
    parameters: Mapping[str, Sequence[str]], now: int, profile: Profile = FAITHFUL
) -> tuple[Query, tuple[Call, ...]]:
    """The expressions of a GET request's parameters, asked at `now` (ms), and the query of the series in them.

    BadQuery says what is wrong.
    """
    check_start(parameters)
    subs: list[SubQuery] = []
    calls = tuple(parse_call(text, subs) for text in parameters.get("exp", ()))
    if not subs:
        raise BadQuery("Missing sub queries")
    _check_distinct(subs)
    return query_of(parameters, subs, now, profile), calls


def parse_call(text: str, subs: list[SubQuery]) -> Call:
    """The expression that `text` holds; its series are appended to `subs`. BadQuery if it is none."""
    return _Reader(text, subs).expression()


def _check_distinct(subs: Sequence[SubQuery]) -> None:
    """OpenTSDB evaluates equal sub queries once and then misses the second one: its answer is repeated here."""
    distinct = len(set(subs))
    if distinct < len(subs):
        raise BadQuery(
            f"Index {distinct} out of bounds for length {distinct}",
            "the same series stand twice in the expressions of this request",
        )


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, subs: list[SubQuery]) -> None:
        self._text = text
        self._at = 0
        self._subs = subs

    def expression(self) -> Call:
        call = self._argument(0)
        if isinstance(call, str):
            raise self._failed("an expression is a function and its arguments in parentheses")
        if self._at < len(self._text):
            raise self._failed(f"'{self._text[self._at :]}' follows its end")
        return call

    def _argument(self, depth: int) -> Call | str:
        """A call, or the text of a series or literal."""
        word = self._word()
        if not self._next_is("("):
            return word
        if depth == MAX_DEPTH:
            raise self._failed(f"functions are nested more than {MAX_DEPTH} deep")
        if not word:
            raise self._failed("a parenthesis stands where a function should be named")
        return self._call(word, depth + 1)

    def _call(self, function: str, depth: int) -> Call:
        operands: list[Call | int] = []
        literals: list[str] = []
        while not self._next_is(")"):
            self._at += 1  # a parenthesis before the first argument, a comma before the others
            argument = self._argument(depth)
            if isinstance(argument, Call):
                operands.append(argument)
            elif ":" in argument:
                operands.append(self._series(argument))
            else:
                literals.append(self._literal(argument))
            if not (self._next_is(",") or self._next_is(")")):
                raise self._failed(f"the arguments of '{function}' do not end")
        self._at += 1
        self._word_must_be_empty()
        return Call(function, tuple(operands), tuple(literals))

    def _series(self, text: str) -> int:
        if text.endswith("{}"):
            raise self._failed(f"the braces of '{text}' are empty")
        if len(self._subs) == MAX_SERIES:
            raise self._failed(f"it has more than {MAX_SERIES} series")
        try:
            self._subs.append(parse_m(text))
        except BadQuery as error:
            raise self._failed(error.message) from None
        return len(self._subs) - 1

    def _literal(self, text: str) -> str:
        if not text:
            raise self._failed("an argument is empty")
        if re.search(r"\s", text):
            raise self._failed(f"'{text}' has a blank")
        return text

    def _word(self) -> str:
        start = self._at
        match = _WORD.match(self._text, start)
        self._at = match.end() if match else start
        return self._text[start : self._at].strip()

    def _word_must_be_empty(self) -> None:
        if word := self._word():
            raise self._failed(f"'{word}' follows a closing parenthesis")

    def _next_is(self, character: str) -> bool:
        return self._text.startswith(character, self._at)

    def _failed(self, reason: str) -> BadQuery:
        return BadQuery(f"Failed to parse {self._text}", reason)
