"""`/api/query` over plain points and over digests, GET and POST."""

import json

import pytest

from tests.batches import COUNTER, IV, T0, TREND, packed, trend

T = T0 // 1000
SPAN = {"start": str(T), "end": str(T + 59)}


@pytest.fixture
async def loaded(client):
    """web01: 1 2 3 _ 5 6, web02: 10 … 60 every 10 s."""
    points = [
        {"metric": "cpu", "timestamp": T + 10 * i, "value": value, "tags": {"host": host, "dc": "lax"}}
        for host, values in (("web01", (1, 2, 3, None, 5, 6)), ("web02", (10, 20, 30, 40, 50, 60)))
        for i, value in enumerate(values)
        if value is not None
    ]
    assert (await client.post("/api/put", points))[0] == 204
    return client


async def ask(client, m, **flags):
    """The points of the only result, by seconds from T."""
    status, answer = await client.get("/api/query", m=m, **SPAN, **flags)
    assert status == 200, answer
    assert len(answer) == 1, answer
    return {int(time) - T: value for time, value in answer[0]["dps"].items()}


def every_10s(*values):
    return {10 * i: value for i, value in enumerate(values) if value != "_"}


ANSWERS = {
    # web01 has no value at 30 s: interpolated to 4.
    "sum:10s-sum:cpu": every_10s(11, 22, 33, 44, 55, 66),
    "sum:10s-sum-none:cpu": every_10s(11, 22, 33, 44, 55, 66),
    "sum:10s-sum-nan:cpu": every_10s(11, 22, 33, 40, 55, 66),
    "sum:10s-sum-zero:cpu{host=web01}": every_10s(1, 2, 3, 0, 5, 6),
    "sum:10s-sum-nan:cpu{host=web01}": every_10s(1, 2, 3, "NaN", 5, 6),
    "sum:10s-sum-null:cpu{host=web01}": every_10s(1, 2, 3, None, 5, 6),
    "sum:10s-sum:cpu{host=web01}": every_10s(1, 2, 3, "_", 5, 6),
    "sum:cpu": every_10s(11, 22, 33, 44, 55, 66),
    "avg:10s-avg:cpu": every_10s(5.5, 11, 16.5, 22, 27.5, 33),
    "min:10s-min:cpu": every_10s(1, 2, 3, 4, 5, 6),
    "max:10s-max:cpu": every_10s(10, 20, 30, 40, 50, 60),
    "min:10s-min-zero:cpu": every_10s(1, 2, 3, 0, 5, 6),
    "sum:20s-sum:cpu": {0: 33, 20: 73, 40: 121},
    "sum:20s-avg:cpu": {0: 16.5, 20: 38, 40: 60.5},
    # count of an empty slot is 0 between a series' own points: the downsample function's own rule.
    "sum:10s-count:cpu": every_10s(2, 2, 2, 1, 2, 2),
    "max:30s-count:cpu{host=web01}": {0: 3, 30: 2},
    # the whole span is one slot, stamped with its start; its end does not belong to it
    "sum:0all-sum:cpu": {0: 227},
    "p50:0all-max:cpu": {0: 33},
}


@pytest.mark.parametrize("m, points", ANSWERS.items(), ids=ANSWERS.keys())
async def test_get(loaded, m, points):
    assert await ask(loaded, m) == points


async def test_tags_that_differ_are_aggregate_tags(loaded):
    _, answer = await loaded.get("/api/query", m="sum:10s-sum:cpu", **SPAN)

    assert answer[0]["metric"] == "cpu"
    assert (answer[0]["tags"], answer[0]["aggregateTags"]) == ({"dc": "lax"}, ["host"])


async def test_group_by_gives_one_result_a_value_in_order(loaded):
    _, answer = await loaded.get("/api/query", m="sum:10s-sum:cpu{host=*}", **SPAN)

    assert [result["tags"] for result in answer] == [{"dc": "lax", "host": h} for h in ("web01", "web02")]


@pytest.mark.parametrize(
    "braces, hosts",
    [("{host=web01}", ["web01"]), ("{host=web01|web02}", ["web01", "web02"]), ("{host=web*}", ["web01", "web02"]),
     ("{host=*1}", ["web01"]), ("{host=not_literal_or(web01)}", ["web02"]), ("{host=iliteral_or(WEB02)}", ["web02"]),
     ("{host=wildcard(W*)}", []), ("{host=iwildcard(W*2)}", ["web02"])],
)  # fmt: skip
async def test_filters(loaded, braces, hosts):
    _, answer = await loaded.get("/api/query", m="sum:10s-sum:cpu" + braces, **SPAN)

    assert [result["tags"]["host"] for result in answer] == hosts


