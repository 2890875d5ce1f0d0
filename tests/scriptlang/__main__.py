"""`python -m tests.scriptlang [--url URL] FILE...`: runs scripts against this checkout's server or any OpenTSDB."""

import argparse
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.scriptlang.local_server import LocalServer
from tests.scriptlang.parser import parse_file
from tests.scriptlang.runner import Runner, WrongAnswer
from tests.scriptlang.script import Eval, Kind, ScriptError
from tests.scriptlang.servers import HttpServer


def main(arguments: list[str]) -> int:
    """Run the scripts and print what fails and what is skipped; the exit status: 0 if nothing failed, else 1, and 2
    for a script that cannot be read.
    """
    asked = _parser().parse_args(arguments)
    try:
        cases = [case for path in asked.scripts for case in parse_file(path)]
    except (ScriptError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        if asked.url:
            runner = Runner(stack.enter_context(HttpServer(asked.url)))
        else:
            local = stack.enter_context(LocalServer())
            runner = Runner(stack.enter_context(HttpServer(local.url)), {"engine": local.ask_engine}, local.set_clock)
        for case in cases:
            counts[_run(runner, case, foreign=bool(asked.url) and not asked.all)] += 1
    print(", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped")))
    return 1 if counts["failed"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.scriptlang", description="Run query scripts (*.tsq).")
    parser.add_argument("scripts", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--url", help="an OpenTSDB, such as http://host:4242; default: the server of this checkout")
    parser.add_argument("--all", action="store_true", help="at --url is a tsdbserver: skip nothing")
    return parser


def _run(runner: Runner, case: Eval, foreign: bool) -> str:
    reason = _why_not_there(case) if foreign else ""
    if case.question.now is not None and not runner.sets_clock:
        reason = "the clock of that server cannot be set"
    if reason:
        print(f"{case.place}: skipped: {reason}")
        return "skipped"
    # OpenTSDB reads time zones and calendars from a POST body only.
    post_only = foreign and (case.question.timezone or case.question.use_calendar)
    try:
        runner.run(case, without=frozenset({"GET"} if post_only else ()))
    except WrongAnswer as error:
        print(error)
        return "failed"
    return "passed"


def _why_not_there(case: Eval) -> str:
    """Why OpenTSDB cannot answer as the script says; empty if it can."""
    kinds = {load.kind for load in case.loads} - {Kind.POINTS}
    return f"loads {', '.join(sorted(kinds))}" if kinds else case.unlike_opentsdb


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
