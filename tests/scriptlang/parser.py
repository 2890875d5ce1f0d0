"""Script text → evals, each with the loads before it. The language is told in README.md."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.scriptlang import question, times, values
from tests.scriptlang.script import Eval, Failure, Kind, Load, Question, Row, ScriptError, Series, Tags, Value

T = TypeVar("T")

_LOAD = re.compile(r"load (?:points|(?:(?P<kind>[a-z]+) )?every (?P<step>\S+)(?: from (?P<first>\S+))?)")
_SERIES = re.compile(r"(?P<metric>[^\s{}]+)(?:\{(?P<tags>[^{}]*)\})?\s+(?P<values>.+)")
_EVAL = re.compile(r"eval (?P<start>\S+?)\.\.(?P<end>\S+) (?P<m>.+?)(?: with (?P<options>.+))?")
_UNLIKE = re.compile(r"unlike opentsdb: (?P<reason>.+)")
_ROW = re.compile(
    r"(?:\{(?P<tags>[^{}]*)\})?(?:(?:^| )aggregated(?P<aggregated>(?: \S+)+))?(?:(?:^|\s{2,})(?P<values>\S.*))"
)
_ERROR = re.compile(r"error (?P<status>\d{3})(?: (?P<text>.+))?")
_FIXED = re.compile(r"(?P<step>\d+(?:ms|[smhdw]))-")
_CLEAR = re.compile(r"clear")
_COMMENT = re.compile(r"(^|\s)#.*")

_READ: dict[Kind, Callable[[str], float | tuple[float, ...]]] = {
    Kind.POINTS: values.number,
    Kind.COUNTERS: values.number,
    Kind.GAUGES: values.number,
    Kind.RATES: values.share,
    Kind.DIGESTS: values.samples,
}


@dataclass
class _Line:
    """A line that is not blank, without its comment, and the indented ones below it."""

    number: int
    text: str
    below: list["_Line"] = field(default_factory=list)


def parse_file(path: Path) -> list[Eval]:
    """The evals of a script. ScriptError names file, line and text of what cannot be read."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, name: str) -> list[Eval]:
    """The evals of a script called `name`. ScriptError names line and text of what cannot be read."""
    reader = _Reader(name)
    for statement in _statements(text, name):
        reader.read(statement)
    if not reader.evals:
        raise ScriptError(name, "", "the script asks nothing: it has no eval")
    return reader.evals


def _statements(text: str, name: str) -> list[_Line]:
    statements: list[_Line] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _Line(number, _COMMENT.sub("", raw).rstrip())
        if not line.text:
            continue
        if not line.text[0].isspace():
            statements.append(line)
        elif statements:
            statements[-1].below.append(line)
        else:
            raise ScriptError(f"{name}:{number}", raw, "an indented line belongs to a load or an eval above it")
    return statements


class _Reader:
    """Reads statements in order; knows what was loaded so far."""

    def __init__(self, name: str) -> None:
        self.evals: list[Eval] = []
        self._name = name
        self._loads: tuple[Load, ...] = ()
        self._unlike = ""

    def read(self, line: _Line) -> None:
        """One statement. ScriptError if it is none."""
        forms = ((_LOAD, self._load), (_EVAL, self._eval), (_UNLIKE, self._unlike_opentsdb), (_CLEAR, self._clear))
        for form, read in forms:
            if match := form.fullmatch(line.text):
                self._at(line, partial(read, match, line))
                return
        raise ScriptError(self._place(line), line.text, "expected load, eval, clear or unlike opentsdb: REASON")

    def _at(self, line: _Line, read: Callable[[], T]) -> T:
        """What `read` makes of a line; whatever is wrong with it is wrong at this line."""
        try:
            return read()
        except ValueError as reason:
            raise ScriptError(self._place(line), line.text, str(reason)) from None

    def _place(self, line: _Line) -> str:
        return f"{self._name}:{line.number}"

    def _clear(self, match: re.Match[str], line: _Line) -> None:
        self._loads = ()

    def _unlike_opentsdb(self, match: re.Match[str], line: _Line) -> None:
        self._unlike = match["reason"]

    def _load(self, match: re.Match[str], line: _Line) -> None:
        kind = _kind(match["kind"])
        first = times.moment(match["first"] or "0s")
        step = times.length(match["step"]) if match["step"] else None
        if not line.below:
            raise ValueError("a load needs indented lines: metric{tag=value}  1 2 3")
        series = tuple(self._at(below, partial(_series, below.text, kind, first, step)) for below in line.below)
        self._loads += (Load(kind, first, step, series),)

    def _eval(self, match: re.Match[str], line: _Line) -> None:
        asked = _question(match)
        moment = partial(times.moment, zone=times.time_zone(asked.timezone) if asked.timezone else UTC)
        first, step = _grid(asked, moment(match["start"]), self._loads)
        answers = [self._at(below, partial(_answer, below.text.strip(), moment, first, step)) for below in line.below]
        expected = _together(answers)
        if not isinstance(expected, Failure):
            # Only a mistake may be asked in one way that another cannot write.
            question.post_body(asked)
        self.evals.append(Eval(self._place(line), line.number, asked, expected, self._loads, self._unlike))
        self._unlike = ""