async def test_a_filter_in_the_second_braces_does_not_group(loaded):
    assert await ask(loaded, "sum:10s-sum:cpu{}{host=*}") == every_10s(11, 22, 33, 44, 55, 66)


async def post(client, query, path="/api/query", **body):
    return await client.post(path, {"start": T, "end": T + 59, "queries": [query], **body})


async def test_post_takes_filters_and_legacy_tags_and_ignores_what_it_does_not_know(loaded):
    query = {
        "metric": "cpu", "aggregator": "sum", "downsample": "1m-sum", "refId": "A", "tags": {"dc": "*"},
        "filters": [{"type": "literal_or", "tagk": "host", "filter": "web01", "groupBy": False, "id": "1"}],
    }  # fmt: skip
    status, answer = await post(loaded, query, unknown=1)

    assert status == 200
    assert [result["dps"] for result in answer] == [{str(T): 17.0}]


async def test_a_slot_that_began_before_the_start_is_not_shown(loaded):
    _, answer = await loaded.get("/api/query", m="sum:20s-sum:cpu", start=str(T + 1), end=str(T + 41))

    assert [result["dps"] for result in answer] == [{str(T + 20): 73.0, str(T + 40): 121.0}]


async def test_a_sum_past_the_greatest_double_fails_the_query(client):
    point = {"metric": "big", "timestamp": T, "value": 1e308}
    await client.post("/api/put", [{**point, "tags": {"host": host}} for host in ("a", "b")])

    assert (await client.get("/api/query", m="max:big", **SPAN))[0] == 200
    status, answer = await client.get("/api/query", m="sum:big", **SPAN)
    assert status == 400
    assert answer["error"]["message"].startswith("Got Infinity: a value of metric 'big' at ")


async def test_times_are_seconds_unless_milliseconds_are_asked_for(loaded):
    query = {"metric": "cpu", "aggregator": "max", "downsample": "30s-max"}
    _, seconds = await post(loaded, query)
    _, milliseconds = await post(loaded, query, msResolution=True)
    _, asked_in_ms = await loaded.post("/api/query", {"start": T0, "end": T0 + 59_999, "queries": [query]})

    shown = [T, T + 30]
    assert [list(map(int, answer[0]["dps"])) for answer in (seconds, milliseconds, asked_in_ms)] == [
        shown, [1000 * t for t in shown], shown,
    ]  # fmt: skip


async def test_arrays_are_pairs(loaded):
    _, answer = await post(loaded, {"metric": "cpu", "aggregator": "max", "downsample": "10s-max"}, "/api/query?arrays")

    assert answer[0]["dps"][:2] == [[T, 10.0], [T + 10, 20.0]]


async def test_a_result_can_bring_its_question_along(loaded):
    queries = [{"metric": "cpu", "aggregator": name, "downsample": "1m-sum"} for name in ("max", "sum", "max")]
    body = {"start": T, "end": T + 59, "showQuery": True, "queries": queries}
    _, answer = await loaded.post("/api/query", body)

    asked = [(result["query"]["index"], result["query"]["aggregator"]) for result in answer]
    assert asked == [(0, "max"), (1, "sum")]


async def test_not_key_wants_series_without_the_key(loaded):
    point = {"metric": "cpu", "timestamp": T, "value": 1000, "tags": {"rack": "r1"}}
    await loaded.post("/api/put", point)
    filters = [{"type": "not_key", "tagk": "host", "filter": ""}]
    _, answer = await post(loaded, {"metric": "cpu", "aggregator": "sum", "filters": filters})

    assert [result["dps"] for result in answer] == [{str(T): 1000}]


async def test_explicit_tags_want_no_others(loaded):
    query = {"metric": "cpu", "aggregator": "sum", "explicitTags": True}
    host = {"type": "wildcard", "tagk": "host", "filter": "*", "groupBy": False}
    dc = {"type": "wildcard", "tagk": "dc", "filter": "*", "groupBy": False}

    assert (await post(loaded, {**query, "filters": [host]}))[1] == []
    assert len((await post(loaded, {**query, "filters": [host, dc]}))[1]) == 1


