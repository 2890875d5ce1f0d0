"""Ids of names: assigned, asked for, and kept while names change."""

import pytest

from tsdbserver.settings.table import Settings

NOON = 1356998400


@pytest.fixture
async def loaded(client):
    point = {"metric": "cpu", "timestamp": NOON, "value": 1, "tags": {"host": "a"}}
    assert (await client.post("/api/put", [point]))[0] == 204
    return client


async def send(client, method, path, body=None):
    async with client.session.request(method, path, json=body) as response:
        text = await response.text()
        return response.status, await response.json(content_type=None) if text else None


ASSIGNED = {
    "one": ("metric=mem", 200, {"metric": {"mem": "000002"}}),
    "several": ("metric=b,a&tagk=dc&tagv=a", 400, {
        "metric": {"a": "000003", "b": "000002"}, "tagk": {"dc": "000002"}, "tagv": {},
        "tagv_errors": {"a": "Name already exists with UID: 000001"},
    }),
    "twice": ("metric=x,x", 400, {
        "metric": {"x": "000002"}, "metric_errors": {"x": "Name already exists with UID: 000002"},
    }),
    "bad": ("tagk=a%20b", 400, {"tagk": {}, "tagk_errors": {"a b": 'Invalid tagk ("a b"): illegal character:  '}}),
    "empty": ("metric=a,,b", 400, {
        "metric": {"a": "000002", "b": "000003"}, "metric_errors": {"": "Invalid metric: empty string"},
    }),
}  # fmt: skip


@pytest.mark.parametrize("asked, status, answer", ASSIGNED.values(), ids=ASSIGNED.keys())
async def test_each_name_gets_an_id_or_the_reason_why_not(loaded, asked, status, answer):
    assert await send(loaded, "GET", f"/api/uid/assign?{asked}") == (status, answer)


async def test_names_are_assigned_by_post(loaded):
    wanted = {"metric": ["mem", "cpu", None], "nonsense": ["x"]}

    assert await send(loaded, "POST", "/api/uid/assign", wanted) == (
        400,
        {
            "metric": {"mem": "000002"},
            "metric_errors": {"": "Invalid metric: null", "cpu": "Name already exists with UID: 000001"},
            "nonsense": {},
            "nonsense_errors": {"x": "Unknown type name"},
        },
    )


async def test_an_assigned_name_is_known_and_has_no_series(loaded):
    await send(loaded, "POST", "/api/uid/assign", {"metric": ["mem"], "tagk": ["dc"], "tagv": ["x"]})

    assert await loaded.get("/api/suggest", type="metrics") == (200, ["cpu", "mem"])
    assert await loaded.get("/api/suggest", type="tagk") == (200, ["dc", "host"])
    for m in ("sum:mem", "sum:10s-avg:mem{dc=*}", "sum:cpu{dc=x}"):
        assert await loaded.get("/api/query", start=str(NOON), end=str(NOON + 9), m=m) == (200, [])
    status, answer = await loaded.get("/api/search/lookup", m="mem{dc=x}")
    assert (status, answer["results"]) == (200, [])


async def test_an_assigned_metric_takes_points(loaded):
    await send(loaded, "GET", "/api/uid/assign?metric=mem")
    point = {"metric": "mem", "timestamp": NOON, "value": 1, "tags": {"host": "a"}}

    assert (await loaded.post("/api/put", [point]))[0] == 204
    _, results = await loaded.get("/api/query", start=str(NOON), end=str(NOON), m="sum:mem", show_tsuids="")
    assert results[0]["tsuids"] == ["000002000001000001"]


@pytest.mark.parametrize("settings", [Settings(listen=("127.0.0.1", 0), max_assigned_names=1)])
async def test_past_the_limit_no_name_is_assigned(client):
    assert await send(client, "GET", "/api/uid/assign?metric=a,b") == (
        400,
        {
            "metric": {"a": "000001"},
            "metric_errors": {"b": "there is room for 1 assigned names (setting max-assigned-names)"},
        },
    )


@pytest.mark.parametrize(
    "method, path, body",
    [("GET", "/api/uid/rename?metric=cpu&name=load", None),
     ("POST", "/api/uid/rename", {"metric": "cpu", "name": "load"})],
)  # fmt: skip
async def test_a_renamed_metric_keeps_its_id_and_its_points(loaded, method, path, body):
    assert await send(loaded, method, path, body) == (200, {"result": "true"})
    _, results = await loaded.get("/api/query", start=str(NOON), end=str(NOON), m="sum:load", show_tsuids="")
    assert (results[0]["tsuids"], results[0]["dps"]) == (["000001000001000001"], {str(NOON): 1.0})
    status, answer = await loaded.get("/api/query", start=str(NOON), end=str(NOON), m="sum:cpu")
    assert (status, answer["error"]["message"]) == (400, "No such name for 'metrics': 'cpu'")


NOT_RENAMED = {
    "unknown": ({"metric": "nosuch", "name": "new"}, 'Name("nosuch") does not exist'),
    "taken": (
        {"metric": "cpu", "name": "cpu"},
        'When trying rename("cpu", "cpu"): new name already assigned ID=000001',
    ),
    "bad": ({"tagv": "a", "name": "b c"}, 'Invalid tagv ("b c"): illegal character:  '),
    "nonsense": ({"nonsense": "a", "name": "b"}, "Unknown type name: nonsense"),
}


