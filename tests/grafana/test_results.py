"""How answers are read: by Go's decoder, which is strict, and by browsers, which crash later."""

import json

import pytest

from tests.grafana.conftest import END, T, point
from tests.grafana.decoders import read_go
from tests.grafana.generations import GENERATIONS, GO, Panel, model

CPU = {"metric": "cpu", "aggregator": "sum", "downsample": "10s-sum"}
BY_HOST = [{"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": True}]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("fill", ["none", "nan", "null", "zero"])
async def test_gaps_are_left_out(source, generation, fill):
    """2.2 says: no JSON value makes the Go backend draw a gap; the only harmless output is to leave the bucket out.

    6 breaks: "NaN" strings or bare NaN in dps.
    """
    boxes = model("cpu", filters=BY_HOST, downsampleInterval="10s", downsampleFillPolicy=fill)
    frames = await source.show(generation, Panel([boxes], T, END))

    values = dict(frames[0].points)
    assert values.pop(T + 30, None) == (0 if fill == "zero" else None)
    assert list(values.values()) == [1, 2, 3, 5, 6]


@pytest.mark.parametrize("fill", ["nan", "null"])
async def test_a_series_that_begins_with_a_gap(source, fill):
    """2.2 says: a NaN as the first value turns the column into text, and nothing is drawn."""
    boxes = model("cpu", downsampleInterval="10s", downsampleFillPolicy=fill)
    (frame,) = await source.show("F2", Panel([boxes], T - 60, END))

    assert frame.points[0] == (T, 11)


async def test_opentsdbs_own_gaps_are_at_the_servers_own_url(source):
    """2.2 says: a general OpenTSDB client expects "NaN" and null, so the server needs a switch."""
    faithful = source.faithful()
    for fill, gap in (("nan", "NaN"), ("null", None)):
        (answer,) = await faithful.ask({**CPU, "downsample": f"10s-sum-{fill}", "tags": {"host": "web01"}})
        assert answer["dps"][str(T + 30)] == gap


async def test_a_group_without_points_is_no_result(source):
    """2.1 says: no match is [], shown as No data; an alert rule's state is then NoData and not a value."""
    for fill in ("none", "nan"):
        sub = {**CPU, "downsample": f"10s-sum-{fill}", "filters": BY_HOST}
        status, answer = await source.post({"start": T + 600, "end": T + 660, "queries": [sub]})
        assert (status, answer) == (200, [])


@pytest.mark.parametrize("arrays", ["", "?arrays=true"])
async def test_shape(source, arrays):
    """2.1 says: a top-level array; metric, tags, aggregateTags and dps of each result."""
    _, answer = await source.post({"start": T, "end": END, "queries": [CPU]}, "/api/query" + arrays)

    (result,) = answer
    assert result["metric"] == "cpu"
    assert result["tags"] == {}
    assert sorted(result["aggregateTags"]) == ["dc", "host"]
    assert isinstance(result["dps"], list if arrays else dict)


async def test_the_metric_is_repeated(source):
    """2.1 says: metric is identical to the requested name, also for companions of k6 metrics."""
    for name in ("cpu", "rt", "rt.p99"):
        (result,) = await source.ask({"metric": name, "aggregator": "max"})
        assert result["metric"] == name


async def test_keys_and_values(source):
    """6 check 5: a top-level array, tags of strings, integer keys, finite numbers, ascending, metric echoed.

    6 breaks: string tag values missing, an object instead of an array, float or ms keys, unsorted arrays.
    """
    for arrays in (False, True):
        body = json.dumps({"start": T, "end": END, "queries": [{**CPU, "filters": BY_HOST}]}).encode()
        path = "/api/query" + ("?arrays=true" if arrays else "")
        _, _, answer = await source.exchange("POST", path, body, GO)
        assert len(read_go(answer, arrays)) == 2


@pytest.mark.parametrize("arrays", ["", "?arrays=true"])
async def test_one_point_a_second(source, arrays):
    """1.7 SHOULD emit at most one point per output timestamp: intervals below a second without msResolution."""
    await source.put(*(point("fast", T * 1000 + 100 * i, i, h="a") for i in range(30)))
    sub = {"metric": "fast", "aggregator": "sum", "downsample": "100ms-sum"}
    _, answer = await source.post({"start": T, "end": END, "queries": [sub]}, "/api/query" + arrays)

    (frame,) = read_go(json.dumps(answer).encode(), bool(arrays))
    assert [time - T for time, _ in frame.points] == [0, 1, 2]


