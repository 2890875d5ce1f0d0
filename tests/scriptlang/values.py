"""Lists of values: `1 2 _ 5`, `10+10x5`, `[12 15 99]`, `3/10`, `10s=1 25s=4`, `NaN`, `null`, `~3.33`, `100±0.5%`."""

import math
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from tests.scriptlang.script import Grid, Value

T = TypeVar("T")

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_PROGRESSION = re.compile(rf"({_NUMBER})([+-]\d+(?:\.\d+)?)x(\d+)")
_GAPS = re.compile(r"_x(\d+)")
_ITEM = re.compile(r"(?:\S+=)?\[[^\]]*\]|\S+")


def items(text: str) -> Iterator[str]:
    """The words of a list, brackets kept whole, `10+10x5` and `_x3` written out."""
    for word in _ITEM.findall(text):
        if match := _PROGRESSION.fullmatch(word):
            first, step, count = float(match[1]), float(match[2]), int(match[3])
            yield from (repr(first + step * i) for i in range(count + 1))
        elif match := _GAPS.fullmatch(word):
            yield from "_" * int(match[1])
        else:
            yield word


def number(text: str) -> float:
    """`1.5`, or a fraction: `355/12`. ValueError for anything else."""
    top, slash, bottom = text.partition("/")
    if not re.fullmatch(_NUMBER, top) or (slash and not re.fullmatch(r"[1-9]\d*", bottom)):
        raise ValueError("no number")
    return float(top) / int(bottom) if slash else float(top)


def samples(text: str) -> tuple[float, ...]:
    """`[12 15 99]`. ValueError for anything else, and for no samples at all."""
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError("no list of samples, such as [12 15 99]")
    found = tuple(number(word) for word in items(text[1:-1]))
    if not found:
        raise ValueError("an interval without samples is written _")
    return found


def share(text: str) -> tuple[float, ...]:
    """`3/10`: of ten samples three were not zero. ValueError for anything else."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None:
        raise ValueError("no rate, such as 3/10")
    return float(match[1]), float(match[2])


def expected(text: str) -> Value:
    """A value of an answer, with its tolerance. ValueError for anything else."""
    if text in ("NaN", "null"):
        return Value(math.nan if text == "NaN" else None)
    if text.startswith("~"):
        decimals = len(text.partition(".")[2])
        return Value(number(text[1:]), 0.5 * 10.0**-decimals)
    middle, _, margin = text.partition("±")
    value = number(middle)
    if margin.endswith("%"):
        return Value(value, abs(value) * number(margin[:-1]) / 100)
    return Value(value, number(margin) if margin else abs(value) * 1e-9)


def at_times(text: str, read: Callable[[str], T], time: Callable[[str], int], grid: Grid) -> Iterator[tuple[int, T]]:
    """(ms, value) of each item of a list: by its own stamp, else by its place in the grid. `_` is no value."""
    for place, item in enumerate(items(text)):
        stamp, equals, word = item.rpartition("=")
        if word == "_":
            continue
        try:
            yield time(stamp) if equals else grid.time(place), read(word)
        except ValueError as reason:
            raise ValueError(f"'{item}': {reason}") from None
