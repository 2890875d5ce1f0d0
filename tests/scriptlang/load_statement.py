"""`load`: the data that questions are about."""

import re
from collections.abc import Callable

from tests.scriptlang import times, values
from tests.scriptlang.lines import Line, read_tags
from tests.scriptlang.script import Grid, Kind, Load, Series

LOAD = re.compile(r"load (?:points|(?:(?P<kind>[a-z]+) )?every (?P<step>\S+)(?: from (?P<first>\S+))?)")
_SERIES = re.compile(r"(?P<metric>[^\s{}]+)(?:\{(?P<tags>[^{}]*)\})?\s+(?P<values>.+)")

_READ: dict[Kind, Callable[[str], float | tuple[float, ...]]] = {
    Kind.POINTS: values.number,
    Kind.COUNTERS: values.number,
    Kind.GAUGES: values.number,
    Kind.RATES: values.share,
    Kind.DIGESTS: values.samples,
}


def read_load(line: Line, match: re.Match[str]) -> Load:
    """The data of a load. ValueError, or ScriptError of a line below it, for what cannot be read."""
    kind = _kind(match["kind"])
    grid = Grid(times.moment(match["first"] or "0s"), times.length(match["step"])) if match["step"] else Grid()
    if not line.below:
        raise ValueError("a load needs indented lines: metric{tag=value}  1 2 3")
    return Load(kind, grid, tuple(below.read(lambda below: _series(below.text, kind, grid)) for below in line.below))


def _kind(word: str | None) -> Kind:
    try:
        return Kind(word or Kind.POINTS)
    except ValueError:
        raise ValueError(f"cannot load '{word}': expected {', '.join(Kind)}") from None


def _series(text: str, kind: Kind, grid: Grid) -> Series:
    match = _SERIES.fullmatch(text)
    if match is None:
        raise ValueError("expected metric{tag=value,...} and values")
    points = tuple(values.at_times(match["values"], _READ[kind], times.moment, grid))
    if kind is not Kind.POINTS and any(time % (grid.step or 1) for time, _ in points):
        raise ValueError(f"an interval of {kind} begins at a multiple of its step")
    return Series(match["metric"], read_tags(match["tags"]), points)
