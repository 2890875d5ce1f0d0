"""Answers are gzipped for those who ask for gzip, and never otherwise packed."""

import pytest

from tsdbserver.edge.http.middleware.compression import accepts_gzip

ACCEPTED = {
    "gzip": True,
    "deflate, gzip;q=0.5, br": True,
    "GZIP": True,
    "": False,
    "deflate, br, zstd": False,
    "gzip;q=0": False,
    "gzip; q=0.00, deflate": False,
    "identity": False,
}


@pytest.mark.parametrize("header, yes", ACCEPTED.items(), ids=repr)
def test_who_asks_for_gzip(header, yes):
    assert accepts_gzip(header) is yes


@pytest.fixture
async def wide(client):
    """Answers of some 100 kB are asked of it."""
    points = [{"metric": "cpu", "timestamp": 1, "value": i, "tags": {"host": f"web{i:04}"}} for i in range(2_000)]
    assert (await client.post("/api/put", points))[0] == 204
    return client


@pytest.mark.parametrize("most", [40, 2_000], ids=["in place", "in a thread"])
async def test_a_gzipped_answer_is_the_same_answer(wide, most):
    path = f"/api/suggest?type=tagv&max={most * 5}"
    answers = []
    for accepted, coding in (("gzip, deflate, br", "gzip"), ("deflate, br", None)):
        async with wide.session.get(path, headers={"Accept-Encoding": accepted}) as response:
            assert response.headers.get("Content-Encoding") == coding
            answers.append(await response.json())

    assert answers[0] == answers[1]


async def test_what_fits_a_packet_stays_as_it_is(client):
    async with client.session.get("/api/version", headers={"Accept-Encoding": "gzip"}) as response:
        assert "Content-Encoding" not in response.headers
