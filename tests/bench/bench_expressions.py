"""How long expressions take beside the query of their series: `python -m tests.bench.bench_expressions`, `make bench`.

Milliseconds from the parsed question to the JSON, the best of some rounds, over 1,000 series of an hour by minutes.
"""

from functools import partial
from time import perf_counter

import orjson

from tests.bench.bench_engine import HOUR, SERIES, T0, load_numbers
from tests.vectors.stores import ENOUGH, runner_of
from tsdbserver.query.expressions.exp.evaluate import tables
from tsdbserver.query.expressions.gexp.evaluate import evaluate
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.expressions.exp_body import echo, parse_body
from tsdbserver.wire.expressions.exp_query import parse_query as parse_message
from tsdbserver.wire.expressions.gexp_query import parse_query
from tsdbserver.wire.query import uri_query
from tsdbserver.wire.results import exp_result, query_result

ROUNDS = 7
A, B = "sum:1m-avg:a{host=*}", "sum:1m-avg:b{host=*}"
CALLS = [
    f"scale({A},2)",
    f"movingAverage({A},10)",
    f"movingAverage({A},'5min')",
    f"highestMax({A},5)",
    f"divide({A},{B})",
]
FORMULAS = ["a / b * 100", "a > b && a - b >= 0.1 ? a : -b"]


def main():
    store = RingStore(ENOUGH)
    for metric in ("a", "b"):
        load_numbers(store, metric)
    runner = runner_of(store)
    span = {"start": [str(HOUR.start)], "end": [str(HOUR.end)]}
    plain = uri_query.parse_query({**span, "m": [A]}, T0)
    report(f"query {A}", lambda: query_result.render(runner.run(plain), plain))
    for text in CALLS:
        report(f"gexp {text}", partial(called, *parse_query({**span, "exp": [text]}, T0), runner))
    for text in FORMULAS:
        report(f"exp {text}", partial(formulated, message(text), runner, store))


def called(query, calls, runner):
    return query_result.render(evaluate(calls, query, runner), query)


def formulated(body, runner, store):
    return exp_result.render(tables(parse_message(body, T0), runner, store), echo(body))


def message(formula):
    filters = [{"id": "f", "tags": [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]}]
    downsampler = {"interval": "1m", "aggregator": "avg"}
    return parse_body(
        orjson.dumps(
            {
                "time": {"start": HOUR.start, "end": HOUR.end, "aggregator": "sum", "downsampler": downsampler},
                "filters": filters,
                "metrics": [{"id": one, "metric": one, "filter": "f"} for one in "ab"],
                "expressions": [{"id": "e", "expr": formula}],
            }
        )
    )


def report(name, work):
    took = []
    for _ in range(ROUNDS):
        began = perf_counter()
        size = len(work())
        took.append(perf_counter() - began)
    print(f"{name:50} {1000 * min(took):8.1f} ms  {size / SERIES:8.0f} bytes a series")


if __name__ == "__main__":
    main()
