"""What the editor sends for boxes that nobody has touched, at every zoom."""

from itertools import product

import pytest

from tests.batches import COUNTER, GAUGE, MSGPACK, RATE, TREND, packed, trend
from tests.grafana.conftest import END, T, point
from tests.grafana.generations import GENERATIONS, Panel, model

ZOOMS = ("500ms", "1s", "2s", "5s", "15s", "20s", "30s", "1m", "2m", "5m", "10m", "30m", "1h", "2h", "6h", "12h", "1d")
"""`$__interval`, from the last 5 minutes on a small panel to the last 90 days."""
GENERATIONS_WITH_PANELS = ("B", "F1", "F2")
STEPS = 30
START = T - T % 86_400
"""A midnight: all intervals begin there."""
SPAN = (START, START + 10 * STEPS - 1)


@pytest.fixture
async def k6_run(empty):
    """30 intervals of 10 s: two hosts with 10 and 1 requests, of 10 and 100 ms; a gauge of 7 on each; half fail."""
    for step in range(STEPS):
        series = []
        for host, count, ms in (("a", 10, 10.0), ("b", 1, 100.0)):
            tags = {"host": host}
            series += [
                ("k6.d", tags, TREND, trend(*[ms] * count)),
                ("k6.n", tags, COUNTER, [float(count), count]),
                ("k6.vus", tags, GAUGE, [7.0, 1000 * (START + 10 * step), 7, 7, 7.0, 1]),
                ("k6.failed", tags, RATE, [count, 2 * count]),
            ]
        batch = packed(*series, seq=step + 1, t0=1000 * (START + 10 * step))
        status, _, body = await empty.exchange("POST", "/api/tdigest/v1/batch", batch, {"Content-Type": MSGPACK})
        assert status == 200, body
    return empty


async def shown(source, generation, metric, aggregator, interval, **boxes):
    panel = Panel([model(metric, aggregator, **boxes)], *SPAN, interval=interval)
    return [frame.points for frame in await source.show(generation, panel)]


TOTALS = {"k6.n": 11 * STEPS, "k6.d": (10 * 10.0 + 100.0) * STEPS}


@pytest.mark.parametrize("fill", ["none", "zero", "null", "nan"])
@pytest.mark.parametrize("generation", GENERATIONS_WITH_PANELS)
async def test_the_total_is_the_total_at_every_zoom(k6_run, generation, fill):
    """1.7 says: the interval left blank is Grafana's own, in units from ms to d; nothing is lost at any of them."""
    for interval in ZOOMS:
        (points,) = await shown(k6_run, generation, "k6.d", "sum", interval, downsampleFillPolicy=fill)
        (counts,) = await shown(k6_run, generation, "k6.d", "count", interval, downsampleFillPolicy=fill)

        assert sum(value for _, value in points if value is not None) == pytest.approx(TOTALS["k6.d"])
        assert sum(value for _, value in counts if value is not None) == 11 * STEPS
        assert len({time for time, _ in points}) == len(points)


async def test_a_level_is_the_level_at_every_zoom(k6_run):
    """1.7 says: the function is avg by default; a gauge, a share and a percentile read the same at any interval."""
    levels = (
        ("k6.vus", "sum", 14), ("k6.failed", "avg", 0.5), ("k6.d", "min", 10), ("k6.d", "max", 100),
        ("k6.d", "avg", 200 / 11), ("k6.d", "p50", 10), ("k6.d", "p75", 10),
    )  # fmt: skip
    for interval, (metric, aggregator, value) in product(ZOOMS, levels):
        (points,) = await shown(k6_run, "B", metric, aggregator, interval)

        assert points, (metric, aggregator)
        assert [v for _, v in points] == pytest.approx([value] * len(points)), (metric, aggregator)


@pytest.mark.parametrize("interval", ["100ms", "500ms", "999ms", "1500ms", "2500ms"])
async def test_no_second_is_overwritten(k6_run, interval):
    """1.7 SHOULD emit at most one point per output timestamp, for sub-second intervals without msResolution."""
    for function in ("sum", "count"):
        sub = {"metric": "k6.d", "aggregator": function, "downsample": f"{interval}-avg-zero"}
        (answer,) = await k6_run.ask_over(SPAN, sub)
        assert sum(answer["dps"].values()) == pytest.approx({"sum": TOTALS["k6.d"], "count": 11 * STEPS}[function])
    buckets = await k6_run.ask_over(
        SPAN, {"metric": "k6.d", "aggregator": "buckets", "downsample": f"{interval}-avg-zero"}
    )
    assert {b["tags"]["le"]: sum(b["dps"].values()) for b in buckets if sum(b["dps"].values())} == {
        "10": 10 * STEPS, "100": STEPS
    }  # fmt: skip
    (percentile,) = await k6_run.ask_over(
        SPAN, {"metric": "k6.d", "aggregator": "p50", "downsample": f"{interval}-avg-zero"}
    )
    assert sorted(percentile["dps"].values())[-STEPS:] == [10] * STEPS
    (counter,) = await k6_run.ask_over(
        SPAN, {"metric": "k6.n", "aggregator": "sum", "downsample": f"{interval}-sum-zero"}
    )
    assert sum(counter["dps"].values()) == TOTALS["k6.n"]


