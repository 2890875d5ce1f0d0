"""Amounts: the engine against the naive reference, and what must hold of every total, however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aggregators
from aggregators import FillPolicy
from tests.query import naive_amounts
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import NATURES, MetricKind, Nature
from tsdbserver.model.query import Downsample, FilterSpec, SubQuery
from tsdbserver.model.series import tag_set
from tsdbserver.model.time import HOUR_MS, TimeSpan
from tsdbserver.query.execution import amounts
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.store.interface import MAX_WIDTHS
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.store.numbers import interval_rings
from tsdbserver.store.numbers.merge_points import join

T0 = 1_700_000_040_000
LATER = T0 + 86_400_000
SPAN = TimeSpan(T0, T0 + 119_999)
LIMITS = PlanLimits()
STEPS = [700, 1_000, 5_000, 10_000, 15_000, 30_000, 40_000, 60_000, 120_000]

widths = st.sampled_from([1_000, 4_000, 5_000, 6_000, 10_000, 20_000])


def reports(width):
    starts = st.integers(-(-T0 // width), (T0 + 119_999) // width).map(width.__mul__)
    return st.tuples(starts, st.just(width), st.integers(0, 99).map(float))


def series_of(report):
    return st.dictionaries(st.sampled_from("abc"), st.lists(report, min_size=1, max_size=12), min_size=1)


# Senders of many widths; of one; and of one that all slots are multiples of.
series = st.one_of(
    series_of(widths.flatmap(reports)),
    widths.flatmap(lambda width: series_of(reports(width))),
    series_of(reports(5_000)),
)


def stored(series):
    """A store in which the counter `m` has these reports, and the distribution `d` as many samples of 1."""
    store = RingStore()
    flat = [(tag_set({"host": name}), *report) for name, reported in series.items() for report in reported]
    counts = np.array([int(value) for *_, value in flat])
    digests = aggregators.fold(np.repeat(np.arange(len(flat)), counts), np.ones(counts.sum()), len(flat))
    # Where all amounts are 0 the distribution is known, and has no series.
    assert not store.write_digests("d", [], T0, 10_000, digests.take(np.empty(0, np.intp)))
    for i, (tags, start, width, value) in enumerate(flat):
        columns = {"value": np.array([value]), "count": np.array([1.0])}
        assert not store.write_numbers("m", MetricKind.COUNTER, [tags], np.array([start]), columns, width)
        if value:
            assert not store.write_digests("d", [tags], start, width, digests.take(np.array([i])))
    return store


def asked(store, metric, aggregator="sum", downsample=None, span=SPAN, now=LATER, group_by=False, limits=LIMITS):
    """{host, or "" for all: {time: value}}"""
    filters = [FilterSpec("wildcard", "host", "*", group_by=True)] if group_by else []
    planner = Planner(store, store, aggregators.builtin(), built_in_filters(), limits, clock=lambda: now)
    plan = planner.plan(SubQuery(aggregator, metric, downsample, filters), span)
    return {
        result.tags["host"] if group_by else "": dict(zip(result.times.tolist(), result.values.tolist(), strict=True))
        for result in run(plan, store)
    }


def slots_of(step, span=SPAN):
    first = -(-span.start // step) * step
    return [(start, start + step) for start in range(first, span.end + 1, step)]


@settings(max_examples=250, deadline=None)
@given(
    series=series,
    metric=st.sampled_from(["m", "m.rate", "m.count", "d.rate", "d.count", "d.sum"]),
    aggregator=st.sampled_from(["sum", "avg", "min", "max", "count"]),
    function=st.sampled_from(naive_amounts.FUNCTIONS),
    fill=st.sampled_from(list(FillPolicy)),
    step=st.sampled_from(STEPS),
    now=st.one_of(st.just(LATER), st.integers(T0, T0 + 130_000)),
)
def test_the_engine_agrees_with_the_naive_reference(series, metric, aggregator, function, fill, step, now):
    store = stored(series)
    if metric.startswith("d"):  # of no samples no digest is made
        series = {name: [r for r in reported if r[2]] for name, reported in series.items()}
    if metric == "m.count":  # each write was one sample
        series = {name: [(start, width, 1.0) for start, width, _ in reported] for name, reported in series.items()}
    series = {name: reported for name, reported in series.items() if reported}
    got = asked(store, metric, aggregator, Downsample(step, function, fill), now=now).get("", {})
    read = naive_amounts.rate if metric.endswith(".rate") else naive_amounts.amount
    right = naive_amounts.answer(series, slots_of(step), aggregator, function, fill.value, now, read) if series else {}

    assert got == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True)


def total(answer, seconds=1.0):
    return sum(value * seconds for points in answer.values() for value in points.values())


WHOLE = TimeSpan(T0 - 120_000, T0 + 240_000 - 1)


@settings(deadline=None)
@given(
    series=series, step=st.sampled_from([1_000, 5_000, 10_000, 15_000, 40_000, 60_000, 120_000]), group=st.booleans()
)
def test_totals_depend_neither_on_the_step_nor_on_the_groups(series, step, group):
    store = stored(series)
    sent = sum(value for reported in series.values() for _, _, value in reported)
    for metric in ("m", "d.count", "d.sum"):
        answer = asked(store, metric, "sum", Downsample(step, "sum"), WHOLE, group_by=group)
        assert total(answer) == pytest.approx(sent), metric
    for metric in ("m.rate", "d.rate"):
        for function in ("avg", "sum"):
            answer = asked(store, metric, "sum", Downsample(step, function), WHOLE, group_by=group)
            assert total(answer, step / 1000) == pytest.approx(sent), metric


@settings(deadline=None)
@given(series=series, now=st.integers(T0, T0 + 130_000), step=st.sampled_from([1_000, 10_000, 40_000, 120_000]))
def test_an_open_slot_of_a_rate_is_as_long_as_what_is_known_of_it(series, now, step):
    store = stored(series)
    known = naive_amounts.Known.of(series, now)
    points = asked(store, "m.rate", "sum", Downsample(step, "avg"), WHOLE, now).get("", {})
    ends = {slot[0]: known.end(slot) for slot in slots_of(step, WHOLE)}
    counted = sum(
        value * max(min(start + width, end) - max(start, begin), 0) / width
        for reported in series.values()
        for start, width, value in reported
        for begin, end in ends.items()
    )

    assert total({"": {time: value * (ends[time] - time) / 1000 for time, value in points.items()}}) == pytest.approx(
        counted
    )


@pytest.mark.parametrize("ahead", [3_000, 8_000, 25_000, 3_600_000])
@pytest.mark.parametrize("function", ["avg", "sum", "max", "min"])
@pytest.mark.parametrize("step", [7_000, 20_000, 60_000])
def test_a_sender_whose_clock_is_ahead_leaves_the_rates_of_others_alone(ahead, function, step):
    clock = T0 + 91_000  # the interval until 90 s has just arrived
    fair = [(T0 + 10_000 * i, 10_000, 100.0) for i in range(9)]
    fast = [(start + ahead // 10_000 * 10_000, width, 50.0) for start, width, _ in fair] + [(T0 + 90_000, 10_000, 50.0)]
    store = stored({"a": fair, "b": fast})
    rates = asked(store, "m.rate", "sum", Downsample(step, function), now=clock, group_by=True)

    assert rates["a"] == {slot[0]: 10.0 for slot in slots_of(step) if slot[0] < T0 + 90_000}


def test_a_clock_behind_all_senders_hides_nothing():
    store = stored({"a": [(T0 + 10_000 * i, 10_000, 100.0) for i in range(12)]})
    for now in (T0 - 3_600_000, T0, T0 + 59_000):
        (points,) = asked(store, "m.rate", "sum", Downsample(30_000, "avg"), now=now).values()
        assert list(points.values()) == [10.0] * 4, now


@pytest.mark.parametrize("function", ["avg", "sum", "min"])
def test_a_slot_that_has_just_closed_does_not_dip(function):
    for end in range(10_000, 121_000, 10_000):  # k6 sends an interval a second after its end
        store = stored({"a": [(T0 + at, 10_000, 100.0) for at in range(0, end, 10_000)]})
        for late in (1_200, 5_000, 10_000, 11_100):
            now = T0 + end + late
            for downsample in (Downsample(20_000, function), Downsample(None, function)):
                span = TimeSpan(T0, now)
                (points,) = asked(store, "m.rate", "sum", downsample, span, now).values()
                assert set(points.values()) == {10.0}, (end, late, downsample)


def test_silence_counts_when_a_run_has_ended():
    store = stored({"a": [(T0 + at, 10_000, 100.0) for at in range(0, 50_000, 10_000)]})
    minute, end = Downsample(60_000, "avg"), T0 + 60_000
    width_and_grace = 10_000 + amounts.GRACE_MS
    for metric, known, whole in (("m.rate", 10.0, 500 / 60), ("m", 100.0, 500 / 6)):
        for now, right in ((end - 1, known), (end, known), (end + width_and_grace - 1, known)):
            assert asked(store, metric, "sum", minute, now=now) == {"": {T0: right}}
        for now in (end + width_and_grace, LATER):
            assert asked(store, metric, "sum", minute, now=now) == {"": {T0: pytest.approx(whole)}}


@settings(deadline=None)
@given(series=series, group=st.booleans())
def test_stored_intervals_add_up_without_a_downsample(series, group):
    store = stored(series)
    sent = sum(value for reported in series.values() for _, _, value in reported)
    for metric in ("m", "d.count", "d.sum"):
        assert total(asked(store, metric, "sum", None, WHOLE, group_by=group)) == pytest.approx(sent)


@pytest.mark.parametrize("step", [5_000, 10_000, 15_000, 20_000, 30_000])
@pytest.mark.parametrize("function", ["avg", "sum", "pfsum", "zimsum", "min", "max", "median", "first", "last"])
def test_a_steady_rate_is_that_rate_in_every_step(step, function):
    steady = {"a": [(T0 + 10_000 * i, 10_000, 100.0) for i in range(12)]}
    (points,) = asked(stored(steady), "m.rate", "sum", Downsample(step, function)).values()

    assert set(points.values()) == {10.0}
    assert len(points) == 120_000 // step


def test_what_senders_of_different_widths_send_is_a_steady_rate_together():
    ten, one = [(T0 + 10_000 * i, 10_000, 100.0) for i in range(6)], [(T0 + 1_000 * i, 1_000, 5.0) for i in range(60)]
    store = stored({"a": ten + one})
    for function in ("avg", "min", "max", "median", "first", "last"):
        for step in (1_000, 5_000, 15_000, 60_000):
            (points,) = asked(store, "m.rate", "sum", Downsample(step, function), TimeSpan(T0, T0 + 59_999)).values()
            assert set(points.values()) == {15.0}, (function, step)
    (raw,) = asked(store, "m.rate").values()
    assert set(raw.values()) == {15.0}
    assert len(raw) == 60
    (sums,) = asked(store, "m", downsample=Downsample(10_000, "sum")).values()
    assert set(sums.values()) == {150.0}


def test_intervals_are_laid_out_a_block_at_a_time(monkeypatch):
    mixed = {
        name: [(T0 + 10_000 * i, 10_000, 10.0 * i) for i in (1, 4, 11)] + [(T0 + 4_000 * i, 4_000, 3.0) for i in (2, 9)]
        for name in "abc"
    }
    store = stored(mixed)
    for metric in ("m", "m.rate"):
        for function in ("avg", "max", "dev", "last"):
            downsample = Downsample(20_000, function)
            monkeypatch.setattr(amounts, "_BLOCK", 1 << 22)
            at_once = asked(store, metric, "sum", downsample, group_by=True)
            for block in (1, 5, 17):
                monkeypatch.setattr(amounts, "_BLOCK", block)
                assert asked(store, metric, "sum", downsample, group_by=True) == at_once


def test_more_silent_intervals_than_a_query_may_look_at_are_refused():
    store = stored({"a": [(T0, 1_000, 1.0), (T0 + 119_000, 1_000, 1.0)]})
    with pytest.raises(BadQuery, match="120 intervals of m, silent ones included, are more than the 110"):
        asked(store, "m", downsample=Downsample(120_000, "max"), limits=PlanLimits(11))
    assert asked(store, "m", downsample=Downsample(120_000, "sum"), limits=PlanLimits(11)) == {"": {T0: 2.0}}


def test_one_width_too_many_takes_the_place_of_the_one_that_is_silent_longest():
    # Each width has a report at its own time, the third one the oldest.
    starts = {1_000 * (1 + i): T0 + (-60_000 if i == 2 else 1_000 * i) for i in range(MAX_WIDTHS)}
    store = stored({"a": [(start, width, 1.0) for width, start in starts.items()]})
    columns = {"value": np.array([5.0]), "count": np.array([1.0])}
    tags, before = [tag_set({"host": "b"})], store.counts().overwritten

    assert store.write_numbers("m", MetricKind.COUNTER, tags, np.array([T0]), columns, 77) == []
    assert store.counts().overwritten == before + 1
    assert store.counts().refused == 0
    assert total(asked(store, "m", "sum", Downsample(60_000, "sum"), WHOLE)) == MAX_WIDTHS - 1 + 5.0
    assert sorted(store.widths(store.select("m", ()), WHOLE)) == sorted({*starts, 77} - {3_000})


def test_widths_that_are_older_than_the_ring_is_long_make_room():
    store = RingStore(RingLimits(retention=60_000))
    columns = {"value": np.array([1.0]), "count": np.array([1.0])}
    for start, width in ((T0, 1_000), (T0 + 30_000, 2_000), (T0 + 70_000, 3_000), (T0 + 70_000, 4_000)):
        store.write_numbers("m", MetricKind.COUNTER, [tag_set({})], np.array([start]), columns, width)

    assert store.widths(store.select("m", ()), WHOLE) == [2_000, 3_000, 4_000]
    assert store.counts().overwritten == 1


def test_a_stray_width_is_not_joined_with_all_the_rest(monkeypatch):
    steady = [(T0 + 1_000 * i, 1_000, 1.0) for i in range(100)]
    store = stored({"a": steady, "b": [*steady, (T0 + 50_000, 10_000, 7.0)], "c": [(T0 + 50_000, 10_000, 3.0)]})
    joined = []

    def watch(kind, points):
        joined.append(points)
        return join(kind, points)

    monkeypatch.setattr(interval_rings, "join", watch)
    sums = asked(store, "m", "sum", Downsample(60_000, "sum"))
    rates = asked(store, "m.rate", "sum", Downsample(60_000, "avg"))
    assert not joined
    assert sums == {"": {T0: 130.0, T0 + 60_000: 80.0}}
    assert rates == {"": {T0: 130 / 60, T0 + 60_000: 80 / 60}}

    counts = asked(store, "m", "sum", Downsample(60_000, "count"), group_by=True)
    assert counts == {"a": {T0: 60.0, T0 + 60_000: 40.0}, "b": {T0: 60.0, T0 + 60_000: 40.0}, "c": {T0: 1.0}}
    (points,) = joined
    assert sorted(points.fields) == ["value"]
    assert len(points.rows) == 2


def test_gauges_of_several_widths_keep_the_last_value_of_an_interval():
    store = RingStore()
    for width, at, value in ((10_000, 7_000, 3.0), (1_000, 500, 9.0), (5_000, 4_000, 1.0)):
        columns = {"value": value, "at": T0 + at, "min": value, "max": value, "sum": value, "count": 1.0}
        arrays = {name: np.array([column], float) for name, column in columns.items()}
        store.write_numbers("g", MetricKind.GAUGE, [tag_set({"host": "a"})], np.array([T0]), arrays, width)
    found = store.select("g", ())

    assert asked(store, "g") == {"": {T0: 3.0}}
    assert asked(store, "g", downsample=Downsample(10_000, "last")) == {"": {T0: 3.0}}
    assert asked(store, "g.max") == {"": {T0: 9.0}}
    assert asked(store, "g.count") == {"": {T0: 3.0}}
    assert store.newest(found).values.tolist() == [3.0]
    assert store.newest(found, "min").values.tolist() == [1.0]
    assert store.size(found) == 3


@pytest.mark.parametrize("metric", ["m", "m.rate", "m.count", "d", "d.rate", "d.count", "g", "g.max"])
@pytest.mark.parametrize("function", ["sum", "zimsum", "pfsum", "count", "avg", "max", "min"])
@pytest.mark.parametrize("fill", list(FillPolicy))
def test_a_span_in_which_no_slot_begins_has_no_results(metric, function, fill):
    store = stored({"a": [(T0, 10_000, 1.0), (T0 + 10_000, 10_000, 2.0)], "b": [(T0, 1_000, 3.0)]})
    columns = {name: np.ones(1) for name in ("value", "at", "min", "max", "sum", "count")}
    store.write_numbers("g", MetricKind.GAUGE, [tag_set({"host": "a"})], np.array([T0]), columns, 6_000)

    inside, moment = TimeSpan(T0 + 5_000, T0 + 25_000), TimeSpan(T0, T0)
    assert asked(store, metric, "sum", Downsample(60_000, function, fill), inside) == {}
    assert asked(store, metric, "sum", Downsample(None, function, fill), moment) == {}


def test_rates_of_times_far_apart_stay_what_they_are():
    reports = [(start, width, 10.0) for start in (0, 1_799_999_280_000) for width in (10_000, 20_000)]
    store = stored({f"{i:02}": reports for i in range(35)})
    hour = Downsample(HOUR_MS, "max")
    span = TimeSpan(0, 1_800_000_000_000)
    answer = asked(store, "m.rate", "max", hour, span, group_by=True)

    assert [list(points.values()) for points in answer.values()] == [[1.5, 1.5]] * 35


def test_every_kind_says_what_its_numbers_are():
    assert set(NATURES) == set(MetricKind)
    for kind, natures in NATURES.items():
        assert ("" in natures) == kind.is_scalar
        for suffix in ("sum", "count", "rate"):
            assert natures.get(suffix, Nature.AMOUNT) is Nature.AMOUNT
