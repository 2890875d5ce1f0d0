"""Adapters of the kinds that are about expressions."""

import numpy as np
import orjson

from tests.vectors.stores import ENOUGH, add, column, points_of, runner_of, shown
from tsdbserver.model.query import Shown, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import MAX_TIMESTAMP_MS, TimeSpan
from tsdbserver.query.expressions.exp.evaluate import tables
from tsdbserver.query.expressions.gexp.functions import FUNCTIONS
from tsdbserver.query.expressions.series import Scope
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.expressions.exp_body import Fill, parse_body
from tsdbserver.wire.expressions.exp_query import parse_query
from tsdbserver.wire.results.exp_result import render

NOW = 1_700_000_000_000
ALWAYS = Scope(TimeSpan(0, MAX_TIMESTAMP_MS), 1_000_000, Shown())

JOINING = [FUNCTIONS[name].run for name in ("sum", "difference", "multiply", "divide")]
"""What makes one series of several lists; vectors give it lists of one series each."""


def expr_function(given):
    meet = FUNCTIONS[given["function"]].run in JOINING
    lists = given.get("arguments") or ([[one] for one in given["series"]] if meet else [given["series"]])
    operands = [[_result(series) for series in one] for one in lists]
    results = FUNCTIONS[given["function"]].run(operands, given["args"], ALWAYS)
    answers = [shown(result) for result in results]
    return {"series": [answer["points"] for answer in answers], "tags": [answer["tags"] for answer in answers]}


def _result(series):
    points = points_of(series)
    times = np.array([time for time, _ in points], np.int64)
    metric = series.get("metric", "m")
    return ResultSeries(metric, series.get("tags", {}), [], times, column(points), SubQuery("sum", metric))


def exp_query(given):
    store = RingStore(ENOUGH)
    for series in given["series"]:
        add(store, series["metric"], series)
    asked = parse_query(parse_body(orjson.dumps(given["query"])), NOW)
    answers = orjson.loads(render(tables(asked, runner_of(store), store), {}))["outputs"]
    return {"outputs": [_output(answer) for answer in answers]}


def _output(answer):
    """What vectors name of an output; one without a column has no metrics."""
    metrics = answer["meta"][1]["metrics"] if len(answer["meta"]) > 1 else []
    return {"output": answer["id"], "dps": answer["dps"], "metrics": metrics}


def fill_policy(given):
    fill = Fill(given["policy"], given.get("value")).numeric()
    return {"policy": fill.kind, "value": fill.value}


KINDS = {"exp_query": exp_query, "expr_function": expr_function, "fill_policy": fill_policy}
