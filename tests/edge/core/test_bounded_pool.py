"""Long work leaves the event loop free: large bodies are parsed, and all compressed ones inflated, in a thread."""

import gzip
import json
import threading

import pytest

from tsdbserver.edge.core.point_service import LARGE, PointsDoor
from tsdbserver.edge.http.server import requests
from tsdbserver.store.memory import RingStore
from tsdbserver.wire import content_coding
from tsdbserver.wire.query import json_query

POINT = json.dumps({"metric": "cpu", "timestamp": 1356998400, "value": 1.5, "tags": {"host": "web01"}}).encode()


def noting(function, threads):
    """The same function; `threads` gets the one that each call runs in."""

    def noted(*arguments, **options):
        threads.append(threading.current_thread())
        return function(*arguments, **options)

    return noted


@pytest.mark.parametrize("size, on_the_loop", [(LARGE - 1, True), (LARGE, False)])
async def test_a_large_put_is_parsed_in_a_thread(client, monkeypatch, size, on_the_loop):
    threads: list[threading.Thread] = []
    monkeypatch.setattr(PointsDoor, "read", noting(PointsDoor.read, threads))

    assert await client.post("/api/put", POINT.ljust(size)) == (204, None)
    assert [thread is threading.current_thread() for thread in threads] == [on_the_loop]


async def test_a_compressed_body_is_inflated_in_a_thread(client, monkeypatch):
    threads: list[threading.Thread] = []
    monkeypatch.setattr(requests, "inflate", noting(content_coding.inflate, threads))
    packed = gzip.compress(POINT)

    assert await client.post("/api/put", packed, **{"Content-Encoding": "gzip"}) == (204, None)
    assert [thread is threading.current_thread() for thread in threads] == [False]


async def test_a_large_question_is_parsed_in_a_thread(client, monkeypatch):
    threads: list[threading.Thread] = []
    monkeypatch.setattr(json_query, "parse_query", noting(json_query.parse_query, threads))
    question = json.dumps({"start": 1356998400, "queries": [{"metric": "cpu", "aggregator": "sum"}]}).encode()
    await client.post("/api/put", POINT)

    for size in (requests.SMALL_BODY, requests.SMALL_BODY + 1):
        assert (await client.post("/api/query", question.ljust(size)))[0] == 200
    assert [thread is threading.current_thread() for thread in threads] == [True, False]


LOOKS = {
    "/metrics": (RingStore, "counts"),
    "/api/stats": (RingStore, "counts"),
    "/stats": (RingStore, "counts"),
    "/api/suggest?type=metrics": (RingStore, "metrics"),
    "/suggest?type=tagv": (RingStore, "names"),
}


@pytest.mark.parametrize("path", LOOKS)
async def test_what_looks_at_all_metrics_does_so_once_in_a_thread(client, monkeypatch, path):
    threads: list[threading.Thread] = []
    kind, name = LOOKS[path]
    monkeypatch.setattr(kind, name, noting(getattr(kind, name), threads))

    async with client.session.get(path) as response:
        assert response.status == 200
    assert [thread is threading.current_thread() for thread in threads] == [False]