async def test_milliseconds_keep_narrow_slots(k6_run):
    """1.5 says: msResolution is true when the resolution setting is 2; slots are then as narrow as was asked for."""
    sub = {"metric": "k6.d", "aggregator": "count", "downsample": "500ms-avg-zero"}
    (answer,) = await k6_run.ask_over(SPAN, sub, msResolution=True)

    assert len(answer["dps"]) == 2 * (10 * STEPS - 1) + 1
    assert sum(answer["dps"].values()) == 11 * STEPS


async def test_intervals_of_half_a_second_without_downsampling(empty):
    """1.7 SHOULD emit at most one point per output timestamp; without a downsample slots are the stored intervals."""
    for i in range(6):
        batch = packed(("d", {"h": "a"}, TREND, trend(1, 2 + i)), seq=i + 1, t0=1000 * T + 500 * i, iv=500)
        await empty.exchange("POST", "/api/tdigest/v1/batch", batch, {"Content-Type": MSGPACK})
    (counts,) = await empty.ask({"metric": "d", "aggregator": "count"})
    (highest,) = await empty.ask({"metric": "d", "aggregator": "max"})
    (narrow,) = await empty.ask({"metric": "d", "aggregator": "count"}, msResolution=True)

    assert counts["dps"] == {str(T + i): 4 for i in range(3)}
    assert highest["dps"] == {str(T): 3, str(T + 1): 5, str(T + 2): 7}
    assert list(narrow["dps"].values()) == [2] * 6


async def test_the_faithful_mount_keeps_what_is_asked_for(k6_run):
    """4.4 says: /api stays faithful to OpenTSDB: the last of several slots in a second stays, functions compose."""
    faithful = k6_run.faithful()
    (narrow,) = await faithful.ask_over(SPAN, {"metric": "k6.d", "aggregator": "sum", "downsample": "500ms-sum-zero"})
    (averages,) = await faithful.ask_over(SPAN, {"metric": "k6.d", "aggregator": "sum", "downsample": "10s-avg"})
    (series,) = await faithful.ask_over(SPAN, {"metric": "k6.d", "aggregator": "count", "downsample": "10s-avg"})

    assert sum(narrow["dps"].values()) == 0
    assert set(averages["dps"].values()) == {110}
    assert set(series["dps"].values()) == {2}


ALL_SAMPLES = {"count": 11, "sum": 200, "min": 10, "max": 100, "avg": 200 / 11, "zimsum": 200, "mimmax": 100}


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_the_editors_avg_means_all_samples(k6_run, generation):
    """4.2 says: sum avg min max count work from the digest's own totals; count is the number of samples, not series."""
    for function, value in ALL_SAMPLES.items():
        (points,) = await shown(k6_run, generation, "k6.d", function, "10s", downsampleInterval="10s")

        assert [v for _, v in points] == pytest.approx([value] * STEPS)


async def test_a_chosen_function_composes(k6_run):
    """4.2 says: another function that somebody chose is per series, then the aggregator across series."""
    (points,) = await shown(k6_run, "B", "k6.d", "sum", "10s", downsampleAggregator="max")

    assert {value for _, value in points} == {110}


async def test_companions_are_plain_series(k6_run):
    """4.2 says: on plain metrics functions stay OpenTSDB's; a companion is one."""
    (points,) = await shown(k6_run, "B", "k6.d.avg", "count", "10s")

    assert {value for _, value in points} == {2}


async def test_histograms_too(empty):
    """4.2 says: a metric stored as digests or histograms; avg is the editor's default for both."""
    body = (
        b'[{"metric":"h","timestamp":%d,"overflow":0,"underflow":0,"buckets":{"0,10":6,"10,20":4},"tags":{"host":"a"}},'
        b'{"metric":"h","timestamp":%d,"overflow":0,"underflow":0,"buckets":{"0,10":1},"tags":{"host":"b"}}]' % (T, T)
    )
    status, _, answer = await empty.exchange("POST", "/api/histogram", body)
    assert status < 300, answer
    for function, value in {"count": 11, "sum": 7 * 5 + 4 * 15, "max": 15}.items():
        (answer,) = await empty.ask({"metric": "h", "aggregator": function, "downsample": "1m-avg"})
        assert answer["dps"] == {str(T): value}


TYPED = {"10 s-sum": 6, " 0.5m -sum": 2, "0.25 m-sum": 4, "60.0s-sum": 1, "all-sum": 1, "0all-sum": 1}


@pytest.mark.parametrize("text, count", TYPED.items())
async def test_intervals_as_people_type_them(source, text, count):
    """1.7 says: the interval is free text, sent as typed."""
    sub = {"metric": "cpu", "aggregator": "sum", "tags": {"host": "web02"}, "downsample": text}
    (answer,) = await source.ask(sub)

    assert len(answer["dps"]) == count
    if "all" not in text:
        status, _ = await source.faithful().post({"start": T, "end": END, "queries": [sub]})
        assert status == 400


@pytest.mark.parametrize("interval", ZOOMS[3:8])
async def test_a_rate_of_a_plain_counter(source, interval):
    """1.8 says: Rate and Counter are switches; a counter of 10 a second is that at every interval."""
    await source.put(*(point("hits", T + 10 * i, 100 * i, host="a") for i in range(30)))
    panel = Panel([model("hits", shouldComputeRate=True, isCounter=True)], T, T + 299, interval=interval)
    for generation in GENERATIONS_WITH_PANELS:
        (frame,) = await source.show(generation, panel)
        # A last slot that is not full has a mean of its own.
        assert [value for _, value in frame.points][:-1] == pytest.approx([10] * (len(frame.points) - 1), rel=0.51)
