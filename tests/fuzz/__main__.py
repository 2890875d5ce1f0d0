"""`python -m tests.fuzz`: attack every door of a running server for a while, and say what was found.

    python -m tests.fuzz --seconds 300
    python -m tests.fuzz --seconds 60 --seed 7 --door telnet --door "HTTP bytes"

Ends with 1 if anything was wrong: an answer of 500, an answer that is no error object where there was an error, a
connection that is stuck, a fault in the log, two ways of the same put that differ. How long a bystander waited and how
much memory the server took at most are told, not judged: they depend on the machine.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict

from tests.fuzz.attacks import Report, attacks
from tests.fuzz.seeds import TESTS
from tests.fuzz.server import WatchedServer
from tests.oracle.client import Client
from tests.oracle.recording import load

_TURN_S = 0.5


def main() -> int:
    """Run the campaign."""
    doors = attacks()
    options = argparse.ArgumentParser(description="Attack every door of a running server.")
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options.add_argument("--door", action="append", choices=list(doors), help="only this one; may be repeated")
    options.add_argument("--flag", action="append", default=[], help="a flag for the server; may be repeated")
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    report = Report()
    with WatchedServer(*chosen.flag) as server:
        load(
            Client("http://{}:{}".format(*server.address)), json.loads((TESTS / "oracle" / "dataset.json").read_text())
        )
        start = server.memory()
        rng = random.Random(chosen.seed)
        runs = {name: doors[name](server, random.Random(rng.random()), report) for name in chosen.door or doors}
        end = time.monotonic() + chosen.seconds
        while time.monotonic() < end and server.is_alive:
            for name, run in runs.items():
                server.door = name
                _take_turn(run, min(end, time.monotonic() + _TURN_S))
        survived, faults = server.is_alive, server.faults()
        tell(report, server, start)
    for fault in faults:
        print(f"LOG {fault}")
    if not survived:
        print("THE SERVER ENDED")
    return 1 if report.findings or faults or not survived else 0


def _take_turn(run, until):
    while time.monotonic() < until:
        next(run)


def tell(report, server, start):
    """What was done and found."""
    for door, count in sorted(report.inputs.items()):
        statuses = {status: n for (name, status), n in sorted(report.statuses.items()) if name == door}
        print(f"{count:8} {door}: {statuses}")
    waits = sorted(server.waits)
    print(f"{sum(report.inputs.values())} inputs; memory from {start >> 20} to at most {server.peak >> 20} MiB")
    if waits:
        print(f"a bystander waited {waits[len(waits) // 2][0] * 1e3:.1f} ms in the middle, at most")
        print(*(f"{seconds * 1e3:8.0f} ms beside {door}" for seconds, door in waits[:-6:-1]), sep="\n")
    for (door, wrong), findings in _by_kind(report.findings).items():
        print(f"FOUND {len(findings)} x {door}: {wrong}")
        print(*(f"      {finding.sent[:600]!r}" for finding in findings[:3]), sep="\n")


def _by_kind(findings):
    kinds = defaultdict(list)
    for finding in sorted(findings, key=lambda finding: len(finding.sent)):
        kinds[finding.door, finding.wrong[:200]].append(finding)
    return kinds


if __name__ == "__main__":
    sys.exit(main())