def _kind(word: str | None) -> Kind:
    try:
        return Kind(word or Kind.POINTS)
    except ValueError:
        raise ValueError(f"cannot load '{word}': expected points, {', '.join(list(Kind)[1:])}") from None


def _series(text: str, kind: Kind, first: int, step: int | None) -> Series:
    match = _SERIES.fullmatch(text.strip())
    if match is None:
        raise ValueError("expected metric{tag=value,...} and values")
    points = tuple(values.at_times(match["values"], _READ[kind], times.moment, first, step))
    if step and any((time - first) % step for time, _ in points) and kind is not Kind.POINTS:
        raise ValueError(f"the intervals of {kind} begin at multiples of their step")
    return Series(match["metric"], _tags(match["tags"]), points)


def _tags(text: str | None) -> Tags:
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    for key, equals, value in pairs:
        if not (key and equals and value):
            raise ValueError(f"'{key}{equals}{value}' is no tag=value")
    return tuple(sorted((key, value) for key, _, value in pairs))


def _question(match: re.Match[str]) -> Question:
    options = dict(word.partition("=")[::2] for word in (match["options"] or "").split())
    unknown = options.keys() - {"ms", "timezone", "useCalendar"}
    if unknown:
        raise ValueError(f"unknown option '{min(unknown)}': expected ms, timezone=ZONE, useCalendar")
    start, end = (text if times.is_local_date(text) else times.moment(text) for text in match.group("start", "end"))
    return Question(start, end, match["m"], "ms" in options, options.get("timezone"), "useCalendar" in options)


def _grid(asked: Question, start: int, loads: tuple[Load, ...]) -> tuple[int, int | None]:
    """Time of the first expected value without a stamp, and the step to the next; None if there is no step."""
    downsample = next((option for option in asked.m.split(":")[1:-1] if option[:1].isdigit()), None)
    if downsample is None:
        return _loaded_grid(start, loads)
    if downsample.startswith("0all"):
        return start, times.BASE  # one value, and no second one in reach
    fixed = _FIXED.match(downsample)
    step = times.length(fixed["step"]) if fixed and not asked.use_calendar else 0
    return (start + -start % step, step) if step else (start, None)


def _loaded_grid(start: int, loads: tuple[Load, ...]) -> tuple[int, int | None]:
    if not loads or loads[-1].step is None:
        return start, None
    first, step = loads[-1].first, loads[-1].step
    return start + (first - start) % step, step


def _answer(text: str, moment: Callable[[str], int], first: int, step: int | None) -> Row | Failure | None:
    """One line below an eval; None for `empty`."""
    if text == "empty":
        return None
    if error := _ERROR.fullmatch(text):
        return Failure(int(error["status"]), error["text"] or "")
    match = _ROW.fullmatch(text)
    if match is None:
        raise ValueError("expected {tag=value,...} aggregated key ...  values, two spaces before the values")
    points: dict[int, Value] = dict(values.at_times(match["values"], values.expected, moment, first, step))
    if not points:
        raise ValueError("a result without points is no result: write empty if there is none")
    return Row(_tags(match["tags"]), tuple(sorted((match["aggregated"] or "").split())), points)


def _together(answers: Sequence[Row | Failure | None]) -> list[Row] | Failure:
    """What the lines below an eval say together."""
    match answers:
        case []:
            raise ValueError("an eval needs the answer below it: rows, error STATUS text, or empty")
        case [Failure() as failure]:
            return failure
        case [None]:
            return []
    rows = [answer for answer in answers if isinstance(answer, Row)]
    if len(rows) < len(answers):
        raise ValueError("an error, or empty, stands alone below its eval")
    return rows
