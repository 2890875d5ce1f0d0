"""Adapters of the kinds that are about histograms."""

import numpy as np

from aggregators.histogram.histogram import Histogram
from aggregators.histogram.packed import Histograms
from tests.vectors.stores import ENOUGH, planned
from tsdbserver.model.query import SubQuery
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.execution.histograms import percentiles_of_buckets
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.common import parse_percentiles

NOON = 1356998400_000


def histogram_of(given):
    buckets = {(low, high): count for low, high, count in given["buckets"]}
    return Histogram.of(buckets, given["underflow"], given["overflow"])


def histogram_percentile(given):
    column = Histograms.pack([histogram_of(given)])
    middle = column.layouts[0].midpoints
    (value,) = percentiles_of_buckets(column.counts[None, :].astype(np.int64), middle, [given["p"]])
    return {"value": value.item()}


def histogram_names(given):
    sub = SubQuery("sum", given["metric"], percentiles=parse_percentiles(given["percentiles"]))
    results = answered(sub, [Histogram.of({(0.0, 1.0): 1})])
    return {"metrics": [result.metric for result in results]}


def histogram_merge(given):
    histograms = [histogram_of(one) for one in given["histograms"]]
    results = answered(SubQuery("sum", "m", show_histogram_buckets=True), histograms)
    under, *buckets, over = ((result.metric.split("_"), int(result.values[0])) for result in results)
    return {
        "buckets": [[float(low), float(high), count] for (_, low, high), count in buckets],
        "underflow": under[1],
        "overflow": over[1],
    }


def answered(sub, histograms):
    """The results of a sub query over histograms of one time, each of a series of its own."""
    store = RingStore(ENOUGH)
    tags = [tag_set({"series": str(position)}) for position in range(len(histograms))]
    store.write_histograms(sub.metric, tags, np.full(len(histograms), NOON), histograms)
    return run(planned(sub, TimeSpan(NOON, NOON), store), store)


KINDS = {
    "histogram_merge": histogram_merge,
    "histogram_names": histogram_names,
    "histogram_percentile": histogram_percentile,
}
