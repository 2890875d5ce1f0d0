"""Ids of series: shown beside results, in look-ups, and asked for in the place of a metric."""

import pytest

PUTS = [
    {"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "a", "dc": "x"}},
    {"metric": "cpu", "timestamp": 1356998400, "value": 2, "tags": {"host": "b", "dc": "x"}},
    {"metric": "cpu", "timestamp": 1356998400, "value": 4, "tags": {"host": "c"}},
    {"metric": "mem", "timestamp": 1356998400, "value": 8, "tags": {"host": "a"}},
]
A, B, C, MEM = (
    "000001000001000001000002000002",
    "000001000001000003000002000002",
    "000001000001000004",
    "000002000001000001",
)


@pytest.fixture
async def loaded(client):
    assert (await client.post("/api/put", PUTS))[0] == 204
    return client


async def ask(client, sub_query, **fields):
    body = {"start": 1356998400, "end": 1356998460, "queries": [{"aggregator": "sum", **sub_query}], **fields}
    return await client.post("/api/query", body)


SHOWN = {
    "all in one": ({"metric": "cpu"}, [[A, B, C]]),
    "by dc": ({"metric": "cpu", "tags": {"dc": "*"}}, [[A, B]]),
    "by host": ({"metric": "cpu", "tags": {"host": "*"}}, [[A], [B], [C]]),
    "one": ({"metric": "mem"}, [[MEM]]),
    "by id": ({"tsuids": [C, A]}, [[A, C]]),
    "none": ({"metric": "cpu", "aggregator": "none"}, [[A], [B], [C]]),
}


@pytest.mark.parametrize("sub_query, expected", SHOWN.values(), ids=SHOWN.keys())
async def test_each_result_names_its_series(loaded, sub_query, expected):
    status, results = await ask(loaded, sub_query, showTSUIDs=True)

    assert status == 200
    assert sorted(result["tsuids"] for result in results) == expected


async def test_ids_are_shown_only_if_asked_for(loaded):
    _, results = await ask(loaded, {"metric": "cpu"})

    assert "tsuids" not in results[0]


async def test_series_asked_for_by_id_are_one_group(loaded):
    asked = {"start": "1356998400", "end": "1356998460", "tsuid": f"sum:{B},{C.lower()}"}
    status, results = await loaded.get("/api/query", **asked)

    assert status == 200
    assert results == [
        {"metric": "cpu", "tags": {"dc": "x"}, "aggregateTags": ["host"], "dps": {"1356998400": 6.0}},
    ]


BY_ID = {
    "unknown metric": ("0000FF000001000001", 200, []),
    "unknown series": ("000001000001000001", 200, []),
    "a metric alone": ("000001", 200, []),
    "no id": ("zz", 400, "Invalid TSUID: 'zz'"),
    "two metrics": (f"{A},{MEM}", 400, "One or more TSUIDs did not share the same metric [000001] [000002]"),
}


@pytest.mark.parametrize("ids, status, expected", BY_ID.values(), ids=BY_ID.keys())
async def test_ids_that_name_no_series(loaded, ids, status, expected):
    got, answer = await ask(loaded, {"tsuids": ids.split(",")})

    assert (got, answer if got == 200 else answer["error"]["message"]) == (status, expected)


async def test_a_lookup_lists_series_in_the_order_of_their_ids(loaded):
    _, answer = await loaded.get("/api/search/lookup", m="*{host=*}", limit="3")

    assert [(found["tsuid"], found["metric"]) for found in answer["results"]] == [(A, "cpu"), (B, "cpu"), (C, "cpu")]
    assert (answer["totalResults"], answer["startIndex"], answer["limit"]) == (3, 0, 3)


ECHOED = {
    "cpu": {"metric": "cpu", "tags": []},
    "*{host=a}": {"metric": "*", "tags": [{"key": "host", "value": "a"}]},
    "{host=}": {"tags": [{"key": "host", "value": None}]},
    "cpu{=a,*=x}": {"metric": "cpu", "tags": [{"key": None, "value": "a"}, {"key": "*", "value": "x"}]},
}


@pytest.mark.parametrize("m, echoed", ECHOED.items(), ids=ECHOED.keys())
async def test_a_lookup_repeats_what_was_asked(loaded, m, echoed):
    _, answer = await loaded.get("/api/search/lookup", m=m)

    assert {key: answer[key] for key in ("metric", "tags") if key in answer} == echoed


POSTED = {
    "all": ({}, 4, {"metric": "*"}),
    "one metric": ({"metric": "cpu", "useMeta": False}, 3, {"metric": "cpu"}),
    "a key": ({"tags": [{"key": "dc", "value": None}]}, 2, {"metric": "*", "tags": [{"key": "dc", "value": None}]}),
    "no metric but a value": ({"metric": None, "tags": [{"key": "*", "value": "a"}]}, 2, {}),
    "a limit in a text": ({"limit": "1", "startIndex": 0}, 1, {"metric": "*"}),
}


@pytest.mark.parametrize("body, count, echoed", POSTED.values(), ids=POSTED.keys())
async def test_a_posted_lookup(loaded, body, count, echoed):
    status, answer = await loaded.post("/api/search/lookup", body)

    assert status == 200
    assert len(answer["results"]) == count
    assert answer.items() >= echoed.items()


REFUSED = {
    "/api/search/lookup": ("Missing parameter <code>m</code>", ""),
    "/api/search/lookup?m={": ("Unable to parse query", "Missing '}' at the end of: {"),
    "/api/search/lookup?m=cpu{x}": ("Unable to parse query", "When parsing tag 'x': Missing tag pair"),
    "/api/search/lookup?m=cpu{a=b=c}": ("Unable to parse query", "When parsing tag 'a=b=c': invalid tag: a=b=c"),
    "/api/search/lookup?m=cpu&limit=x": (
        "Unable to convert 'limit' to a valid number", "not an integer of 32 bits: x",
    ),
    "/api/search/tsmeta?query=*": ("Searching is not enabled", "Searching has not been enabled on this TSD"),
    "/api/search/nope?query=*": ("Invalid search query type supplied", "Unknown type: nope"),
    "/api/search": ("Invalid search query type supplied", "Unknown type: "),
}  # fmt: skip


@pytest.mark.parametrize("path, expected", REFUSED.items(), ids=REFUSED.keys())
async def test_a_bad_search_is_named(client, path, expected):
    status, answer = await client.get(path)

    assert (status, answer["error"]["message"], answer["error"].get("details", "")) == (400, *expected)


async def test_a_lookup_for_nothing_at_all(client):
    status, answer = await client.post("/api/search/lookup", {"metric": None})

    assert status == 400
    assert answer["error"]["message"] == "Missing metric and tags. Please supply at least one value."


async def test_the_names_of_one_put_are_numbered_point_by_point(client):
    names = [("m1", {"host": "a"}), ("m2", {"host": "b", "rack": "r"}), ("m1", {"host": "c"})]
    await client.post("/api/put", [{**PUTS[0], "metric": metric, "tags": tags} for metric, tags in names])
    _, answer = await client.get("/api/search/lookup", m="*")

    assert {found["tsuid"]: found["tags"] for found in answer["results"]} == {
        "000001000001000001": {"host": "a"},
        # Java's map lists rack before host: r is number 2, b number 3.
        "000002000001000003000002000002": {"host": "b", "rack": "r"},
        "000001000001000004": {"host": "c"},
    }
