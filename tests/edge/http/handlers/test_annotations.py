"""Annotations: written, edited, read, deleted, and shown beside the results of queries."""

import pytest

from tsdbserver.settings.table import Settings

NOON = 1356998400
PUTS = [
    {"metric": "cpu", "timestamp": NOON, "value": 1, "tags": {"host": "a"}},
    {"metric": "cpu", "timestamp": NOON + 10, "value": 2, "tags": {"host": "b"}},
    {"metric": "mem", "timestamp": NOON, "value": 8, "tags": {"host": "a"}},
]
A, B, MEM = "000001000001000001", "000001000001000002", "000002000001000001"
BARE = {"tsuid": "", "description": "", "notes": "", "startTime": NOON, "endTime": 0}


@pytest.fixture
async def loaded(client):
    assert (await client.post("/api/put", PUTS))[0] == 204
    return client


async def send(client, method, path, body=None, **params):
    """(status, JSON or None) of a request."""
    async with client.session.request(method, path, json=body, params=params) as response:
        text = await response.text()
        return response.status, await response.json(content_type=None) if text else None


async def test_an_annotation_is_answered_as_it_is_stored(client):
    sent = {"startTime": NOON, "description": "deploy", "custom": {"who": "ops"}, "unknown": 1}
    stored = {**BARE, "description": "deploy", "custom": {"who": "ops"}}

    assert await send(client, "POST", "/api/annotation", sent) == (200, stored)
    assert await send(client, "GET", "/api/annotation", start_time=str(NOON)) == (200, stored)
    assert await send(client, "GET", "/api/annotation", {"startTime": NOON}) == (200, stored)


async def test_post_changes_what_it_names_and_put_the_whole(client):
    await send(client, "POST", "/api/annotation", {"startTime": NOON, "description": "d", "notes": "n"})

    assert await send(client, "POST", "/api/annotation", {"startTime": NOON, "notes": "new", "endTime": NOON + 5}) == (
        200, {**BARE, "description": "d", "notes": "new", "endTime": NOON + 5},
    )  # fmt: skip
    assert await send(client, "PUT", "/api/annotation", {"startTime": NOON, "notes": "alone"}) == (
        200, {**BARE, "notes": "alone"},
    )  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("body", [{}, {"description": ""}, {"tsuid": A, "endTime": 0}])
async def test_what_says_nothing_changes_nothing(client, method, body):
    await send(client, "POST", "/api/annotation", {"startTime": NOON, "tsuid": A, "description": "d"})

    assert await send(client, method, "/api/annotation", {"startTime": NOON, **body}) == (304, None)
    _, kept = await send(client, "GET", "/api/annotation", start_time=str(NOON), tsuid=A)
    assert kept["description"] == "d"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(client):
    await send(client, "POST", "/api/annotation", {"startTime": NOON, "description": "d"})

    assert await send(client, "DELETE", "/api/annotation", {"startTime": NOON}) == (204, None)
    assert await send(client, "DELETE", "/api/annotation", start_time=str(NOON)) == (204, None)
    status, answer = await send(client, "GET", "/api/annotation", start_time=str(NOON))
    assert (status, answer["error"]["message"]) == (404, "Unable to locate annotation in storage")


async def test_a_get_may_stand_for_the_other_methods(client):
    where = {"start_time": str(NOON), "tsuid": A.lower()}
    told = {"description": "d", "notes": "n", "end_time": str(NOON + 1), "method_override": "post"}
    stored = {**BARE, "tsuid": A, "description": "d", "notes": "n", "endTime": NOON + 1}

    assert await send(client, "GET", "/api/annotation", **where, **told) == (200, stored)
    assert await send(client, "GET", "/api/annotation", **where) == (200, stored)
    assert await send(client, "GET", "/api/annotation", **where, method_override="put") == (304, None)
    assert await send(client, "GET", "/api/annotation", **where, method_override="delete") == (204, None)


async def test_annotations_lists_those_of_everything_within_a_range(client):
    many = [{"startTime": start, "description": str(start)} for start in (NOON + 9, NOON, NOON * 1000 + 500)]
    status, answer = await send(client, "POST", "/api/annotation/bulk", [*many, {"startTime": NOON + 1, "tsuid": A}])

    assert status == 200
    assert [one["startTime"] for one in answer] == [NOON + 9, NOON, NOON * 1000 + 500]
    _, listed = await send(client, "GET", "/api/annotations", start_time=str(NOON), end_time=str(NOON + 8))
    assert [one["startTime"] for one in listed] == [NOON, NOON * 1000 + 500]
    _, listed = await send(client, "GET", "/api/annotations", start_time=str(NOON))
    assert len(listed) == 3


