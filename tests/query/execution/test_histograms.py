"""Histogram queries: names, order and errors as OpenTSDB has them, and merging against a model of dicts."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aggregators
from aggregators import fold
from aggregators.histogram import sum_counts
from aggregators.histogram.histogram import Histogram
from tsdbserver.errors import BadQuery
from tsdbserver.java.float_text import float_text
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Downsample
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.select import derived_metrics
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.wire.query.uri_query import parse_m

WEB01, WEB02 = tag_set({"host": "web01"}), tag_set({"host": "web02"})
SPAN, ENOUGH = TimeSpan(0, 600_000), PlanLimits()
LOW, HIGH, TOP = (0.0, 1.75), (1.75, 3.5), (3.5, 10.0)


def store_of(points):
    store = RingStore()
    tags, times, histograms = zip(*points, strict=True)
    assert not store.write_histograms("rt", tags, np.array(times, np.int64), histograms)
    return store


@pytest.fixture
def store():
    return store_of(
        [
            (WEB01, 0, Histogram.of({LOW: 12, HIGH: 16}, 1, 2)),
            (WEB02, 0, Histogram.of({LOW: 3, HIGH: 4})),
            (WEB01, 10_000, Histogram.of({LOW: 1, HIGH: 9}, 0, 5)),
            (WEB02, 70_000, Histogram.of({LOW: 100, HIGH: 0, TOP: 50})),
        ]
    )


def asked(store, m, span=SPAN, limits=ENOUGH):
    """The results of an `m` parameter."""
    planner = Planner(store, store, aggregators.builtin(), built_in_filters(), limits)
    return run(planner.plan(parse_m(m), span), store)


def shown(results):
    """[(metric, {second: value})] in order."""
    return [(r.metric, dict(zip((r.times // 1000).tolist(), r.values.tolist(), strict=True))) for r in results]


def test_percentiles_ascend_and_are_read_off_all_histograms_of_a_time(store):
    assert shown(asked(store, "sum:percentiles[99.9,50]:rt")) == [
        ("rt_pct_50.0", {0: 2.625, 10: 2.625, 70: 0.875}),
        ("rt_pct_99.9", {0: 2.625, 10: 2.625, 70: 6.75}),
    ]


def test_buckets_are_those_of_a_groups_first_histogram(store):
    assert shown(asked(store, "sum:show-histogram-buckets:percentiles[50]:rt")) == [
        ("rt_pct_50.0", {0: 2.625, 10: 2.625, 70: 0.875}),
        ("rt_UNDERFLOW", {0: 1, 10: 0, 70: 0}),
        ("rt_0.0_1.75", {0: 15, 10: 1, 70: 100}),
        ("rt_1.75_3.5", {0: 20, 10: 9, 70: 0}),
        ("rt_OVERFLOW", {0: 2, 10: 5, 70: 0}),
    ]
    names = [result.metric for result in asked(store, "sum:show-histogram-buckets:rt", TimeSpan(60_000, 80_000))]
    assert names == ["rt_UNDERFLOW", "rt_0.0_1.75", "rt_1.75_3.5", "rt_3.5_10.0", "rt_OVERFLOW"]


def test_slots_merge_over_time_and_gaps_are_never_filled(store):
    for spec in ("1m-sum", "1m-sum-zero", "1m-sum-nan"):
        assert shown(asked(store, f"sum:{spec}:percentiles[95]:rt")) == [("rt_pct_95.0", {0: 2.625, 60: 6.75})]


def test_a_query_over_all_has_results_without_points(store):
    results = asked(store, "sum:0all-sum:percentiles[95]:rt")

    assert shown(results) == [("rt_pct_95.0", {})]
    assert results[0].aggregate_tags == ["host"]


@pytest.mark.parametrize("m", ["sum:percentiles[50]:rt{host=*}", "none:percentiles[50]:rt"])
def test_groups(store, m):
    results = asked(store, m)

    assert [result.tags for result in results] == [{"host": "web01"}, {"host": "web02"}]
    assert shown(results) == [("rt_pct_50.0", {0: 2.625, 10: 2.625}), ("rt_pct_50.0", {0: 2.625, 70: 0.875})]


def test_below_1_percent_opentsdb_says_minus_one(store):
    assert shown(asked(store, "sum:percentiles[0,0.5]:rt"))[0] == ("rt_pct_0.0", {0: -1, 10: -1, 70: -1})


def test_percentiles_have_32_bits_as_opentsdb_s():
    just_so_many = store_of([(WEB01, 0, Histogram.of({LOW: 999, HIGH: 1}))])

    # As a 32-bit float 99.9 is a little more than the share of the first bucket.
    assert shown(asked(just_so_many, "sum:percentiles[99.9,99.5]:rt")) == [
        ("rt_pct_99.5", {0: 0.875}),
        ("rt_pct_99.9", {0: 2.625}),
    ]


def test_rates_mean_nothing_and_are_passed_over(store):
    assert shown(asked(store, "sum:rate:percentiles[50]:rt")) == shown(asked(store, "sum:percentiles[50]:rt"))


@pytest.mark.parametrize(
    "m, message",
    [
        ("max:percentiles[50]:rt", "Only NONE or SUM aggregation function supported for histogram query"),
        ("avg:show-histogram-buckets:rt", "Only NONE or SUM aggregation function supported for histogram query"),
        ("sum:1m-avg:percentiles[50]:rt", "Only SUM downsampling aggregation supported for histogram query"),
        ("nope:percentiles[50]:rt", "No such aggregation function: nope"),
        (f"sum:percentiles[{','.join(['9'] * 1001)}]:rt", "Too many percentiles: 1001 maximum allowed: 1000"),
        ("sum:percentiles[50]:nope", "No such name for 'metrics': 'nope'"),
        ("sum:percentiles[50]:rt{nope=*}", "No such name for 'tagk': 'nope'"),
        ("sum:show-histogram-buckets:k6.rt", "'k6.rt' holds digests, which have no buckets: aggregate it by 'buckets'"),
    ],
)
def test_what_is_refused(store, m, message):
    write_digests(store)

    with pytest.raises(BadQuery) as caught:
        asked(store, m)
    assert caught.value.message == message


def test_a_metric_of_numbers_has_no_histograms(store):
    store.write_numbers("load", MetricKind.POINT, [WEB01], np.array([0]), {"value": np.array([1.0])})

    assert asked(store, "sum:percentiles[50]:load") == []
    assert asked(store, "sum:percentiles[50]:rt.p99") == []


def test_a_metric_of_histograms_takes_nothing_else(store):
    refusals = store.write_numbers("rt", MetricKind.POINT, [WEB01], np.array([0]), {"value": np.array([1.0])})

    assert [refusal.reason for refusal in refusals] == ["metric 'rt' holds histogram series, not point"]
    assert store.counts().refused == 1


def test_buckets_of_many_histograms_are_limited(store):
    with pytest.raises(BadQuery, match="3 histograms × 4 columns are 12 cells, more than the 11"):
        asked(store, "sum:percentiles[50]:rt", limits=PlanLimits(cells=11))
    assert asked(store, "sum:percentiles[50]:rt", limits=PlanLimits(cells=12))


def write_digests(store):
    samples = np.array([1.0, 2.0, 3.0, 10.0])
    digests = fold(np.zeros(4, np.intp), samples, 1)
    store.write_digests("k6.rt", [WEB01], 0, 10_000, digests)
    store.write_digests("k6.rt", [WEB02], 0, 10_000, digests)


def test_percentiles_of_digests_are_their_own(store):
    write_digests(store)

    assert shown(asked(store, "sum:percentiles[0,50,100]:k6.rt")) == [
        ("k6.rt_pct_0.0", {0: 1.0}),
        ("k6.rt_pct_50.0", {0: 2.5}),
        ("k6.rt_pct_100.0", {0: 10.0}),
    ]
    assert shown(asked(store, "sum:0all-sum:percentiles[50]:k6.rt")) == [("k6.rt_pct_50.0", {0: 2.5})]


FUNCTIONS = {  # of the samples 0, 12 × 0.875, 16 × 2.625, 2 × 3.5 of web01 and 3 × 0.875, 4 × 2.625 of web02
    "count": 38,
    "sum": 15 * 0.875 + 20 * 2.625 + 2 * 3.5,
    "avg": (15 * 0.875 + 20 * 2.625 + 2 * 3.5) / 38,
    "min": 0,
    "max": 3.5,
    "p50": 2.625,
    "p99": 3.5,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_aggregators_read_the_midpoints_of_all_histograms(store, name):
    (result,) = asked(store, f"{name}:rt", TimeSpan(0, 5_000))

    assert result.values.tolist() == pytest.approx([FUNCTIONS[name]])


def test_companions_are_numbers_of_each_series(store):
    assert shown(asked(store, "sum:rt.count", TimeSpan(0, 5_000))) == [("rt.count", {0: 38})]
    assert shown(asked(store, "max:rt.p50", TimeSpan(0, 5_000))) == [("rt.p50", {0: 2.625})]


def test_more_counts_than_are_looked_at_at_once(monkeypatch):
    monkeypatch.setattr(sum_counts, "_BLOCK", 3)
    monkeypatch.setattr(derived_metrics, "_BLOCK", 3)
    points = [(WEB01, 1000 * i, Histogram.of({LOW: i, HIGH: 1, TOP: 1}, 2)) for i in range(9)]
    (counted,) = asked(store_of(points), "count:rt")
    (companion,) = asked(store_of(points), "sum:rt.count")
    by_opentsdb = asked(store_of(points), "sum:show-histogram-buckets:rt")

    assert counted.values.tolist() == companion.values.tolist() == [i + 4 for i in range(9)]
    assert by_opentsdb[1].values.tolist() == list(range(9))


def test_histograms_that_are_too_many_to_be_added_up_are_read_one_by_one(store):
    few = PlanLimits(cells=10)
    (result,) = asked(store, "p50:1m-p50:rt", TimeSpan(0, 60_000), few)

    assert result.values.tolist() == asked(store, "p50:1m-p50:rt", TimeSpan(0, 60_000))[0].values.tolist()


FLOATS = {99: "99.0", 99.9: "99.9", 0: "0.0", 1.75: "1.75", 0.001: "0.001", 0.0001: "1.0E-4", 1e7: "1.0E7",
          9999999: "9999999.0", 1.5e10: "1.5E10", -2.5: "-2.5", 0.1: "0.1", 16777216: "1.6777216E7"}  # fmt: skip


@pytest.mark.parametrize("value, text", FLOATS.items())
def test_floats_are_written_as_java_writes_them(value, text):
    assert float_text(value) == text


bounds = st.sampled_from([LOW, HIGH, TOP, (0.0, 10.0)])
histograms = st.builds(
    Histogram.of, st.dictionaries(bounds, st.integers(0, 20), max_size=4), st.integers(0, 3), st.integers(0, 3)
)
keys = st.tuples(st.sampled_from([WEB01, WEB02, tag_set({"host": "web03"})]), st.integers(0, 12).map((5_000).__mul__))
widths = st.sampled_from([None, 10_000, 30_000])


def percentile(buckets, p):
    """OpenTSDB's rule, bucket by bucket."""
    total, through = sum(buckets.values()), 0
    for low, high in sorted(buckets):
        through += buckets[low, high]
        if total and through * 100.0 / total >= p:
            return (low + high) / 2
    return 0.0


