"""Runner: loads what an eval needs, asks in every way there is, and tells how the answers differ."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from tests.scriptlang.loading import batch_bodies, put_bodies
from tests.scriptlang.requests import post_body, with_prefix
from tests.scriptlang.responses import Answer, Result, differences
from tests.scriptlang.script import Eval, Failure, Kind, Load, Question
from tests.scriptlang.servers import HttpServer
from tests.scriptlang.times import shown

Way = Callable[[Question], Answer]


class WrongAnswer(AssertionError):
    """An eval got another answer than its script states; the text says which way of asking got what."""


class Runner:
    """Runs evals against a server and further ways to ask it, by name.

    `set_clock` stops the server's clock at a time, and lets it go on for None. Without it an eval that says what the
    clock shows cannot be run.

    Each distinct list of loads gets metrics of its own: their names begin with a prefix that no other run has.
    """

    def __init__(
        self,
        server: HttpServer,
        further: Mapping[str, Way] | None = None,
        set_clock: Callable[[int | None], None] | None = None,
    ) -> None:
        self._server = server
        self._ways: dict[str, Way] = {**(further or {}), "GET": server.get, "POST": server.post}
        self._set_clock = set_clock
        self._run = f"t{uuid.uuid4().hex[:8]}"
        self._prefixes: dict[tuple[Load, ...], str] = {}

    def run(self, case: Eval, without: frozenset[str] = frozenset()) -> None:
        """Ask in all ways but those in `without`. WrongAnswer unless every answer is the expected one."""
        prefix = self._loaded(case.loads)
        asked = replace(case.question, m=with_prefix(case.question.m, prefix))
        metric = case.question.m.rpartition(":")[2].partition("{")[0]
        wrong: dict[tuple[str, ...], list[str]] = {}
        with self._clock_at(asked.now):
            for name in self._ways.keys() - without - _unwritable(asked):
                answer = _without_prefix(self._ways[name](asked), prefix)
                if found := tuple(differences(case.expected, answer, metric)):
                    wrong.setdefault(found, []).append(name)
        if wrong:
            raise WrongAnswer(_report(case, wrong))

    @property
    def sets_clock(self) -> bool:
        """Whether evals can say what the clock shows."""
        return self._set_clock is not None

    @contextmanager
    def _clock_at(self, now: int | None) -> Iterator[None]:
        if now is None:
            yield
            return
        if self._set_clock is None:
            raise WrongAnswer("the clock of this server cannot be set")
        self._set_clock(now)
        try:
            yield
        finally:
            self._set_clock(None)

    def _loaded(self, loads: tuple[Load, ...]) -> str:
        """The prefix under which these loads stand in the server; writes them if nobody did."""
        if loads not in self._prefixes:
            prefix = self._prefixes[loads] = f"{self._run}.{len(self._prefixes)}."
            for number, load in enumerate(loads):
                for path, body in _bodies(load, prefix, f"{prefix}{number}"):
                    self._server.write(path, body)
        return self._prefixes[loads]


def _bodies(load: Load, prefix: str, sender: str) -> Iterator[tuple[str, object]]:
    if load.kind is Kind.POINTS:
        yield from (("/api/put?sync", body) for body in put_bodies(load, prefix))
    else:
        yield from (("/api/tdigest/v1/batch", body) for body in batch_bodies(load, prefix, sender))


def _unwritable(question: Question) -> frozenset[str]:
    """The ways that cannot even write down this question: all but GET, if it is no well-formed `m`."""
    try:
        post_body(question)
    except ValueError:
        return frozenset({"engine", "POST"})
    return frozenset()


def _without_prefix(answer: Answer, prefix: str) -> Answer:
    if isinstance(answer, Failure):
        return Failure(answer.status, answer.text.replace(prefix, ""))
    return [Result(r.metric.removeprefix(prefix), r.tags, r.aggregated, r.points) for r in answer]


def _report(case: Eval, wrong: Mapping[tuple[str, ...], list[str]]) -> str:
    start, end = (time if isinstance(time, str) else shown(time) for time in (case.question.start, case.question.end))
    lines = [f"{case.place}: eval {start}..{end} {case.question.m}"]
    for found, ways in wrong.items():
        lines.append(f"asked by {', '.join(sorted(ways))}:")
        lines += [f"    {line}" for line in found]
    return "\n".join(lines)
