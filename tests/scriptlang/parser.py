"""Script text → evals, each with the loads before it. The language is told in README.md."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.scriptlang.eval_statement import EVAL, read_eval
from tests.scriptlang.lines import Line
from tests.scriptlang.load_statement import LOAD, read_load
from tests.scriptlang.script import Eval, Load, ScriptError

_UNLIKE = re.compile(r"unlike opentsdb: (?P<reason>.+)")
_CLEAR = re.compile(r"clear")
_COMMENT = re.compile(r"(^|\s)#.*")


def parse_file(path: Path) -> list[Eval]:
    """The evals of a script. ScriptError names file, line and text of what cannot be read."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, name: str) -> list[Eval]:
    """The evals of a script called `name`. ScriptError names line and text of what cannot be read."""
    reader = _Reader()
    for statement in _statements(text, name):
        statement.read(reader.read)
    if not reader.evals:
        raise ScriptError(name, "", "the script asks nothing: it has no eval")
    return reader.evals


def _statements(text: str, name: str) -> Iterator[Line]:
    statement: Line | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = Line(f"{name}:{number}", number, _COMMENT.sub("", raw).strip())
        if not line.text:
            continue
        if raw[0].isspace():
            if statement is None:
                raise ScriptError(line.place, line.text, "an indented line belongs to a load or an eval above it")
            statement.below.append(line)
            continue
        if statement:
            yield statement
        statement = line
    if statement:
        yield statement


class _Reader:
    """Reads statements in order; knows what was loaded so far."""

    def __init__(self) -> None:
        self.evals: list[Eval] = []
        self._loads: tuple[Load, ...] = ()
        self._unlike = ""
        self._forms: tuple[tuple[re.Pattern[str], Callable[[Line, re.Match[str]], None]], ...] = (
            (LOAD, self._load),
            (EVAL, self._eval),
            (_UNLIKE, self._unlike_opentsdb),
            (_CLEAR, self._clear),
        )

    def read(self, line: Line) -> None:
        """One statement. ValueError if it is none."""
        for form, read in self._forms:
            if match := form.fullmatch(line.text):
                return read(line, match)
        raise ValueError("expected load, eval, clear or unlike opentsdb: REASON")

    def _load(self, line: Line, match: re.Match[str]) -> None:
        self._loads += (read_load(line, match),)

    def _eval(self, line: Line, match: re.Match[str]) -> None:
        self.evals.append(read_eval(line, match, self._loads, self._unlike))
        self._unlike = ""

    def _unlike_opentsdb(self, line: Line, match: re.Match[str]) -> None:
        self._unlike = match["reason"]

    def _clear(self, line: Line, match: re.Match[str]) -> None:
        self._loads = ()
