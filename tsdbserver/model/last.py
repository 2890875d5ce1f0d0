"""A question for the newest points of series, and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LastOf:
    """Series by their ids; without any, the one of `metric` that has exactly these tags, all of them without tags."""

    metric: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    tsuids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LastQuestion:
    """The newest points of some series, not older than `hours` before this hour; with their names if `named`."""

    series: Sequence[LastOf]
    hours: int = 0
    named: bool = False


@dataclass(frozen=True, slots=True)
class LastPoint:
    """The newest point of a series; `time` in ms."""

    tsuid: str
    metric: str
    tags: Mapping[str, str]
    time: int
    value: float
