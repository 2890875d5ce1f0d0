"""`ro` has no door that writes, `wo` none that reads; what tells of the server stays."""

import pytest

from tsdbserver.edge.http.routes import ENDPOINTS
from tsdbserver.edge.http.server.mode import offered
from tsdbserver.settings.table import Settings

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}
STATUS = {"rw": (204, 200), "ro": (404, 200), "wo": (204, 404)}


@pytest.fixture(params=STATUS)
def mode(request):
    return request.param


@pytest.fixture
def settings(mode) -> Settings:
    return Settings(listen=("127.0.0.1", 0), mode=mode)


async def test_what_a_mode_removes_is_not_there(client, mode):
    put, told = await client.post("/api/put", POINT)
    suggest, _ = await client.get("/api/suggest", type="metrics")
    version, _ = await client.get("/api/version")

    assert (put, suggest) == STATUS[mode]
    assert version == 200
    if put == 404:
        assert told["error"]["message"] == "Endpoint not found"


READING = {"/api/query", "/api/query/gexp", "/api/search", "/api/suggest"}
WRITING = {"/api/put", "/api/tdigest/v1/batch"}
ALWAYS = {"/api/version", "/api/aggregators", "/api/config/filters", "/metrics"}


def test_the_table_is_split_as_in_opentsdb():
    read, write = ({row.path for row in offered(ENDPOINTS, mode)} for mode in ("ro", "wo"))

    assert not READING & write
    assert not WRITING & read
    assert read & write >= ALWAYS
