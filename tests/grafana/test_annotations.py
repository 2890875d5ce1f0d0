"""Events on panels: an annotation query is an ordinary query for `sum` of a metric, and nothing else."""

import json

import pytest

from tests.grafana.conftest import END, T, point
from tests.grafana.generations import GENERATIONS, Panel, model


async def note(source, **fields):
    status, _, body = await source.exchange("POST", "/api/annotation", json.dumps(fields).encode())
    assert status == 200, body


async def tsuid_of(source, host):
    return (await source.get(f"/api/search/lookup?m=cpu%7Bhost%3D{host}%7D"))[1]["results"][0]["tsuid"]


@pytest.fixture
async def noted(source):
    """A deployment at 15 s, written in milliseconds, and a disk of web01 that was full at 25 s."""
    await note(source, startTime=(T + 15) * 1000 + 250, description="deployment")
    await note(source, startTime=T + 25, tsuid=await tsuid_of(source, "web01"), description="disk full")
    return source


def events(metric="cpu"):
    """The boxes of an annotation query."""
    return {"metric": metric, "aggregator": "sum", "disableDownsampling": True}


@pytest.mark.parametrize("generation", ["F1", "F2", "B"])
async def test_events_of_everything(noted, generation):
    """2.4 SHOULD: add globalAnnotations to the first result even when the flag is absent, since B never sends it."""
    first, *others = await noted.show(generation, Panel([{**events(), "tags": {"host": "*"}}], T, END))

    assert first.global_annotations == ((T + 15, "deployment"),)
    assert [frame.global_annotations for frame in others] == [()]


@pytest.mark.parametrize("generation", ["F1", "F2", "B"])
async def test_events_of_a_series(noted, generation):
    """2.4 says: series annotations stand in annotations of each result; startTime is a number of seconds.

    6 breaks: startTime as a string.
    """
    frames = await noted.show(generation, Panel([{**events(), "tags": {"host": "*"}}], T, END))

    assert [frame.annotations for frame in frames] == [((T + 25, "disk full"),), ()]


@pytest.mark.parametrize("version", [3, 4])
async def test_ordinary_panels(noted, version):
    """2.4 says: wrong types fail every query that carries them, also ordinary panels."""
    for generation in GENERATIONS:
        frames = await noted.show(generation, Panel([model("cpu"), model("rt", "p99")], T, END, version))
        assert [frame.name for frame in frames] == ["cpu", "rt"]


async def test_events_without_points(noted):
    """2.4 SHOULD: return a result with empty dps when annotations fall into the range but points do not."""
    await note(noted, startTime=T + 600, description="night")
    await note(noted, startTime=T + 601, tsuid=await tsuid_of(noted, "web02"), description="reboot")
    (frame,) = await noted.show("B", Panel([events()], T + 590, T + 650))

    assert frame.points == ()
    assert frame.global_annotations == ((T + 600, "night"),)
    assert frame.annotations == ((T + 601, "reboot"),)


async def test_events_under_an_invented_metric(noted):
    """2.4 says: no result, no event: users must invent a metric; here any name will do."""
    (frame,) = await noted.show("F1", Panel([events("deployments")], T, END))

    assert (frame.name, frame.points, frame.global_annotations) == ("deployments", (), ((T + 15, "deployment"),))


async def test_events_of_silent_series_join_their_group(noted):
    """5 says: two results with equal tags give an error state, so the events of a silent series join its group."""
    await note(noted, startTime=T + 205, tsuid=await tsuid_of(noted, "web02"), description="unplugged")
    await noted.put(point("cpu", T + 200, 7, host="web01", dc="lga"))
    (together,) = await noted.show("B", Panel([events()], T + 190, T + 250))
    apart = await noted.show("B", Panel([{**events(), "tags": {"host": "*"}}], T + 190, T + 250))

    assert (together.points, together.annotations) == (((T + 200, 7),), ((T + 205, "unplugged"),))
    assert [(frame.label["host"], frame.points, frame.annotations) for frame in apart] == [
        ("web01", ((T + 200, 7),), ()), ("web02", (), ((T + 205, "unplugged"),))
    ]  # fmt: skip


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_an_alert_rule_sees_no_data(noted, generation):
    """5 says: an empty answer is NoData; an event in the range of an alert rule is no value."""
    await note(noted, startTime=T + 600, description="night")

    assert await noted.show(generation, Panel([model("cpu")], T + 590, T + 650)) == []


async def test_unwanted_events(noted):
    """2.4 says: annotations are optional; noAnnotations leaves them out."""
    answer = await noted.ask({"metric": "cpu", "aggregator": "sum"}, noAnnotations=True)

    assert [result.keys() & {"annotations", "globalAnnotations"} for result in answer] == [set()]


async def test_the_faithful_mount(noted):
    """2.4 says: the compatibility profile adds them; OpenTSDB shows them with every result, and only if asked for."""
    by_host = {"metric": "cpu", "aggregator": "sum", "tags": {"host": "*"}}
    without = await noted.faithful().ask(by_host)
    asked = await noted.faithful().ask(by_host, globalAnnotations=True)

    assert ["globalAnnotations" in result for result in (*without, *asked)] == [False, False, True, True]
    assert asked[0]["globalAnnotations"][0]["startTime"] == (T + 15) * 1000 + 250
