"""`eval`: a question and the answer it should have."""

import re
from functools import partial

from tests.scriptlang import requests, times, values
from tests.scriptlang.lines import Line, read_tags
from tests.scriptlang.script import Eval, Failure, Grid, Load, Question, Row, Value

EVAL = re.compile(r"eval (?P<start>\S+?)\.\.(?P<end>\S+) (?P<m>.+?)(?: with (?P<options>.+))?")
_ROW = re.compile(
    r"(?:\{(?P<tags>[^{}]*)\})?(?:(?:^| )aggregated(?P<aggregated>(?: \S+)+))?(?:(?:^|\s{2,})(?P<values>[^\s{].*))"
)
_ERROR = re.compile(r"error (?P<status>\d{3})(?: (?P<text>.+))?")
_FIXED = re.compile(r"(\d+(?:ms|[smhdw]))-.*")
"""A downsample into slots of one width; calendar slots and `0all` are not."""


def read_eval(line: Line, match: re.Match[str], loads: tuple[Load, ...], unlike_opentsdb: str) -> Eval:
    """A question after some loads. ValueError, or ScriptError of a line below it, for what cannot be read."""
    asked = _question(match)
    return Eval(line.place, line.number, asked, _answer(line, match, asked, loads), loads, unlike_opentsdb)


def _question(match: re.Match[str]) -> Question:
    options = dict(word.partition("=")[::2] for word in (match["options"] or "").split())
    unknown = options.keys() - {"ms", "timezone", "useCalendar", "now"}
    if unknown:
        raise ValueError(f"unknown option '{min(unknown)}': expected ms, timezone=ZONE, useCalendar, now=TIME")
    start, end = (text if times.is_local_date(text) else times.moment(text) for text in match.group("start", "end"))
    now = times.moment(options["now"]) if "now" in options else None
    return Question(start, end, match["m"], "ms" in options, options.get("timezone"), "useCalendar" in options, now)


def _answer(line: Line, match: re.Match[str], asked: Question, loads: tuple[Load, ...]) -> list[Row] | Failure:
    match [below.text for below in line.below]:
        case []:
            raise ValueError("an eval needs the answer below it: rows, error STATUS text, or empty")
        case ["empty"]:
            return []
        case [only] if error := _ERROR.fullmatch(only):
            return Failure(int(error["status"]), error["text"] or "")
    requests.post_body(asked)  # only a mistake may be written in a way that no body can repeat
    grid = _grid(asked, times.moment(match["start"], asked.timezone), loads)
    return [below.read(partial(_row, grid=grid, zone=asked.timezone)) for below in line.below]


def _grid(asked: Question, start: int, loads: tuple[Load, ...]) -> Grid:
    """Where expected values without a stamp stand: in the slots, or without a downsample at the times of the load."""
    downsample = next(filter(requests.is_downsample, asked.m.split(":")[1:-1]), None)
    if downsample is None:
        return _within(start, loads[-1].grid) if loads else Grid()
    if downsample.lower().startswith(("0all", "all")):
        return Grid(start)
    fixed = _FIXED.fullmatch(downsample)
    return Grid() if asked.use_calendar or fixed is None else _within(start, Grid(0, times.length(fixed[1])))


def _within(start: int, grid: Grid) -> Grid:
    """The part of a grid from `start` on."""
    if grid.first is None or not grid.step:
        return Grid()
    return Grid(start + (grid.first - start) % grid.step, grid.step)


def _row(line: Line, grid: Grid, zone: str | None) -> Row:
    match = _ROW.fullmatch(line.text)
    if match is None or line.text == "empty" or _ERROR.fullmatch(line.text):
        raise ValueError("expected {tag=value,...} aggregated key ...  values; error or empty stand alone")
    moment = partial(times.moment, zone=zone)
    points: dict[int, Value] = dict(values.at_times(match["values"], values.expected, moment, grid))
    if not points:
        raise ValueError("a result without points is no result: write empty if there is none")
    return Row(read_tags(match["tags"]), tuple(sorted((match["aggregated"] or "").split())), points)
