"""Adapters of the kinds that are about expressions."""

import numpy as np

from tests.vectors.stores import column, points_of, shown
from tsdbserver.model.query import SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import MAX_TIMESTAMP_MS, TimeSpan
from tsdbserver.query.expressions.functions import FUNCTIONS
from tsdbserver.query.expressions.series import Scope

ALWAYS = Scope(TimeSpan(0, MAX_TIMESTAMP_MS), 1_000_000)

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


KINDS = {"expr_function": expr_function}
