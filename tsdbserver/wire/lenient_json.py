"""JSON as OpenTSDB's library reads it: tolerant of what follows the value, and of some words for infinity."""

import json
import re
from typing import Any, Never

from tsdbserver.errors import BadRequest
from tsdbserver.java.numbers import MAX_LONG, MIN_LONG
from tsdbserver.wire.decoding import decoded

_SIGNED_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*+"?|[+-]INF|\+Infinity', re.DOTALL)
"""Strings, to be passed over, and the words that Python's reader does not know."""
_LONG = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)


class NumberText(str):
    """A number, or a word for one, as it was written."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=NumberText)


def unparsable(reason: str) -> BadRequest:
    """What is answered to a body that cannot be read; the reason goes into the details."""
    return BadRequest("Unable to parse the given JSON", reason)


def read_json(body: bytes) -> Any:
    """The value at the beginning of `body`, numbers as `NumberText`; BadRequest if there is none."""
    text = body.decode(errors="replace").lstrip()
    if "INF" in text or "+Infinity" in text:
        text = _SIGNED_INFINITY.sub(_quoted, text)
    return decoded(lambda _: _DECODER.raw_decode(text)[0], body, unparsable)


def _quoted(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else f'"{match[0]}"'


def as_text(name: str, value: object) -> str | None:
    """A text, or the text of a number or a boolean; BadRequest for an object or an array."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _mismatch(name, value)


def as_long(name: str, value: object) -> int:
    """An integer of 64 bits: a number cut off at its point, or a text of digits; 0 for what is absent or empty."""
    if value is None:
        return 0
    if isinstance(value, NumberText):
        return _cut_off(name, value)
    if not isinstance(value, str):
        return _mismatch(name, value)
    text = value.strip()
    return _in_range(name, text) if text else 0


def as_texts(name: str, value: object) -> dict[str, str | None] | None:
    """An object of texts; BadRequest for anything else."""
    if value is None:
        return None
    if not isinstance(value, dict):
        return _mismatch(name, value)
    return {key: as_text(key, text) for key, text in value.items()}


def _cut_off(name: str, number: NumberText) -> int:
    if _LONG.fullmatch(number):
        return _in_range(name, number)
    value = float(number)
    if not MIN_LONG <= value < MAX_LONG:  # NaN is neither
        raise unparsable(f"{name}: {number} is no integer of 64 bits")
    return int(value)


def _in_range(name: str, text: str) -> int:
    if not _LONG.fullmatch(text) or not MIN_LONG <= int(text) <= MAX_LONG:
        raise unparsable(f"{name}: '{text}' is no integer of 64 bits")
    return int(text)


def _mismatch(name: str, value: object) -> Never:
    kinds = {bool: "a boolean", dict: "an object", list: "an array"}
    raise unparsable(f"{name}: {kinds.get(type(value), 'a text')} was not expected")