@settings(max_examples=200)
@given(st.dictionaries(keys, histograms, min_size=1, max_size=12), widths, st.booleans())
def test_merging_is_that_of_dicts(points, width, by_host):
    merged: dict[tuple, Counter] = {}
    under: Counter = Counter()
    for (tags, time), histogram in sorted(points.items()):
        cell = tags if by_host else (), time // (width or 1) * (width or 1)
        merged.setdefault(cell, Counter()).update(dict(zip(histogram.bounds, histogram.counts, strict=True)))
        under[cell] += histogram.underflow
    store = store_of([(tags, time, histogram) for (tags, time), histogram in points.items()])
    spec = f":{Downsample.parse(f'{width}ms-sum')}" if width else ""

    results = asked(store, f"sum{spec}:percentiles[50,90]:show-histogram-buckets:rt{'{host=*}' if by_host else ''}")
    found = {}
    for result in results:
        group = tag_set(result.tags) if by_host else ()
        found[group, result.metric] = dict(zip(result.times.tolist(), result.values.tolist(), strict=True))

    expected: dict[tuple, dict] = {}
    for (group, time), buckets in sorted(merged.items()):
        expected.setdefault((group, "rt_pct_50.0"), {})[time] = percentile(buckets, 50)
        expected.setdefault((group, "rt_pct_90.0"), {})[time] = percentile(buckets, 90)
        expected.setdefault((group, "rt_UNDERFLOW"), {})[time] = under[group, time]
        first = next(m for (g, _), m in sorted(merged.items()) if g == group)
        for low, high in first:
            name = f"rt_{float_text(low)}_{float_text(high)}"
            expected.setdefault((group, name), {})[time] = buckets.get((low, high), 0)
    assert {key: dps for key, dps in found.items() if not key[1].endswith("OVERFLOW")} == expected
