"""`rate{counter,max,reset}` and its JSON form → Rate."""

import math

import msgspec

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import COUNTER_MAX, Rate

_INT64 = range(-(1 << 63), 1 << 63)


class RateOptions(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON form; the only object of a query that takes no unknown fields."""

    counter: bool | None = None
    counterMax: int | float | None = None  # noqa: N815 - names on the wire are OpenTSDB's
    resetValue: int | float | None = None  # noqa: N815
    dropResets: bool | None = None  # noqa: N815

    def rate(self) -> Rate:
        """What they say; BadQuery for a number that is no 64-bit integer."""
        return Rate(
            counter=bool(self.counter),
            counter_max=_max(self.counterMax),
            reset_value=_reset(self.resetValue),
            drop_resets=bool(self.dropResets),
        )


def parse_rate(text: str) -> Rate:
    """The option `rate` of an `m` parameter. BadQuery says what is wrong.

    Only a first word that ends in `counter` makes a counter, and only `dropcounter` drops its resets.
    """
    if "{" not in text:
        return Rate()
    if len(text) < len("rate{}"):
        raise BadQuery(f"Invalid rate options specification: {text}")
    words = text[len("rate{") : -1].split(",")
    if len(words) > 3:
        raise BadQuery(
            "Incorrect number of values in rate options specification, must be "
            f"counter[,counter max value,reset value], recieved: {len(words)} parts"
        )
    counter, most, reset = (*words, "", "")[:3]
    return Rate(counter.endswith("counter"), _max(most or None), _reset(reset or None), counter == "dropcounter")


def _max(value: str | int | float | None) -> int:
    return _integer(value, COUNTER_MAX, "Max value of counter")


def _reset(value: str | int | float | None) -> int:
    return _integer(value, 0, "Reset value of counter")


def _integer(value: str | int | float | None, default: int, name: str) -> int:
    if value is None:
        return default
    number = _whole(value)
    if number is None or number not in _INT64:
        raise BadQuery(f"{name} was not a number, received '{value}'")
    return number


def _whole(value: str | int | float) -> int | None:
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    try:
        return int(value)
    except ValueError:
        return None