async def test_a_bad_one_among_many_spoils_them_all(client):
    many = [{"startTime": NOON, "description": "good"}, {"description": "bad"}]
    status, answer = await send(client, "POST", "/api/annotations/bulk", many)

    assert (status, answer["error"]["message"]) == (400, "The start timestamp has not been set")
    assert await send(client, "GET", "/api/annotations", start_time="1") == (200, [])


async def test_ranges_are_deleted_by_series(client):
    for tsuid in ("", A, B):
        many = [{"startTime": NOON + second, "tsuid": tsuid, "description": "d"} for second in range(3)]
        await send(client, "POST", "/api/annotation/bulk", many)
    asked = {"startTime": str(NOON), "endTime": NOON + 1, "tsuids": [A], "global": True}

    assert await send(client, "DELETE", "/api/annotation/bulk", asked) == (
        200,
        {"tsuids": [A], "global": True, "startTime": NOON * 1000, "endTime": (NOON + 1) * 1000, "totalDeleted": 4},
    )
    _, answer = await send(
        client, "GET", "/api/annotation/bulk", method_override="delete", start_time=str(NOON), tsuids=f"{A}, {B}"
    )
    assert (answer["totalDeleted"], answer["global"]) == (4, False)
    _, left = await send(client, "GET", "/api/annotations", start_time=str(NOON))
    assert [one["startTime"] for one in left] == [NOON + 2]