@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize("generation", ["F1", "F2"])
async def test_the_index_of_a_query(source, generation, version):
    """2.1 MUST: query is an object with an integer index when showQuery is true.

    6 breaks: missing query.index with version 2.3.
    """
    panel = Panel([model("cpu"), model("rt", "p99"), model("cpu", "max")], T, END, version=version)
    (request,) = GENERATIONS[generation](panel)
    _, _, body = await source.exchange("POST", request.path, request.body, request.headers)

    asked = [result.get("query", {}).get("index") for result in json.loads(body)]
    assert asked == ([0, 1, 2] if version == 3 else [None] * 3)


async def test_the_index_beside_two_of_the_same(source):
    """2.1 says: the index is the position in the request's queries, by which a browser takes the alias."""
    queries = [CPU, CPU, {**CPU, "aggregator": "max"}]
    body = {"start": T, "end": END, "showQuery": True, "queries": queries}
    shown = [[result["query"]["index"] for result in (await at.post(body))[1]] for at in (source, source.faithful())]

    # OpenTSDB counts what is left once questions are asked but once.
    assert shown == [[0, 2], [0, 1]]


async def test_the_order_of_results(source):
    """2.1 SHOULD: the order of series is deterministic, sorted by tag values."""
    await source.put(*(point("many", T, 1, host=f"h{i}") for i in (3, 10, 1, 20, 2)))
    answer = await source.ask({"metric": "many", "aggregator": "sum", "tags": {"host": "*"}})

    assert [result["tags"]["host"] for result in answer] == ["h1", "h10", "h2", "h20", "h3"]


@pytest.mark.parametrize(
    "accepted, encoding",
    [("gzip", "gzip"), ("gzip, deflate, br, zstd", "gzip"), ("deflate, br", ""), ("", ""), ("identity", ""),
     ("gzip;q=0", "")],
)  # fmt: skip
async def test_gzip_only(source, accepted, encoding):
    """1.1 says: compress with gzip only, when Accept-Encoding lists gzip.

    6 breaks: deflate or br sent unasked.
    """
    await source.put(*(point("long", T + i, i, h="a") for i in range(300)))
    body = json.dumps({"start": T, "end": T + 300, "queries": [{"metric": "long", "aggregator": "sum"}]}).encode()
    _, response, _ = await source.exchange("POST", "/api/query", body, {**GO, "Accept-Encoding": accepted})

    assert response.headers.get("Content-Encoding", "") == encoding


async def test_what_is_past_a_double_is_no_number(source):
    """2.1 says: values are finite and within float64; 1e999 fails the whole query."""
    await source.put(*(point("big", T, 1.7e308, h=h) for h in "ab"))
    status, answer = await source.post({"start": T, "end": END, "queries": [{"metric": "big", "aggregator": "sum"}]})

    assert (status, answer["error"]["message"][:12]) == (400, "Got Infinity")


async def test_a_heatmap_of_buckets(source):
    """5 says: a pre-bucketed heatmap has a series per bucket, not cumulative, with a tag for the bound, ascending."""
    sub = {"metric": "rt", "aggregator": "buckets", "downsample": "10s-avg-zero"}
    answer = await source.ask(sub)

    bounds = [float(result["tags"]["le"]) for result in answer]
    assert bounds == sorted(bounds)
    assert len({tuple(result["dps"]) for result in answer}) == 1
    assert sum(value for result in answer for value in result["dps"].values()) == 12


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_labels_are_unique(source, generation):
    """5 says: each series needs a unique label set; two results with equal tags for one query are an error state."""
    await source.put(
        point("odd", T, 1, host="a"), point("odd", T, 2, host="b"), point("odd", T, 3, host="b", quantile="x")
    )
    for aggregator in ("none", "p99", "sum"):
        boxes = model("odd", aggregator, filters=BY_HOST)
        frames = await source.show(generation, Panel([boxes], T, END))
        assert len({frame.labels for frame in frames}) == len(frames) >= 2