@pytest.fixture
async def digests(client):
    """Two hosts, two scenarios, two intervals of samples 1 … 10, and a slow host."""
    await client.send(
        packed(
            ("rt", {"host": "a", "s": "x"}, TREND, trend(*range(1, 11))),
            ("rt", {"host": "b", "s": "x"}, TREND, trend(100, 200)),
            ("reqs", {"host": "a"}, COUNTER, [5.0, 5]),
        )
    )
    await client.send(packed(("rt", {"host": "a", "s": "x"}, TREND, trend(*range(11, 21))), t0=T0 + IV, seq=2))
    return client


DIGEST_ANSWERS = {
    # merged over the group and the slot, whatever the downsample function is
    "p50:10s-p50:rt": {0: 6.5, 10: 15.5},
    "p50:10s-avg:rt": {0: 6.5, 10: 15.5},
    "p50:20s-p50:rt{host=a}": {0: 10.5},
    "p90:0all-p90:rt": {0: 19.9},
    # the same function twice: of all samples
    "avg:10s-avg:rt": {0: 355 / 12, 10: 15.5},
    "count:10s-count:rt": {0: 12, 10: 10},
    "sum:20s-sum:rt": {0: 510},
    "max:10s-max:rt": {0: 200, 10: 20},
    "min:20s-min:rt": {0: 1},
    # otherwise they compose: the worst host's median, the mean of the hosts' means
    "max:10s-p50:rt": {0: 150, 10: 15.5},
    "avg:10s-avg:rt{}{host=a}": {0: 5.5, 10: 15.5},
    "sum:10s-count:rt": {0: 12, 10: 10},
    "max:10s-count:rt": {0: 10, 10: 10},
    # no downsample: slots are the stored intervals
    "p50:rt": {0: 6.5, 10: 15.5},
    "count:rt": {0: 12, 10: 10},
    # a gap shows as the fill policy says
    "p50:10s-p50-nan:rt": {0: 6.5, 10: 15.5, 20: "NaN", 30: "NaN", 40: "NaN", 50: "NaN"},
    "p50:10s-p50-null:rt": {0: 6.5, 10: 15.5, 20: None, 30: None, 40: None, 50: None},
    "p50:10s-p50-zero:rt": {0: 6.5, 10: 15.5, 20: 0, 30: 0, 40: 0, 50: 0},
    # companions are scalar series
    "max:rt.p50": {0: 150, 10: 15.5},
    "sum:10s-sum:rt.count": {0: 12, 10: 10},
    "sum:reqs.rate": {0: 0.5},
}


@pytest.mark.parametrize("m, points", DIGEST_ANSWERS.items(), ids=DIGEST_ANSWERS.keys())
async def test_on_digests(digests, m, points):
    answer = await ask(digests, m)

    assert answer.keys() == points.keys()
    assert all(answer[t] == (pytest.approx(v) if isinstance(v, float) else v) for t, v in points.items()), answer


async def test_digests_group_by_tags(digests):
    _, answer = await digests.get("/api/query", m="p50:0all-p50:rt{host=*}", **SPAN)

    assert [(result["tags"]["host"], result["dps"]) for result in answer] == [
        ("a", {str(T): 10.5}), ("b", {str(T): 150.0}),
    ]  # fmt: skip


async def test_a_group_without_data_in_the_span_is_not_there(digests):
    _, answer = await digests.get("/api/query", m="p50:10s-p50:rt{host=*}", start=str(T + 10), end=str(T + 59))

    assert [result["tags"]["host"] for result in answer] == ["a"]


BAD_QUERIES = {
    "aggregator": ({"aggregator": "p98", "metric": "rt"}, "No such aggregation function: p98"),
    "no aggregator": ({"metric": "rt"}, "Missing the aggregation function"),
    "no metric": ({"aggregator": "sum"}, "Missing the metric or tsuids"),
    "metric": ({"aggregator": "sum", "metric": "nosuch"}, "No such name for 'metrics': 'nosuch'"),
    "function": (
        {"aggregator": "sum", "metric": "rt", "downsample": "10s-nosuch"},
        "No such downsampling function: nosuch",
    ),
    "fill": ({"aggregator": "sum", "metric": "rt", "downsample": "10s-sum-maybe"}, "Unrecognized fill policy: maybe"),
    "interval": ({"aggregator": "sum", "metric": "rt", "downsample": "1.5h-sum"}, "1.5h"),
    "zero interval": ({"aggregator": "sum", "metric": "rt", "downsample": "0s-sum"}, "Zero or negative duration: 0s"),
    "specifier": ({"aggregator": "sum", "metric": "rt", "downsample": "10s"}, "Invalid downsampling specifier '10s'"),
    "value left out": ({"aggregator": "sum", "metric": "rt", "tags": {"host": "a||b"}}, "Missing UID name"),
    "tsuid": (
        {"aggregator": "sum", "metric": "rt", "tsuids": ["01010"]},
        "Invalid TSUID: '01010'",
    ),
    "tag key": ({"aggregator": "sum", "metric": "rt", "tags": {"nosuch": "*"}}, "No such name for 'tagk': 'nosuch'"),
    "tag value": (
        {"aggregator": "sum", "metric": "rt", "tags": {"host": "nosuch"}},
        "No such name for 'tagv': 'nosuch'",
    ),
}


