"""How long plans take: `python -m tests.bench.bench_engine`, or `make bench`.

Milliseconds of planning and running, the best of some rounds, with the same work in a plain Go loop (plainloop/)
beside it where there is one. Machines are noisy: the ratio within one run is what counts.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from os import environ
from pathlib import Path
from time import perf_counter

import numpy as np

import aggregators
from aggregators import fold
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.wire.query.uri_query import parse_m
from tsdbserver.wire.results.query_result import render

T0 = 1_700_000_040_000
SERIES, POINTS = 1_000, 3_600
DIGEST_SERIES, INTERVALS, INTERVAL, CENTROIDS = 200, 360, 10_000, 50
HOUR = TimeSpan(T0, T0 + 3_600_000 - 1)
ROUNDS = 7


def tags(i):
    return tag_set({"host": f"h{i}", "tenth": str(i % 10), "quarter": str(i % 4)})


def load_numbers(store, metric, series=SERIES, points=POINTS, jitter=False, gaps=0.0):
    """A point a second in each series, with jittered stamps or a share of points missing."""
    random = np.random.default_rng(1)
    for i in range(series):
        times = T0 + 1000 * np.arange(points)
        if jitter:
            times = times + random.integers(0, 900, points)
        kept = random.random(points) >= gaps
        times = times[kept]
        values = {"value": random.random(len(times))}
        store.write_numbers(metric, MetricKind.POINT, [tags(i)] * len(times), times, values)


def load_minutes_with_gaps(store, metric):
    """Points that leave 3 % of the minutes of each series without a value."""
    random = np.random.default_rng(2)
    for i in range(SERIES):
        minutes = np.flatnonzero(random.random(60) >= 0.03)
        times = (T0 + 60_000 * minutes[:, None] + 1000 * np.arange(60)).ravel()
        values = {"value": random.random(len(times))}
        store.write_numbers(metric, MetricKind.POINT, [tags(i)] * len(times), times, values)


def load_digests(store, metric, series=DIGEST_SERIES, intervals=INTERVALS):
    random = np.random.default_rng(3)
    names = [tags(i) for i in range(series)]
    cells = np.repeat(np.arange(series), CENTROIDS)
    for k in range(intervals):
        digests = fold(cells, random.lognormal(3, 0.6, len(cells)), series)
        store.write_digests(metric, names, T0 + INTERVAL * k, INTERVAL, digests)


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds."""
    times = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times) * 1000


def plain_go():
    """The figures of the plain loop, by name; none if there is no Go."""
    folder = Path(__file__).parent / "plainloop"
    try:
        answer = subprocess.run(
            [environ.get("GO", "go"), "run", "main.go"], cwd=folder, capture_output=True, check=True, text=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"no plain Go loop: {error}", file=sys.stderr)
        return {}
    return json.loads(answer.stdout)


QUESTIONS = (
    ("sum of 1,000 series × 3,600 points, 1m-avg", "sum:1m-avg:regular", "sum", 10),
    ("the same, jittered stamps with gaps", "sum:1m-avg:jittered", "jitter", None),
    ("the same by 10 groups", "sum:1m-avg:regular{tenth=*}", "groups", 10),
    ("p99 across 1,000 series", "p99:1m-avg:regular", None, 25),
    ("3 % of the minutes missing, interpolated", "sum:1m-avg:gappy", None, 30),
    ("one plain series", "sum:1m-avg:regular{}{host=h7}", None, 0.2),
    ("p99 of 200 × 360 digests", "p99:1m-p99:digests", None, 90),
    ("the same grouped by 4 tags", "p99:1m-p99:digests{quarter=*}", None, 100),
    ("one digest series", "p99:1m-p99:digests{}{host=h7}", None, 10),
)


GROWTH = (
    ("sum, 1m-avg", "sum:1m-avg:numbers", {"series": 10 * SERIES}, {"points": 10 * POINTS}),
    ("p99 of digests", "p99:1m-p99:digests", {"series": 10 * DIGEST_SERIES}, {"intervals": 10 * INTERVALS}),
)
"""What is asked of ten times as many series, and of series ten times as long."""


def growth() -> None:
    """How the time grows with ten times the series and ten times the points (and a span ten times as long)."""
    print(f"\n{'':48}{'ms':>8}{'×10 ser.':>10}{'×10 pts':>10}")
    for title, m, more_series, more_points in GROWTH:
        load = load_numbers if m.endswith("numbers") else load_digests
        times = []
        for size, hours in (({}, 1), (more_series, 1), (more_points, 10)):
            store = RingStore(RingLimits(retention=24 * 3_600_000))
            load(store, m.rsplit(":", 1)[1], **size)
            planner = Planner(store, store, aggregators.builtin(), built_in_filters(), PlanLimits(100_000_000))
            span = TimeSpan(T0, T0 + hours * 3_600_000 - 1)
            times.append(best(partial(ask, planner, store, m, span), 3))
        print(f"{title:48}{times[0]:8.2f}{times[1] / times[0]:10.1f}{times[2] / times[0]:10.1f}")


def ask(planner: Planner, store: RingStore, m: str, span: TimeSpan = HOUR) -> list[ResultSeries]:
    return run(planner.plan(parse_m(m), span), store)


def main() -> None:
    store = RingStore()
    planner = Planner(store, store, aggregators.builtin(), built_in_filters())
    load_numbers(store, "regular")
    load_numbers(store, "jittered", jitter=True, gaps=0.03)
    load_minutes_with_gaps(store, "gappy")
    load_digests(store, "digests")
    go = plain_go()

    print(f"{'':48}{'ms':>8}{'goal':>8}{'of Go':>8}")
    for title, m, name, goal in QUESTIONS:
        took = best(partial(ask, planner, store, m))
        ratio = f"{took / go[name]:8.2f}" if name in go else ""
        print(f"{title:48}{took:8.2f}{goal or '':>8}{ratio}")
    one_each = "sum:1m-avg:regular{host=*}"
    query = Query(HOUR, [parse_m(one_each)])
    took = best(lambda: render(ask(planner, store, one_each), query))
    print(f"{'1,000 series × 60 points, rendered as JSON':48}{took:8.2f}{15:>8}")
    growth()


if __name__ == "__main__":
    main()
