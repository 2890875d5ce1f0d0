"""AggregatorFamily: aggregators that carry a number in their name, such as cdf_250 and cdf_0.5."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from aggregators.aggregator import Aggregator

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class UnknownAggregator(LookupError):
    """There is no aggregator of that name; `reason` tells more where a family knows more."""

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"no aggregator named {name!r}" + (f": {reason}" if reason else ""))
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class AggregatorFamily:
    """All aggregators whose names are `prefix` and a decimal number, such as 250 or 0.5.

    `make(name, number)` makes one; it raises ValueError, whose text its asker sees, for a number that makes no sense.
    `parameter` is what documentation calls the number, and `example` the one that stands for the family in menus.
    """

    prefix: str
    parameter: str
    example: str
    make: Callable[[str, float], Aggregator] = field(compare=False)

    @property
    def pattern(self) -> str:
        """The names in general: `cdf_<limit>`."""
        return f"{self.prefix}<{self.parameter}>"

    @property
    def example_name(self) -> str:
        """The name of a usual member."""
        return self.prefix + self.example

    def member(self, name: str) -> Aggregator:
        """The aggregator of a name that begins with the prefix; raises UnknownAggregator."""
        number = name.removeprefix(self.prefix)
        if not _NUMBER.fullmatch(number):
            raise UnknownAggregator(name, f"the form is {self.pattern}, for example {self.example_name}")
        try:
            return self.make(name, float(number))
        except ValueError as error:
            raise UnknownAggregator(name, str(error)) from None
