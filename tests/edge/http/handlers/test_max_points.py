"""How many points a request may bring: one more, and none is stored."""

import pytest

from tsdbserver.settings.table import Settings

DOORS = {"put": "/api/put", "rollup": "/api/rollup", "histogram": "/api/histogram"}
MOST = 3


@pytest.fixture
def settings() -> Settings:
    return Settings(listen=("127.0.0.1", 0), max_points=MOST)


def points(count):
    return [{"metric": f"m{i}", "timestamp": 1356998400, "value": i, "tags": {"host": "a"}} for i in range(count)]


async def test_as_many_as_may_are_stored(client):
    assert (await client.post("/api/put", points(MOST)))[0] == 204
    assert len((await client.get("/api/suggest", type="metrics"))[1]) >= MOST


@pytest.mark.parametrize("body", [points(MOST + 1), [*points(MOST), None], [{}] * 4], ids=["points", "a null", "empty"])
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
async def test_of_one_more_none_is(client, door, body):
    status, told = await client.post(door, body)

    assert (status, told["error"]["message"]) == (413, "4 data points in one request, more than 3 (setting max-points)")
    assert await client.get("/api/suggest", type="metrics") == (200, [])
