"""How many queries run at once and wait, how long they may take, and what becomes of those whose asker is gone."""

import asyncio
import logging
import threading

import aiohttp
import pytest

from tests.edge.conftest import Client
from tsdbserver.app import start
from tsdbserver.edge.core.query_executor import QueryDesk
from tsdbserver.edge.core.services import SERVICES, Services
from tsdbserver.errors import QueryStopped
from tsdbserver.query.runner import QueryRunner
from tsdbserver.settings.table import Settings

POINTS = [
    {"metric": "cpu", "timestamp": 1356998400 + i, "value": i, "tags": {"host": host}}
    for i in range(9)
    for host in "ab"
]
QUESTION = {"start": "1356998400", "end": "1356998500", "m": "sum:5s-avg:cpu"}


class Gate:
    """Queries run as far as the gate, and on when it is opened. None of them is small."""

    def __init__(self, monkeypatch) -> None:
        self.opened, self.entered, self.stopped = threading.Event(), threading.Semaphore(0), threading.Event()
        answer = QueryRunner.answer

        def gated(runner, query):
            self.entered.release()
            assert self.opened.wait(60)
            try:
                return answer(runner, query)
            except QueryStopped:
                self.stopped.set()
                raise

        monkeypatch.setattr(QueryRunner, "answer", gated)
        monkeypatch.setattr(QueryRunner, "is_small", lambda runner, query: False)

    async def reached(self):
        """Another query stands at the gate."""
        assert await asyncio.to_thread(self.entered.acquire, timeout=60)


@pytest.fixture
def gate(monkeypatch):
    made = Gate(monkeypatch)
    yield made
    made.opened.set()


@pytest.fixture
def settings() -> Settings:
    return Settings(listen=("127.0.0.1", 0), max_queries=1, max_waiting=1)


async def until(condition):
    """Let the loop run until it is so."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nothing tells when it changes
            await asyncio.sleep(0.005)


class Insider(Client):
    """A client that sees the server's parts."""

    services: Services


@pytest.fixture
async def server(settings):
    runner, url = await start(settings)
    async with aiohttp.ClientSession(url) as session:
        client = Insider(session)
        client.services = runner.app[SERVICES]
        yield client, client.services.queries
    await runner.cleanup()


async def test_past_those_that_run_and_wait_a_query_is_refused(server, gate):
    client, desk = server
    assert isinstance(desk, QueryDesk)
    await client.post("/api/put", POINTS)
    running = asyncio.create_task(client.get("/api/query", **QUESTION))
    await gate.reached()
    waiting = asyncio.create_task(client.get("/api/query", **QUESTION))
    await until(lambda: desk.threads.waiting == 1)

    status, told = await client.get("/api/query", **QUESTION)
    assert status == 503
    assert (
        told["error"]["message"]
        == "as many run as may (1) and 1 wait already: no room for this query (settings max-queries, max-waiting)"
    )
    assert await client.metric("tsdbserver_queries_running") == 1
    assert await client.metric("tsdbserver_queries_waiting") == 1

    gate.opened.set()
    assert [(await task)[0] for task in (running, waiting)] == [200, 200]


async def test_one_who_waits_and_leaves_makes_room(server, gate):
    client, desk = server
    await client.post("/api/put", POINTS)
    running = asyncio.create_task(client.get("/api/query", **QUESTION))
    await gate.reached()
    waiting = asyncio.create_task(client.get("/api/query", **QUESTION))
    await until(lambda: desk.threads.waiting == 1)

    waiting.cancel()
    await until(lambda: desk.threads.waiting == 0)

    gate.opened.set()
    assert (await running)[0] == 200
    assert not gate.entered.acquire(blocking=False), "nobody waited for this one any more"


async def test_what_runs_for_one_who_left_stops_at_its_next_stage(server, gate):
    client, desk = server
    await client.post("/api/put", POINTS)
    running = asyncio.create_task(client.get("/api/query", **QUESTION))
    await gate.reached()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (watch,) = desk._watches
    await until(lambda: watch._stopped)
    gate.opened.set()

    assert await asyncio.to_thread(gate.stopped.wait, 60)
    await until(lambda: desk.threads.running == 0)


