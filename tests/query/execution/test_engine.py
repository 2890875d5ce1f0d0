"""The engine against the naive reference, on random series, gaps, policies, functions, widths, rates and groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aggregators
from tests.query import naive
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.query import Downsample, FilterSpec, Rate, SubQuery
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits

BASE = 1_700_000_040_000
FUNCTIONS = sorted(naive.REDUCE)

times = st.one_of(st.integers(0, 120_000), st.integers(0, 24).map((5_000).__mul__)).map(BASE.__add__)
points = st.dictionaries(times, st.integers(-99, 99).map(float), min_size=1, max_size=15)
tag_sets = st.sampled_from([tag_set({"host": host, "dc": dc}) for host in "abc" for dc in "xy"])


RING = 12
"""Points that a ring holds: fewer than a series may have, so that rings wrap."""


def store_of(series):
    store = RingStore(RingLimits(retention=RING, resolution=1))
    for tags, values in series.items():
        times, column = np.array(list(values)), np.array(list(values.values()))
        for part in (slice(None, 9), slice(9, None)):
            store.write_numbers("m", MetricKind.POINT, [tags] * len(times[part]), times[part], {"value": column[part]})
    return store


def newest(series):
    """What rings of that length keep."""
    return {tags: dict(sorted(values.items())[-RING:]) for tags, values in series.items()}


def asked(store, sub_query, span):
    """{group: {time: value}} NaN for a gap that shows."""
    plan = Planner(store, store, aggregators.builtin(), built_in_filters()).plan(sub_query, span)
    return {
        tuple((k, v) for k, v in sorted(result.tags.items()) if k in plan.group_by): dict(
            zip(result.times.tolist(), result.values.tolist(), strict=True)
        )
        for result in run(plan, store)
    }


@settings(max_examples=300)
@given(
    series=st.dictionaries(tag_sets, points, min_size=1, max_size=6),
    start=st.integers(0, 100_000).map(BASE.__add__),
    length=st.integers(0, 60_000),
    aggregator=st.sampled_from(FUNCTIONS),
    function=st.sampled_from(FUNCTIONS),
    fill=st.sampled_from(list(aggregators.FillPolicy)),
    width=st.sampled_from([None, 1_000, 7_000, 10_000, 60_000]),
    rate=st.booleans(),
    group_by=st.sampled_from([(), ("host",), ("dc",), ("dc", "host")]),
)
def test_the_engine_agrees_with_the_naive_reference(
    series, start, length, aggregator, function, fill, width, rate, group_by
):
    span = TimeSpan(start, start + length)
    if width is None:
        function, fill = "none", aggregators.FillPolicy.NONE
    sub_query = SubQuery(
        aggregator,
        "m",
        Downsample(width, function, fill) if width else None,
        [FilterSpec("wildcard", key, "*", group_by=True) for key in group_by],
        rate=Rate() if rate else None,
    )
    got = asked(store_of(series), sub_query, span)
    expected = naive.answer(
        newest(series), span.start, span.end, aggregator,
        width=width, function=function, fill=fill.value, rate=rate, group_by=group_by,
    )  # fmt: skip

    assert {k: v for k, v in got.items() if v} == {
        group: pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True) for group, values in expected.items() if values
    }


@given(series=st.dictionaries(tag_sets, points, min_size=2, max_size=6), data=st.data())
def test_the_answer_does_not_depend_on_the_order_in_which_series_were_stored(series, data):
    other = dict(data.draw(st.permutations(list(series.items()))))
    sub_query = SubQuery("avg", "m", Downsample(10_000, "max"))
    span = TimeSpan(BASE, BASE + 120_000)
    (got,), (again,) = (asked(store_of(s), sub_query, span).values() for s in (series, other))

    assert got == pytest.approx(again)


@given(
    st.lists(st.lists(st.integers(1, 999), min_size=1, max_size=60), min_size=1, max_size=5),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_few_samples_have_the_quantiles_of_all_samples(senders, q):
    store = RingStore()
    for number, samples in enumerate(senders):
        digests = aggregators.fold(np.zeros(len(samples), np.intp), np.array(samples, float), 1)
        store.write_digests("rt", [tag_set({"instance": str(number)})], BASE, 10_000, digests)
    name = {0.5: "p50", 0.9: "p90", 0.99: "p99"}[q]
    (answer,) = asked(
        store, SubQuery(name, "rt", Downsample(10_000, name)), TimeSpan(BASE - BASE % 10_000, BASE)
    ).values()

    assert list(answer.values()) == pytest.approx([np.quantile(np.concatenate(senders), q)])
