"""The doors, what is sent to them, and what must never come back."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tests.fuzz.connection import Answer, Connection, Stuck, all_said
from tests.fuzz.mutation import Mutator
from tests.fuzz.put_bodies import PutBodies
from tests.fuzz.seeds import Seed, http_seeds, line_seeds, raw_seeds
from tests.fuzz.server import WatchedServer

_FAULTS = {500, 502, 504}
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3})")
_JSONP = re.compile(rb"\A[^\s{\[(]+\((.*)\);?\s*\Z", re.DOTALL)
_UNSAFE = re.compile(rb"[\x00-\x20\x7f#]")
_WAITING = 100
"""Connections at once where most of them are waited for."""


class Finding(NamedTuple):
    """What was sent, and what was wrong with what came back."""

    door: str
    sent: bytes
    wrong: str


@dataclass
class Report:
    """What a campaign has done so far."""

    inputs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def note(self, door: str, sent: bytes, wrong: str | None, statuses: list[int]) -> None:
        """An input and what became of it."""
        self.inputs[door] += 1
        self.statuses.update((door, status) for status in statuses)
        if wrong:
            self.findings.append(Finding(door, sent, wrong))


Attack = Callable[[WatchedServer, random.Random, Report], Iterator[None]]
"""Sends something each time it is resumed."""


def wrong_with(answer: Answer) -> str | None:
    """Why an answer is none of OpenTSDB's."""
    if answer.status in _FAULTS or answer.status == 0:
        return f"status {answer.status}: {answer.body[:300]!r}"
    if answer.status < 400 or not answer.kind.startswith("application/json"):
        return None
    try:
        said = json.loads(_JSONP.sub(rb"\1", answer.body))
    except ValueError:
        return f"not JSON: {answer.body[:300]!r}"
    return None if is_refusal(said, answer.status) else f"no error object: {answer.body[:300]!r}"


def is_refusal(said: object, status: int) -> bool:
    """Whether something is an error object, an older one, or the account of points or names."""
    if not isinstance(said, dict):
        return False
    match said.get("error"):
        case {"code": code, "message": str(message)}:
            return code == status and bool(message)
        case str():
            return "result" in said
    return "failed" in said or "err" in said or any(name.endswith("_errors") for name in said)


def framed(seed: Seed, path: bytes, body: bytes, more: bytes = b"") -> bytes:
    """A request whose head is in order."""
    head = b"%b %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n"
    return head % (seed.method, path, seed.content_type, more, len(body)) + body


def of_door(door: str, seeds: list[Seed]) -> Attack:
    """Requests in order as far as HTTP goes, with mutated paths and bodies."""

    def attack(server: WatchedServer, rng: random.Random, report: Report) -> Iterator[None]:
        paths, bodies = Mutator(rng, [seed.path for seed in seeds]), Mutator(rng, [seed.body for seed in seeds])
        connection = Connection(server.address)
        while True:
            seed = rng.choice(seeds)
            at = len(seed.path.partition(b"?")[0])
            query = paths.spoilt(seed.path[at:], 3 if not seed.body else 1)
            path = seed.path[:at] + _UNSAFE.sub(lambda found: b"%%%02x" % ord(found[0]), query)
            mount = b"/grafana" if rng.random() < 0.2 else b""
            request = framed(seed, mount + path, bodies.spoilt(seed.body) if seed.body else b"")
            try:
                answer = connection.ask(request)
                report.note(door, request, wrong_with(answer), [answer.status])
            except Stuck:
                report.note(door, request, "stuck", [])
            yield

    return attack


def lines(server: WatchedServer, rng: random.Random, report: Report) -> Iterator[None]:
    """Some lines, good and bad, cut anywhere."""
    seeds = line_seeds()
    mutator = Mutator(rng, seeds)
    while True:
        sent = b"".join(
            mutator.spoilt(rng.choice(seeds), 2) + rng.choice((b"\n", b"\r\n")) for _ in range(rng.randint(1, 12))
        )
        _say(server, "telnet", cut(sent, rng), report, ends=True)
        yield


def raw(server: WatchedServer, rng: random.Random, report: Report) -> Iterator[None]:
    """Whole connections, mutated; many at once, for most are waited for."""
    seeds = raw_seeds()
    mutator = Mutator(rng, seeds)
    with ThreadPoolExecutor(_WAITING) as pool:
        while True:
            batch = [cut(mutator.spoilt(rng.choice(seeds)), rng) for _ in range(_WAITING)]
            list(pool.map(lambda pieces: _say(server, "HTTP bytes", pieces, report, ends=rng.random() < 0.3), batch))
            yield


def both_ways(server: WatchedServer, rng: random.Random, report: Report) -> Iterator[None]:
    """Puts that are answered without aiohttp, and the same by it: the same answers."""
    bodies = PutBodies(rng)
    seed = Seed(b"POST", b"/api/put", b"")
    quick, slow = Connection(server.address), Connection(server.address)
    while True:
        body, path = bodies.body(), b"/api/put" + rng.choice((b"?details", b"?summary", b"", b"?details&sync"))
        request = framed(seed, path, body)
        one, other = quick.ask(request), slow.ask(framed(seed, path, body, b"X-Other: 1\r\n"))
        wrong = wrong_with(one) or (None if one == other else f"two answers: {one} {other}")
        report.note("put, both ways", request, wrong, [one.status])
        yield


def cut(data: bytes, rng: random.Random) -> list[bytes]:
    """The pieces in which data arrive."""
    edges = sorted({0, len(data), *(rng.randint(0, len(data)) for _ in range(rng.choice((0, 0, 1, 3))))})
    return [data[start:stop] for start, stop in pairwise(edges)]


def _say(server: WatchedServer, door: str, pieces: list[bytes], report: Report, ends: bool) -> None:
    try:
        said = all_said(server.address, pieces, ends)
    except Stuck:
        report.note(door, b"".join(pieces), "stuck", [])
        return
    except OSError as error:
        report.note(door, b"".join(pieces), f"no connection: {error}", [])
        return
    statuses = [int(status) for status in _STATUS.findall(said)]
    wrong = f"answered {said[:300]!r}" if _FAULTS & set(statuses) or b"Traceback" in said else None
    report.note(door, b"".join(pieces), wrong, statuses)


def attacks() -> dict[str, Attack]:
    """All doors, by name."""
    doors = {door: of_door(door, seeds) for door, seeds in sorted(http_seeds().items())}
    return {"put, both ways": both_ways, "telnet": lines, "HTTP bytes": raw, **doors}
