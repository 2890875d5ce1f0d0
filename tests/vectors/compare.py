"""Whether an answer is what a vector expects: only what the vector names is looked at.

Doubles agree within 1e-9 of the expected value (or `tol`, absolute). Where OpenTSDB computed with integers, and so
dropped what comes after the point, less than one may lie between it and ours: decision 6.
"""

import math
from itertools import pairwise

SPELLED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How vectors write the numbers that JSON lacks."""


def agrees(expected, got, integers=False):
    """Compare an `expect` object with what an adapter returned; `integers` if OpenTSDB computed with such."""
    number = _numbers(expected.get("tol", 0.0), expected.get("int", integers))
    return all(_PARTS.get(name, _plain)(value, got.get(name), got, number) for name, value in expected.items())


def _plain(expected, got, _answer, number):
    return _same(expected, got, number)


def _same(expected, got, number):
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(_same(expected[key], got[key], number) for key in expected)
    if isinstance(expected, list) and isinstance(got, list | tuple):
        return len(expected) == len(got) and all(_same(e, g, number) for e, g in zip(expected, got, strict=True))
    expected, got = (SPELLED.get(x, x) if isinstance(x, str) else x for x in (expected, got))
    if _is_number(expected) and _is_number(got):
        return number(expected, got)
    return expected == got


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(tolerance, integers):
    def same(expected, got):
        if math.isnan(expected) or math.isnan(got):
            return math.isnan(expected) and math.isnan(got)
        close = math.isclose(expected, got, rel_tol=1e-9, abs_tol=tolerance)
        return close or (integers and abs(expected - got) < 1)

    return same


def _results(expected, got, _answer, _number):
    """Results of a query, in any order."""
    left = list(got)
    for wanted in expected:
        found = next((result for result in left if agrees(wanted, result)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _samples(expected, _got, answer, number):
    points = dict(answer["points"])
    return all(time in points and _same(value, points[time], number) for time, value in expected)


def _count(expected, got, answer, _number):
    return expected == (len(answer["points"]) if "points" in answer else got)


def _step(expected, _got, answer, _number):
    times = [time for time, _ in answer["points"]]
    return {later - earlier for earlier, later in pairwise(times)} == {expected}


def _always(_expected, _got, _answer, _number):
    return True


def _prefix(expected, got, _answer, _number):
    return got.startswith(expected)


def _contains(expected, got, _answer, _number):
    return expected in got


def _beginnings(expected, got, _answer, _number):
    return len(expected) == len(got) and all(text.startswith(begin) for begin, text in zip(expected, got, strict=True))


def _absent(expected, got, _answer, _number):
    return expected not in got


def _subset(expected, got, _answer, number):
    if isinstance(expected, list):
        return _same(expected, got, number)
    return all(name in got and _same(value, got[name], number) for name, value in expected.items())


_PARTS = {
    "absent_header": _absent,
    "body_contains": _contains,
    "errors": _beginnings,
    "header": _subset,
    "json": _subset,
    "reply_prefix": _prefix,
    "results": _results,
    "samples": _samples,
    "count": _count,
    "step": _step,
    "int": _always,
    "tol": _always,
}
"""What is more than a value to compare."""
