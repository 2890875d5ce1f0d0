"""The URL for alert rules: labels that do not change while an alert is pending."""

import pytest

from tests.batches import MSGPACK, TREND, packed, trend
from tests.grafana.conftest import T, point
from tests.grafana.generations import GENERATIONS, Panel, model


@pytest.fixture
async def alerting(source):
    source.base = "/grafana/grouped"
    return source


async def first_error(source):
    """A series that differs in every tag but its host, and in those it has."""
    tags = {"host": "a", "status": "500", "error_code": "1500"}
    batch = packed(("rt", tags, TREND, trend(7)), seq=2)
    status, _, body = await source.exchange("POST", "/api/tdigest/v1/batch", batch, {"Content-Type": MSGPACK})
    assert status == 200, body


BY_HOST = [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]
ONE_HOST = [{"type": "literal_or", "tagk": "host", "filter": "a", "groupBy": False}]
LABELS = {
    "a percentile": (model("rt", "p99"), [{"quantile": "0.99"}]),
    "by host": (
        model("rt", "p99", filters=BY_HOST),
        [{"host": "a", "quantile": "0.99"}, {"host": "b", "quantile": "0.99"}],
    ),
    "of one host": (model("rt", "sum", filters=ONE_HOST), [{}]),
    "downsampled": (model("rt", "max", downsampleAggregator="p95", filters=ONE_HOST), [{"quantile": "0.95"}]),
    "tags": (model("rt", "count", tags={"host": "a|b"}), [{"host": "a"}, {"host": "b"}]),
    "a companion": (model("rt.p99", "avg", filters=ONE_HOST), [{}]),
    "all stored times": (model("rt", "count", disableDownsampling=True, filters=ONE_HOST), [{}]),
}


@pytest.mark.parametrize("boxes, labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_labels_stay_with_the_first_error(alerting, generation, boxes, labels):
    """5 says: each series needs a unique label set, and an alert instance is its labels."""
    panel = Panel([{**boxes, "downsampleInterval": "10s"}], T, T + 9)
    before = [frame.label for frame in await alerting.show(generation, panel)]
    await first_error(alerting)
    after = [frame.label for frame in await alerting.show(generation, panel)]

    assert (before, after) == (labels, labels)


async def test_buckets_keep_their_bounds(alerting):
    """5 says: one series per bucket, with a tag for the bound."""
    answer = await alerting.ask({"metric": "rt", "aggregator": "buckets", "downsample": "10s-avg", "filters": ONE_HOST})

    assert [result["tags"] for result in answer] == [{"le": text} for text in ("1", "2", "5", "10")]


async def test_series_that_are_not_merged_keep_their_tags(alerting):
    """5 says: two results with equal tags for one query give an error state."""
    answer = await alerting.ask({"metric": "cpu", "aggregator": "none", "downsample": "10s-avg"})

    assert [result["tags"] for result in answer] == [{"host": "web01", "dc": "lga"}, {"host": "web02", "dc": "lax"}]


async def test_keys_are_still_offered(alerting):
    """1.3 says: keys come from the last query answer: tags and aggregateTags."""
    (answer,) = await alerting.ask({"metric": "rt", "aggregator": "p99", "filters": ONE_HOST})

    assert (answer["tags"], answer["aggregateTags"]) == ({"quantile": "0.99"}, ["host", "name"])


async def test_a_tag_quantile_of_the_series(alerting):
    """5 says: unique labels; a tag quantile is the series' own where it is grouped by, else the function's."""
    await alerting.put(*(point("go_gc", T, i, job="x", quantile=q) for i, q in enumerate(("0.5", "0.9"))))
    kept = await alerting.ask({"metric": "go_gc", "aggregator": "p99", "tags": {"quantile": "*"}})
    merged = await alerting.ask({"metric": "go_gc", "aggregator": "p99"})

    assert [result["tags"] for result in kept] == [{"quantile": "0.5"}, {"quantile": "0.9"}]
    assert [(result["tags"], result["aggregateTags"]) for result in merged] == [({"quantile": "0.99"}, ["job"])]


async def test_an_event_without_points(alerting):
    """2.4 SHOULD return a result with empty dps when annotations fall into the range but points do not."""
    await alerting.put(point("cpu", T - 7200, 1, host="web09", dc="lga"))
    _, found = await alerting.get("/api/search/lookup?m=cpu%7Bhost%3Dweb09%7D")
    note = {"startTime": T, "tsuid": found["results"][0]["tsuid"], "description": "deployed"}
    await alerting.post(note, "/api/annotation")
    answer = await alerting.ask({"metric": "cpu", "aggregator": "sum", "tags": {"host": "web09"}})

    assert [(result["tags"], result["dps"]) for result in answer] == [({"host": "web09"}, {})]


SAME = ("/api/version/", "/api/aggregators", "/api/config/filters", "/api/suggest?type=metrics&q=c", "/api/v1/version")


@pytest.mark.parametrize("path", SAME)
async def test_everything_else_is_as_at_grafana(alerting, path):
    """4.4 says: the plugin keeps any base path."""
    one = await alerting.get(path)
    alerting.base = "/Grafana/Grouped"
    other_case = await alerting.get(path)
    alerting.base = "/grafana"

    assert one == other_case == await alerting.get(path)
    alerting.base = "/grouped"
    assert (await alerting.exchange("GET", path))[0] == 404