async def test_a_small_query_takes_no_turn(server):
    client, desk = server
    await client.post("/api/put", POINTS)
    await desk.threads.turns.acquire()

    assert (await client.get("/api/query", **QUESTION))[0] == 200
    large = asyncio.create_task(client.get("/api/query", **QUESTION | {"m": "sum:1ms-avg:cpu"}))
    await until(lambda: desk.threads.waiting == 1)
    desk.threads.turns.release()
    assert (await large)[0] == 200


LOOKUPS = ["/api/suggest?type=tagv", "/api/search/lookup?m=cpu", "/api/query/last?timeseries=cpu"]


@pytest.mark.parametrize("path", LOOKUPS)
async def test_a_look_up_waits_for_look_ups_and_not_for_queries(server, path):
    client, desk = server
    lookups = client.services.lookups
    await client.post("/api/put", POINTS)
    await desk.threads.turns.acquire()
    assert (await client.get(path))[0] == 200

    await lookups.turns.acquire()
    waiting = asyncio.create_task(client.get(path))
    await until(lambda: lookups.waiting == 1)
    assert (await client.get(path))[0] == 503
    lookups.turns.release()
    assert (await waiting)[0] == 200


FORMULA = {
    "time": {"start": "1356998400", "end": "1356998500", "aggregator": "sum"},
    "metrics": [{"id": "a", "metric": "cpu"}],
    "expressions": [{"id": "e", "expr": "a * 2"}],
}


async def test_an_expression_takes_its_turn_however_little_it_reads(server):
    client, desk = server
    await client.post("/api/put", POINTS)
    await desk.threads.turns.acquire()
    function = {"start": QUESTION["start"], "end": QUESTION["end"], "exp": "scale(sum:5s-avg:cpu,2)"}

    for asked in (client.get("/api/query/gexp", **function), client.post("/api/query/exp", FORMULA)):
        task = asyncio.create_task(asked)
        await until(lambda: desk.threads.waiting == 1)
        desk.threads.turns.release()
        assert (await task)[0] == 200
        await desk.threads.turns.acquire()


class TestTime:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(listen=("127.0.0.1", 0), max_queries=1, query_timeout=300)

    async def test_whoever_asks_is_answered_in_time(self, server, gate):
        client, desk = server
        await client.post("/api/put", POINTS)
        expected = (503, "the query was not answered within 300 ms (setting query-timeout)")

        status, told = await client.get("/api/query", **QUESTION)
        assert (status, told["error"]["message"]) == expected
        assert desk.threads.running == 1, "its thread has not reached the next stage yet, and keeps its turn"

        status, told = await client.get("/api/query", **QUESTION)
        assert (status, told["error"]["message"]) == expected

        gate.opened.set()
        assert await asyncio.to_thread(gate.stopped.wait, 60)
        await until(lambda: desk.threads.running == 0)
        assert (await client.get("/api/query", **QUESTION))[0] == 200


class TestSlow:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(listen=("127.0.0.1", 0), slow_query=1)

    async def test_a_slow_query_is_logged_with_its_plan(self, server, monkeypatch, caplog):
        caplog.set_level(logging.INFO)
        client, _ = server
        await client.post("/api/put", POINTS)
        monkeypatch.setattr("tsdbserver.edge.core.query_executor.perf_counter", iter(range(0, 100, 2)).__next__)

        assert (await client.get("/api/query", **QUESTION))[0] == 200
        (record,) = [record for record in caplog.records if record.name == "tsdbserver.slow_query"]
        fields = record.__dict__["fields"]
        assert (fields["method"], fields["path"], fields["ms"], fields["points"]) == ("GET", "/api/query", 2000.0, 18)
        assert '"metric":"cpu"' in fields["question"]
        assert "downsample each series by avg" in fields["plans"][0]
        assert set(fields["stages_ms"]) == {"plan", "read", "aggregate", "describe", "answer"}


class TestQuick:
    async def test_others_are_not(self, server, caplog):
        caplog.set_level(logging.INFO)
        client, _ = server
        await client.post("/api/put", POINTS)
        await client.get("/api/query", **QUESTION)

        assert not [record for record in caplog.records if record.name == "tsdbserver.slow_query"]
