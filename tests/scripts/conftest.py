"""Each eval of a script is a test of its own: `pytest tests/scripts/gaps.tsq::12` runs the one in line 12."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.scriptlang.local_server import LocalServer
from tests.scriptlang.parser import parse_file
from tests.scriptlang.pending import read_pending
from tests.scriptlang.runner import Runner, WrongAnswer
from tests.scriptlang.script import Eval, ScriptError
from tests.scriptlang.servers import HttpServer

PENDING = read_pending(Path(__file__).parent / "pending.txt")
RUNNER = pytest.StashKey[Runner]()
OPEN = pytest.StashKey[ExitStack]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScriptFile | None":
    if file_path.suffix != ".tsq":
        return None
    return ScriptFile.from_parent(parent, path=file_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if OPEN in session.stash:
        session.stash[OPEN].close()


class ScriptFile(pytest.File):
    """A script."""

    def collect(self) -> Iterator["EvalItem"]:
        cases = parse_file(self.path)
        listed = {place for place in PENDING if place.startswith(f"{self.path.name}:")}
        for stale in listed - {case.place for case in cases}:
            raise ScriptError("pending.txt", stale, "there is no eval in this line")
        for case in cases:
            item = EvalItem.from_parent(self, name=str(case.line), case=case)
            if case.place in PENDING:
                # strict: an eval that starts to pass must leave the list
                item.add_marker(pytest.mark.xfail(reason=PENDING[case.place], raises=WrongAnswer, strict=True))
            yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        return str(excinfo.value) if excinfo.errisinstance(ScriptError) else super().repr_failure(excinfo, *args)


class EvalItem(pytest.Item):
    """An eval, asked of the engine, by GET and by POST."""

    def __init__(self, *, case: Eval, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.case = case

    def runtest(self) -> None:
        runner(self.session).run(self.case)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        return str(excinfo.value) if excinfo.errisinstance(WrongAnswer) else super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, f"{self.case.place} {self.case.question.m}"


def runner(session: pytest.Session) -> Runner:
    """The session's runner; starts the server when it is first asked for."""
    if RUNNER not in session.stash:
        stack = session.stash[OPEN] = ExitStack()
        local = stack.enter_context(LocalServer())
        server = stack.enter_context(HttpServer(local.url))
        session.stash[RUNNER] = Runner(server, {"engine": local.ask_engine}, local.set_clock)
    return session.stash[RUNNER]
