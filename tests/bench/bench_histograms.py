"""How fast histograms are read, stored and asked: `python -m tests.bench.bench_histograms`, or `make bench`.

The best of some rounds; machines are noisy, compare within one run.
"""

from functools import partial
from time import perf_counter

import numpy as np
import orjson

import aggregators
from aggregators.histogram.histogram import Histogram
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.points.histogram_json import IncomingHistogram
from tsdbserver.wire.points.histogram_text import parse_histogram
from tsdbserver.wire.points.put_json import parse_points
from tsdbserver.wire.query.uri_query import parse_m

SERIES, TIMES, STEP, BUCKETS = 1_000, 360, 10_000, 20
BODY = 500
ROUNDS = 5
QUESTIONS = (
    "sum:percentiles[99]:rt",
    "sum:1m-sum:percentiles[50,99]:rt",
    "sum:1m-sum:percentiles[99]:rt{host=*}",
    "sum:1m-sum:show-histogram-buckets:rt{dc=*}",
    "p99:1m-p99:rt",
    "p99:1m-p99:rt{host=*}",
    "max:1m-p99:rt",
    "count:1m-count:rt",
    "sum:rt.p99",
)


def histograms(count):
    random = np.random.default_rng(1)
    bounds = [(float(i), i + 1.0) for i in range(BUCKETS)]
    return [
        Histogram.of(dict(zip(bounds, random.integers(0, 200, BUCKETS).tolist(), strict=True)), 1, 2)
        for _ in range(count)
    ]


def body_of(some):
    """A request with some histograms."""
    points = [
        {
            "metric": "rt", "timestamp": 1356998400, "tags": {"host": f"h{i}"},
            "buckets": {f"{low},{high}": n for (low, high), n in zip(one.bounds, one.counts, strict=True)},
        }
        for i, one in enumerate(some)
    ]  # fmt: skip
    return orjson.dumps(points)


def best_seconds(work):
    took = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


def main():
    """Print histograms a second, bytes of one and milliseconds of plans."""
    some = histograms(SERIES)
    body, text = body_of(some[:BODY]), "u=1:" + ":".join(f"{i},{i + 1}={i}" for i in range(BUCKETS))
    json = best_seconds(lambda: parse_points(body, IncomingHistogram.read)) / BODY
    line = best_seconds(lambda: parse_histogram(text))
    print(f"{1 / json:10,.0f} histograms/s parsed of JSON ({BUCKETS} buckets, {BODY} a body)")
    print(f"{1 / line:10,.0f} histograms/s parsed of text")

    store = RingStore()
    tags = [tag_set({"host": f"h{i}", "dc": str(i % 4)}) for i in range(SERIES)]
    start = perf_counter()
    for i in range(TIMES):
        store.write_histograms("rt", tags, np.full(SERIES, i * STEP), some)
    print(f"{SERIES * TIMES / (perf_counter() - start):10,.0f} histograms/s stored")
    store.compact(0)
    print(f"{store.counts().bytes / SERIES / TIMES:10,.1f} bytes a histogram")

    planner = Planner(store, store, aggregators.builtin(), built_in_filters())
    span = TimeSpan(0, TIMES * STEP - 1)
    for m in QUESTIONS:
        seconds = best_seconds(partial(answer, planner, store, m, span))
        print(f"{1000 * seconds:10,.1f} ms {m}")


def answer(planner, store, m, span):
    return run(planner.plan(parse_m(m), span), store)


if __name__ == "__main__":
    main()
