"""Memory a point, and how long a dashboard's questions take: `python -m tests.bench.bench_store`, or `make bench`.

1,000 series of 3,600 points a second apart, written 500 at a time as collectors send them: in order, with neighbours
that changed places on their way over several connections, and with jittered stamps. Of each question the processor's
milliseconds for the whole way from the query's JSON to the answer's, the best of some rounds: others' work on the
machine counts little, and the network not at all.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
import orjson
from numpy.typing import NDArray

from tsdbserver.app import build_app
from tsdbserver.edge.core.services import SERVICES, Services
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.series import TagSet, tag_set
from tsdbserver.settings.table import Settings
from tsdbserver.wire.query.json_query import parse_query
from tsdbserver.wire.results.query_result import render

T0 = 1_700_000_040_000
SERIES, POINTS, WRITE = 1_000, 3_600, 500
ROUNDS = 15
STATUSES = ("200", "201", "302", "404", "500")

NAMES: list[TagSet] = [
    tag_set({"status": status, "method": method, "name": f"page_{page}", "scenario": scenario, "instance": f"i{i}"})
    for i, scenario, page, method, status in product(range(5), ("load", "spike"), range(10), ("GET", "POST"), STATUSES)
]


def writes(swapped: bool, jitter: bool) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int64]]]:
    """The series and the times of each write."""
    random = np.random.default_rng(1)
    rows, times = np.tile(np.arange(SERIES), POINTS), T0 + 1000 * np.repeat(np.arange(POINTS), SERIES)
    if jitter:
        times = times + random.integers(0, 900, len(times))
    parts = np.arange(len(rows) // WRITE)
    order = np.argsort(parts + random.integers(0, 4, len(parts))) if swapped else parts
    for part in order.tolist():
        which = slice(WRITE * part, WRITE * (part + 1))
        yield rows[which], times[which]


def resident() -> int:
    """Bytes of memory that the process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def load(parts: Services, swapped: bool = False, jitter: bool = False) -> None:
    """Write all points and print what they cost."""
    values = np.round(np.random.default_rng(2).lognormal(4.5, 0.5, WRITE), 3)
    all_writes = list(writes(swapped, jitter))
    before, began = resident(), perf_counter()
    for rows, times in all_writes:
        names = [NAMES[row] for row in rows.tolist()]
        parts.writer.write_numbers("requests", MetricKind.POINT, names, times, {"value": values})
    seconds, points = perf_counter() - began, SERIES * POINTS
    title = "jittered" if jitter else "swapped" if swapped else "in order"
    taken = (resident() - before) / points
    print(f"{title:10}{points / seconds:12,.0f} points/s{taken:8.1f} bytes a point"
          f" ({parts.catalog.counts().bytes / points:.1f} by its own count)")  # fmt: skip


def filters(*asked: tuple[str, str, str, bool]) -> list[dict[str, object]]:
    return [{"type": kind, "tagk": key, "filter": text, "groupBy": by} for kind, key, text, by in asked]


EACH = filters(*(("wildcard", key, "*", True) for key, _ in NAMES[0]))
QUESTIONS: dict[str, dict[str, object]] = {
    "one series, raw": {
        "aggregator": "none", "filters": filters(*(("literal_or", key, value, False) for key, value in NAMES[0])),
    },
    "one series, by the minute": {
        "aggregator": "sum", "downsample": "1m-avg",
        "filters": filters(*(("literal_or", key, value, False) for key, value in NAMES[0])),
    },
    "sum of all": {"aggregator": "sum", "downsample": "1m-avg"},
    "average by name": {
        "aggregator": "avg", "downsample": "1m-avg", "filters": filters(("wildcard", "name", "*", True)),
    },
    "a quarter of the series by status": {
        "aggregator": "sum", "downsample": "1m-max",
        "filters": filters(
            ("literal_or", "method", "GET", False), ("regexp", "name", "^page_[1-5]$", False),
            ("wildcard", "status", "*", True),
        ),
    },
    "p99 across all": {"aggregator": "p99", "downsample": "1m-avg"},
    "each series by the minute": {"aggregator": "sum", "downsample": "1m-avg", "filters": EACH},
}  # fmt: skip


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the processor."""
    taken = []
    for _ in range(ROUNDS):
        began = thread_time()
        work()
        taken.append(thread_time() - began)
    return min(taken) * 1000


def server() -> Services:
    """The parts of a server that was just started."""
    return build_app(Settings())[SERVICES]


def answer(parts: Services, question: dict[str, object]) -> bytes:
    """What the server says to a question in JSON."""
    span = {"start": T0, "end": T0 + 1000 * POINTS - 1}
    query = parse_query(orjson.dumps({**span, "queries": [{"metric": "requests", **question}]}), T0)
    return render(parts.queries.runner.run(query), query)


def main() -> None:
    regular, swapped, jittered = server(), server(), server()
    load(regular)
    load(swapped, swapped=True)
    load(jittered, jitter=True)
    print(f"\n{'':40}{'regular':>10}{'jittered':>10}  ms")
    for title, question in QUESTIONS.items():
        took = [best(partial(answer, parts, question)) for parts in (regular, jittered)]
        print(f"{title:40}{took[0]:10.2f}{took[1]:10.2f}")


if __name__ == "__main__":
    main()
