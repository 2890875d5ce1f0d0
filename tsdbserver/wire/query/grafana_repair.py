"""What Grafana's data source sends and OpenTSDB refuses, read as it was meant. Pure text work: who calls it has
looked at the profile.

The data source puts a sub query together from boxes that may be empty: a function that nobody has chosen yet, a number
that is no number, a variable that nobody replaces.
"""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import msgspec

from tsdbserver.model.dialect import GRAFANA
from tsdbserver.model.query import COUNTER_MAX, Rate
from tsdbserver.model.time import UNIT_MS

_NO_FUNCTION = ("", "undefined")
"""What stands for a function that was not chosen, from Go and from a browser."""
_TOO_SHORT = re.compile(r"0+ms")
_PARTS_OF_UNIT = re.compile(r"([0-9]{0,12}\.[0-9]{1,12})(ms|[smhdwny])(c?)", re.IGNORECASE)
_WHOLE_UNITS = ("w", "d", "h", "m", "s", "ms")
_BARE_VARIABLE = re.compile(r"\$\w+|\$\{[^{}]*\}|\[\[[^\[\]]*\]\]")


def mended_downsample(text: str) -> str:
    """`30s-`, `30s--nan`, `30s-undefined` → avg; ` 1m -avg` and `10 s-avg` without their blanks; `0.5m-avg` →
    `30s-avg`; `0ms-avg`, which is what becomes of an interval below a millisecond, → `1ms-avg`.
    """
    interval, dash, rest = text.partition("-")
    if not dash:
        return text
    function, dash, fill = rest.partition("-")
    interval, function = _in_whole_units("".join(interval.split())), function.strip()
    if function in _NO_FUNCTION:
        function = GRAFANA.untouched_function
    if _TOO_SHORT.fullmatch(interval):
        interval = "1ms"
    return f"{interval}-{function}{dash}{fill.strip()}"


def without_variables(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags whose values are not a bare variable, such as `$host`: beside filters nobody replaces it."""
    return {key: value for key, value in tags.items() if not _BARE_VARIABLE.fullmatch(value)}


def _in_whole_units(interval: str) -> str:
    """`0.5m` → `30s`; anything but a number with a point and a unit is left alone."""
    match = _PARTS_OF_UNIT.fullmatch(interval)
    if match is None:
        return interval
    number = Fraction(match[1])
    if number and number.denominator == 1:
        return f"{number}{match[2]}{match[3]}"
    ms = round(number * UNIT_MS[match[2].lower()])
    unit = next(unit for unit in _WHOLE_UNITS if ms % UNIT_MS[unit] == 0)
    return f"{max(ms // UNIT_MS[unit], 1)}{unit if ms else 'ms'}{match[3]}"


class MendedRateOptions(msgspec.Struct):
    """Rate options of any shape: what is not known is ignored; what is no number above 0 counts as not given.

    A maximum of 0 is what an alert rule sends for a box that holds a text.
    """

    counter: bool | None = None
    counterMax: Any = None  # noqa: N815 - names on the wire are OpenTSDB's
    resetValue: Any = None  # noqa: N815
    dropResets: bool | None = None  # noqa: N815

    def rate(self) -> Rate:
        """What they say."""
        return Rate(
            counter=bool(self.counter),
            counter_max=_above_0(self.counterMax, COUNTER_MAX),
            reset_value=_above_0(self.resetValue, 0),
            drop_resets=bool(self.dropResets),
        )


def _above_0(value: object, default: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return default
    if not math.isfinite(number) or number <= 0:
        return default
    # Whole numbers stay whole as far as JSON readers go; 2⁶⁴ − 1, a favourite, lies past that.
    return int(number) if number.is_integer() and number < 2.0**63 else number