@pytest.mark.parametrize("query, message", BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_a_bad_query_is_named(digests, query, message):
    status, answer = await post(digests, query)

    assert status == 400
    assert message in answer["error"]["message"]


@pytest.mark.parametrize("option", ["explicit_tags", "1m-avg", "rate{counter}", "percentiles[99]"])
async def test_where_the_aggregator_stands_is_told_to_who_begins_with_something_else(digests, option):
    status, answer = await digests.get("/api/query", m=f"{option}:sum:rt", start=str(T))

    assert (status, answer["error"]["message"]) == (400, f"No such aggregation function: {option}")
    assert answer["error"]["details"].startswith("The aggregator stands first")


BAD_FILTERS = {
    "Could not find a tag value filter of the type: nosuch": {"type": "nosuch", "tagk": "host", "filter": "a"},
    "Could not find a tag value filter of the type: REGEXP": {"type": "REGEXP", "tagk": "host", "filter": "a"},
    "Missing the tag key of a filter of the type: regexp": {"type": "regexp", "tagk": "", "filter": "a"},
    "Invalid regular expression '[': missing ]: [": {"type": "regexp", "tagk": "host", "filter": "["},
}


async def test_a_wildcard_without_an_asterisk_is_one_choice_to_grafana(digests):
    tag_filter = {"type": "wildcard", "tagk": "host", "filter": "a"}
    query = {"start": T, "queries": [{"aggregator": "sum", "metric": "rt", "filters": [tag_filter]}]}

    status, answer = await digests.post("/api/query", query)
    assert status == 400
    assert answer["error"]["details"].startswith("Filter must contain an asterisk: a")
    assert (await digests.post("/grafana/api/query", query))[0] == 200


@pytest.mark.parametrize("reason, tag_filter", BAD_FILTERS.items(), ids=BAD_FILTERS.keys())
async def test_a_filter_that_cannot_be_built_is_bad_json_to_opentsdb(digests, reason, tag_filter):
    query = {"start": T, "queries": [{"aggregator": "sum", "metric": "rt", "filters": [tag_filter]}]}

    status, answer = await digests.post("/api/query", query)
    shown_status, shown = await digests.post("/grafana/api/query", query)

    assert (status, answer["error"]["message"]) == (400, "Unable to parse the given JSON")
    assert answer["error"]["details"].startswith(reason)
    assert shown_status == 400
    assert shown["error"]["message"].startswith(reason)


BAD_BODIES = {
    "empty": (b"", "Missing message content"),
    "no JSON": (b"{", "Unable to parse the given JSON"),
    "no start": (b'{"queries":[{"aggregator":"sum","metric":"rt"}]}', "Missing start time"),
    "no queries": (b'{"start":1}', "Missing queries"),
    "end before start": (b'{"start":10,"end":5,"queries":[{}]}', "must be greater than or equal to the start time"),
    "delete": (b'{"start":1,"delete":true,"queries":[{}]}', "Bad request"),
}


@pytest.mark.parametrize("body, message", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_is_named(client, body, message):
    status, answer = await client.post("/api/query", body)

    assert status == 400
    assert message in answer["error"]["message"]


async def test_a_plan_of_a_billion_slots_is_refused_before_it_runs(digests):
    query = {"aggregator": "sum", "metric": "rt", "downsample": "1ms-avg"}
    status, answer = await digests.post("/api/query", {"start": T - 10**6, "end": T, "queries": [query]})

    assert status == 400
    assert "(setting max-cells)" in answer["error"]["message"]


async def test_an_unknown_endpoint_is_opentsdbs_404(client):
    status, answer = await client.get("/api/nosuch")

    assert (status, json.dumps(answer)) == (404, '{"error": {"code": 404, "message": "Endpoint not found"}}')
