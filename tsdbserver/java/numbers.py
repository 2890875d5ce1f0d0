"""Numbers as text, as Java reads them for OpenTSDB: an integer of 64 bits, or a double.

A text without `.`, `e` and `E` is an integer or nothing: `0x10`, `NaN` and `1d` are refused, while `1.5d` is not.
"""

import math
import re
import struct

from tsdbserver.errors import BadPoint
from tsdbserver.model.refusal import VALUE

MAX_LONG = (1 << 63) - 1
MIN_LONG = -1 << 63

_LONG_DIGITS = 19
_STRANGER = re.compile(r"[^0-9]")
_DECIMAL = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?")
_HEXADECIMAL = re.compile(r"([+-]?0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?")
_TWO_POINTS = re.compile(r"[+-]?[0-9]*\.[0-9]*\.")
_BLANKS = "".join(map(chr, range(0x21)))
"""What Java's `trim` takes away."""


class NotANumber(BadPoint):
    """A text that is no number; the message is Java's."""

    def __init__(self, message: str, cause: str = VALUE) -> None:
        super().__init__(message, cause)


def looks_like_integer(text: str) -> bool:
    """Whether a text is to be read as an integer, and only so."""
    return not any(mark in text for mark in ".eE")


def parse_number(text: str) -> int | float:
    """The number that a value's text stands for, infinite where it is too large a double; NotANumber if none."""
    return parse_long(text) if looks_like_integer(text) else parse_double(text)


def parse_long(text: str) -> int:
    """An integer of at most 19 digits that fits 64 bits, with or without a sign; else NotANumber."""
    if not text:
        raise NotANumber("Empty string")
    digits = text[1:] if text[0] in "+-" else text
    if not digits:
        raise NotANumber(f"Just a sign, no value: {text}")
    if len(digits) > _LONG_DIGITS:
        raise NotANumber(f"Value too long: {text}")
    if stranger := _STRANGER.search(digits):
        raise NotANumber(f"Invalid character '{stranger[0]}' in {text}")
    number = -int(digits) if text[0] == "-" else int(digits)
    if not MIN_LONG <= number <= MAX_LONG:
        raise NotANumber(f"Overflow in {text}")
    return number


def parse_double(text: str) -> float:
    """A decimal or hexadecimal floating-point number, blanks around it and a suffix of f or d allowed; infinite if
    too large; else NotANumber.
    """
    trimmed = text.strip(_BLANKS)
    if match := _DECIMAL.fullmatch(trimmed):
        return float(match[1])
    if match := _HEXADECIMAL.fullmatch(trimmed):
        return _from_hexadecimal(match[1])
    raise NotANumber("multiple points" if _TWO_POINTS.match(trimmed) else f'For input string: "{trimmed}"')


def _from_hexadecimal(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return -math.inf if text.startswith("-") else math.inf


def java_infinity(number: float) -> str:
    """How Java prints what is infinite."""
    return "Infinity" if number > 0 else "-Infinity"


def stored_form(number: float, single: bool) -> str:
    """The bytes and the flags in which OpenTSDB stores a number, `[18]/0`: its messages show them. `single`: a
    floating-point number is stored in single precision where that loses nothing.
    """
    if isinstance(number, int):
        width = next(width for width in (1, 2, 4, 8) if -1 << 8 * width - 1 <= number < 1 << 8 * width - 1)
        stored, flags = number.to_bytes(width, "big", signed=True), width - 1
    elif single and _fits_single(number):
        stored, flags = struct.pack(">f", number), 0xB
    else:
        stored, flags = struct.pack(">d", number), 0xF
    return f"[{', '.join(str(byte - 256 if byte > 127 else byte) for byte in stored)}]/{flags}"


def _fits_single(number: float) -> bool:
    try:
        return bool(struct.unpack(">f", struct.pack(">f", number))[0] == number)
    except OverflowError:
        return False
