"""`shift(series,'1day')`: what was then, drawn as if it were now."""

from collections.abc import Sequence

from tsdbserver.errors import BadQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import UNIT_MS
from tsdbserver.query.expressions.gexp.time_argument import milliseconds
from tsdbserver.query.expressions.series import Results, Scope, shifted

_UNITS = {
    "sec": UNIT_MS["s"],
    "min": UNIT_MS["m"],
    "hr": UNIT_MS["h"],
    "day": UNIT_MS["d"],
    "days": UNIT_MS["d"],
    "week": UNIT_MS["w"],
    "weeks": UNIT_MS["w"],
}


def shift(operands: Sequence[Results], literals: Sequence[str], _scope: Scope) -> list[ResultSeries]:
    """Every point later by a duration. BadQuery without one."""
    return shifted(operands[0], distance(literals))


def distance(literals: Sequence[str]) -> int:
    """By how many ms points move, and so how much earlier they must be read."""
    if not literals:
        raise BadQuery("Need amount of timeshift to perform timeshift")
    text = literals[0]
    if not (text.startswith("'") and text.endswith("'")):
        raise BadQuery("Invalid timeshift parameter: eg '10min'", f"{text} is not in quotes")
    later = milliseconds(text, _UNITS, "timeshift parameter", lambda unit: f"unknown time unit={unit}")
    if later == 0:
        raise BadQuery("timeshift <= 0")
    return later