@pytest.mark.parametrize("body, reason", NOT_RENAMED.values(), ids=NOT_RENAMED.keys())
async def test_a_name_that_cannot_be_changed_says_why(loaded, body, reason):
    assert await send(loaded, "POST", "/api/uid/rename", body) == (400, {"result": "false", "error": reason})


async def test_what_is_known_of_a_name(loaded):
    _, answer = await send(loaded, "GET", "/api/uid/uidmeta?uid=000001&type=tagv")

    assert answer == {
        "uid": "000001", "type": "TAGV", "name": "a", "description": "", "notes": "", "created": 0, "custom": None,
        "displayName": "",
    }  # fmt: skip


NOTHING = {
    "assign nothing": ("GET", "/api/uid/assign", None, 400, "Missing values to assign UIDs"),
    "assign an empty object": ("POST", "/api/uid/assign", {}, 400, "Missing values to assign UIDs"),
    "assign no list": ("POST", "/api/uid/assign", {"metric": "a"}, 400, "Unable to parse the given JSON"),
    "assign without a body": ("POST", "/api/uid/assign", None, 400, "Missing message content"),
    "rename to nothing": ("GET", "/api/uid/rename?metric=cpu", None, 400, "Missing necessary values to rename UID"),
    "unknown id": ("GET", "/api/uid/uidmeta?uid=0000ff&type=metric", None, 404, "Could not find the requested UID"),
    "no id": ("GET", "/api/uid/uidmeta?uid=x&type=metric", None, 400, "Invalid UID: 'x'"),
    "no type": ("GET", "/api/uid/uidmeta?uid=000001", None, 400, "Missing parameter <code>type</code>"),
    "bad type": ("GET", "/api/uid/uidmeta?uid=000001&type=x", None, 400, "Invalid type requested: x"),
    "series": ("GET", "/api/uid/tsmeta?tsuid=000001000001000001", None, 404, "Could not find Timeseries meta data"),
    "no series": ("GET", "/api/uid/tsmeta", None, 400, "Missing parameter <code>m</code>"),
    "editing": ("POST", "/api/uid/uidmeta", {"uid": "000001", "notes": "n"}, 501, "Meta data is not kept here"),
    "other": ("GET", "/api/uid/nope", None, 501, "Other UID endpoints have not been implemented yet"),
    "branch": ("GET", "/api/tree/branch", None, 400, "Missing or invalid branch and tree IDs"),
    "that branch": ("GET", "/api/tree/branch?branch=0001", None, 404, "Unable to locate branch '0001'"),
    "that tree": ("GET", "/api/tree?treeid=1", None, 404, "Unable to locate tree: 1"),
    "rules of no tree": ("GET", "/api/tree/rules", None, 400, "Missing or invalid Tree ID"),
    "no part of a tree": ("GET", "/api/tree/leaf", None, 404, "This endpoint is not supported"),
}


@pytest.mark.parametrize("method, path, body, status, message", NOTHING.values(), ids=NOTHING.keys())
async def test_what_is_not_there_is_named(loaded, method, path, body, status, message):
    got, answer = await send(loaded, method, path, body)

    assert (got, answer["error"]["message"]) == (status, message)


QUIET: dict[str, tuple[int, list[str] | None]] = {
    "/api/uid/uidmeta?uid=0000ff&type=metric&method_override=put": (304, None),
    "/api/uid/tsmeta?tsuid=000001000001000001&method_override=delete": (204, None),
    "/api/uid/tsmeta?m=cpu": (200, []),
    "/api/tree": (200, []),
}


@pytest.mark.parametrize("path, answer", QUIET.items(), ids=QUIET.keys())
async def test_changing_nothing_and_listing_nothing_is_fine(loaded, path, answer):
    assert await send(loaded, "GET", path) == answer


async def test_a_name_that_was_renamed_is_another_series_to_writers(client):
    point = {"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "a"}}
    assert await client.post("/api/put", point) == (204, None)
    assert (await client.get("/api/uid/rename?metric=cpu&name=load"))[0] == 200
    assert await client.post("/api/put", {**point, "value": 2}) == (204, None)

    for metric, value in (("load", 1.0), ("cpu", 2.0)):
        found = await client.query(f"sum:{metric}", 1356998400, 1356998500)
        assert list(found.values()) == [{"1356998400": value}]


async def test_what_is_sent_under_a_name_that_was_given_away_is_another_metrics(client):
    point = {"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "a"}}
    for value in (1, 2):  # the second time the name is known
        assert await client.post("/api/put", {**point, "value": value}) == (204, None)
    assert (await client.get("/api/uid/rename", metric="cpu", name="load"))[0] == 200
    assert await client.post("/api/put", {**point, "value": 3}) == (204, None)

    for metric, value in (("load", 2), ("cpu", 3)):
        answer = (await client.get("/api/query", m=f"sum:{metric}", start="1356998000", end="1356999000"))[1]
        assert [series["dps"] for series in answer] == [{"1356998400": value}]