REFUSED = {
    "no start": ("GET", "/api/annotation", None, 400, "Missing start time"),
    "a bad start": ("GET", "/api/annotation?start_time=x", None, 400, "Invalid time: x. Invalid character 'x' in x"),
    "no range": ("GET", "/api/annotations", None, 400, "Missing start time"),
    "a range backwards": (
        "GET", "/api/annotations?start_time=2&end_time=1", None, 400,
        "The end timestamp cannot be less than the start timestamp",
    ),
    "posted without a start": ("POST", "/api/annotation", {"notes": "n"}, 400, "The start timestamp has not been set"),
    "a start too late": (
        "POST", "/api/annotation", {"startTime": 10**13, "notes": "n"}, 400,
        "The times of an annotation end at 9999999999999: 10000000000000 to 0",
    ),
    "no id": ("POST", "/api/annotation", {"startTime": NOON, "tsuid": "zz"}, 400, "Invalid TSUID: 'zz'"),
    "not JSON": ("POST", "/api/annotation", [1], 400, "Unable to parse the given JSON"),
    "no body": ("POST", "/api/annotation/bulk", None, 400, "Missing message content"),
    "bulk is not read": ("GET", "/api/annotation/bulk", None, 405, "Method not allowed"),
    "delete without a start": ("DELETE", "/api/annotation/bulk", {"global": True}, 400, "Missing the start time value"),
    "delete nobody's": (
        "DELETE", "/api/annotation/bulk", {"startTime": NOON}, 400, "Missing the TSUIDs or global annotations flag",
    ),
    "delete by an empty query": (
        "DELETE", "/api/annotation/bulk?global", None, 400, "Missing parameter <code>start_time</code>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("method, path, body, status, message", REFUSED.values(), ids=REFUSED.keys())
async def test_a_bad_request_is_named(client, method, path, body, status, message):
    got, answer = await send(client, method, path, body)

    assert (got, answer["error"]["message"]) == (status, message)


@pytest.mark.parametrize("settings", [Settings(listen=("127.0.0.1", 0), max_annotations=1)])
async def test_past_the_limit_a_new_one_is_refused_and_an_old_one_edited(client):
    await send(client, "POST", "/api/annotation", {"startTime": NOON, "notes": "n"})
    status, answer = await send(client, "POST", "/api/annotation", {"startTime": NOON + 1, "notes": "n"})

    assert (status, answer["error"]["message"]) == (413, "there is room for 1 annotations (setting max-annotations)")
    assert (await send(client, "POST", "/api/annotation", {"startTime": NOON, "notes": "new"}))[0] == 200


async def shown(client, m="sum:cpu{host=*}", start=NOON, end=NOON + 60, **flags):
    """{host: (annotations, globalAnnotations)}, by their descriptions; None where the key is absent."""
    _, results = await client.get("/api/query", m=m, start=str(start), end=str(end), **flags)
    return {
        result["tags"].get("host", ""): tuple(
            [note["description"] for note in result[key]] if key in result else None
            for key in ("annotations", "globalAnnotations")
        )
        for result in results
    }


@pytest.fixture
async def annotated(loaded):
    notes = [
        {"tsuid": A, "startTime": NOON + 5, "description": "late"},
        {"tsuid": A, "startTime": NOON * 1000 + 500, "description": "early"},
        {"tsuid": MEM, "startTime": NOON, "description": "other"},
        {"tsuid": "0000010000010000FF", "startTime": NOON, "description": "nobody's"},
        {"startTime": NOON + 30, "description": "global"},
    ]
    await send(loaded, "POST", "/api/annotation/bulk", notes)
    return loaded


async def test_results_bring_the_annotations_of_their_series(annotated):
    assert await shown(annotated) == {"a": (["early", "late"], None), "b": (None, None)}
    assert await shown(annotated, m="sum:cpu") == {"": (["early", "late"], None)}
    assert await shown(annotated, m="sum:mem") == {"a": (["other"], None)}


async def test_only_those_within_the_span_are_shown(annotated):
    assert await shown(annotated, start=NOON, end=NOON + 4) == {"a": (["early"], None), "b": (None, None)}
    assert await shown(annotated, start=NOON + 10, end=NOON + 60, m="sum:cpu") == {"": ([], None)}


async def test_those_of_everything_are_shown_if_wanted(annotated):
    both = (["early", "late"], ["global"])

    assert await shown(annotated, global_annotations="") == {"a": both, "b": (None, ["global"])}
    assert await shown(annotated, global_annotations="", end=NOON + 20) == {"a": (both[0], None), "b": (None, None)}


async def test_unwanted_annotations_are_not_shown(annotated):
    bare = {"a": (None, None), "b": (None, None)}

    assert await shown(annotated, no_annotations="", global_annotations="") == bare


async def test_annotations_as_posted_queries_want_them(annotated):
    query = {"start": NOON, "end": NOON + 60, "queries": [{"aggregator": "sum", "tsuids": [B, A]}]}
    _, (with_them,) = await annotated.post("/api/query", {**query, "globalAnnotations": True})
    _, (without,) = await annotated.post("/api/query", {**query, "noAnnotations": True, "globalAnnotations": True})

    assert [note["description"] for note in with_them["annotations"]] == ["early", "late"]
    assert with_them["globalAnnotations"] == [{**BARE, "startTime": NOON + 30, "description": "global"}]
    assert not {"annotations", "globalAnnotations"} & without.keys()


async def test_annotations_in_the_hours_around_are_known_however_little_is_read(loaded):
    await send(loaded, "POST", "/api/annotation", {"startTime": NOON + 50, "tsuid": B, "description": "later"})

    # A query over all reads its span and nothing around it.
    found = await shown(loaded, m="sum:0all-sum:cpu{host=*}", end=NOON + 30)
    assert found == {"a": (None, None), "b": ([], None)}


async def test_annotations_of_few_among_many_series_are_found(annotated):
    points = [{"metric": "cpu", "timestamp": NOON, "value": 1, "tags": {"host": host}} for host in "vwxyz"]
    await annotated.post("/api/put", points)
    found = await shown(annotated)

    assert found.pop("a") == (["early", "late"], None)
    assert found == dict.fromkeys("bvwxyz", (None, None))


@pytest.mark.parametrize("others", [0, 9])
async def test_pairs_of_ids_in_another_order_are_nobody_s(client, others):
    tags = [{"host": f"h{i}", "dc": "x"} for i in range(1 + others)]
    await client.post("/api/put", [{"metric": "cpu", "timestamp": NOON, "value": 1, "tags": one} for one in tags])
    _, looked_up = await client.get("/api/search/lookup", m="cpu{host=h0}")
    tsuid = looked_up["results"][0]["tsuid"]
    turned = tsuid[:6] + tsuid[18:] + tsuid[6:18]
    await send(client, "POST", "/api/annotation", {"startTime": NOON, "tsuid": turned, "notes": "n"})

    assert set((await shown(client)).values()) == {(None, None)}


TEXTS = {"2.50": "2.5", "true": "true", "null": "", "5": "5", "-1" + "0" * 300: "-1" + "0" * 300}


@pytest.mark.parametrize("sent, stored", TEXTS.items())
async def test_any_scalar_is_a_text(client, sent, stored):
    body = f'{{"startTime": {NOON}, "notes": {sent}, "description": "d"}}'.encode()
    status, answer = await client.post("/api/annotation", body)

    assert (status, answer["notes"]) == (200, stored)


async def test_an_integer_of_too_many_digits_is_a_bad_request(client):
    body = f'{{"startTime": {NOON}, "notes": {"9" * 5000}}}'.encode()

    assert (await client.post("/api/annotation", body))[0] == 400
