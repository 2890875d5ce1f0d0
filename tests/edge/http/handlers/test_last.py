"""The newest points of series."""

import time

import pytest

from tests.batches import TREND, packed, trend

HOUR = 3600
OLD = 1356998400
A, B, C = "000001000001000001", "000001000001000002", "000001000001000001000002000003"


@pytest.fixture
async def loaded(client):
    """cpu{host=a} and cpu{host=b} written now, cpu{host=a,dc=x} long ago; each has an older point."""
    now = int(time.time())
    series = [({"host": "a"}, now, 1.5), ({"host": "b"}, now - 3 * HOUR, 42), ({"host": "a", "dc": "x"}, OLD, -7)]
    for tags, newest, value in series:
        points = [(newest - HOUR, 0), (newest, value)]
        body = [{"metric": "cpu", "timestamp": at, "value": number, "tags": tags} for at, number in points]
        assert (await client.post("/api/put", body))[0] == 204
    client.now = now
    return client


def ids(answer):
    return [point["tsuid"] for point in answer]


async def test_the_newest_point_of_a_series(loaded):
    status, answer = await loaded.get("/api/query/last", timeseries="cpu{host=a}", back_scan="1")

    assert status == 200
    assert answer == [{"timestamp": loaded.now * 1000, "value": "1.5", "tsuid": A}]


async def test_names_are_there_if_they_are_wanted(loaded):
    _, answer = await loaded.get("/api/query/last", tsuids=f"{B.lower()},{A}", back_scan="24", resolve="")

    assert [(point["metric"], point["tags"], point["value"]) for point in answer] == [
        ("cpu", {"host": "b"}, "42"), ("cpu", {"host": "a"}, "1.5"),
    ]  # fmt: skip


FOUND = {
    "an hour": ({"timeseries": "cpu{host=b}", "back_scan": "1"}, []),
    "four hours": ({"timeseries": "cpu{host=b}", "back_scan": "4"}, [B]),
    "the very tags": ({"timeseries": "cpu{host=a,dc=x}", "back_scan": "1000000"}, [C]),
    "fewer tags": ({"timeseries": "cpu{dc=x}", "back_scan": "1000000"}, []),
    "no tags": ({"timeseries": "cpu", "back_scan": "1000000"}, [A, B, C]),
    "unknown ids": ({"tsuids": "0000FF000001000001,000001000001000004", "back_scan": "24"}, []),
    "no hours": ({"timeseries": "cpu{host=a}"}, []),
    "no hours, by id": ({"tsuids": A}, []),
    "no hours and no tags": ({"timeseries": "cpu"}, []),
}


@pytest.mark.parametrize("asked, expected", FOUND.values(), ids=FOUND.keys())
async def test_only_so_many_hours_are_looked_back(loaded, asked, expected):
    status, answer = await loaded.get("/api/query/last", **asked)

    assert (status, ids(answer)) == (200, expected)


async def test_several_are_asked_for_by_post(loaded):
    queries = [{"metric": "cpu", "tags": {"host": "b"}}, {"tsuids": [A], "metric": "ignored"}]
    status, answer = await loaded.post("/api/query/last", {"queries": queries, "resolveNames": "true", "backScan": 24})

    assert (status, ids(answer)) == (200, [B, A])
    assert answer[0]["tags"] == {"host": "b"}


ANYWHERE = {
    "a tag": ({"timeseries": "cpu{host=a}"}, [A, C]),
    "no tags": ({"timeseries": "cpu"}, [A, B, C]),
    "hours": ({"timeseries": "cpu{host=b}", "back_scan": "1"}, []),
    "a name that never was": ({"timeseries": "nosuch"}, []),
    "a value that never was": ({"timeseries": "cpu{host=nosuch}"}, []),
}


@pytest.mark.parametrize("asked, expected", ANYWHERE.values(), ids=ANYWHERE.keys())
async def test_for_grafana_memory_is_the_table_that_opentsdb_lacks(loaded, asked, expected):
    status, answer = await loaded.get("/grafana/api/query/last", **asked)

    assert (status, sorted(ids(answer))) == (200, sorted(expected))


REFUSED = {
    "nothing": ({}, "Missing sub queries"),
    "unknown metric": ({"timeseries": "nosuch{host=a}"}, "No such name for 'metrics': 'nosuch'"),
    "unknown key": ({"timeseries": "cpu{rack=a}"}, "No such name for 'tagk': 'rack'"),
    "unknown value": ({"timeseries": "cpu{host=zz}"}, "No such name for 'tagv': 'zz'"),
    "no end": ({"timeseries": "cpu{host=a"}, "Missing '}' at the end of: cpu{host=a"),
    "no tag": ({"timeseries": "cpu{host}"}, "When parsing tags of 'cpu{host}': invalid tag: host"),
    "no metric": ({"timeseries": "{host=a}"}, "Missing the metric or tsuids, provide at least one"),
    "no id": ({"tsuids": "zz"}, "Invalid TSUID: 'zz'"),
    "no number": ({"tsuids": A, "back_scan": "x"}, "Unable to parse back_scan parameter"),
    "no such number": ({"tsuids": A, "back_scan": "9999999999"}, "Unable to parse back_scan parameter"),
}


@pytest.mark.parametrize("asked, message", REFUSED.values(), ids=REFUSED.keys())
async def test_a_bad_question_is_named(loaded, asked, message):
    status, answer = await loaded.get("/api/query/last", **asked)

    assert (status, answer["error"]["message"]) == (400, message)


BODIES = {
    "empty": (b"", "Missing message content"),
    "no JSON": (b"{", "Unable to parse the given JSON"),
    "no queries": (b'{"queries":[]}', "Missing sub queries"),
    "no metric": (b'{"queries":[{}]}', "Missing the metric or tsuids, provide at least one"),
}


@pytest.mark.parametrize("body, message", BODIES.values(), ids=BODIES.keys())
async def test_a_bad_body_is_named(client, body, message):
    status, answer = await client.post("/api/query/last", body)

    assert (status, answer["error"]["message"]) == (400, message)


async def test_a_distribution_has_no_last_value(client):
    await client.send(packed(("rt", {"host": "a"}, TREND, trend(1, 2))))
    status, answer = await client.get("/api/query/last", timeseries="rt{host=a}", back_scan="1")

    assert (status, answer["error"]["message"]) == (
        400, "metric 'rt' holds distribution series, whose points are no numbers",
    )  # fmt: skip
