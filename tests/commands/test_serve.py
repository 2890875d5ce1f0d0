"""Beginning is said; SIGTERM: nobody else is let in, and what runs is answered."""

import asyncio
import os
import re
import signal
import threading

import aiohttp
import click
import pytest

from tsdbserver.commands.serve import _serve
from tsdbserver.errors import QueryStopped
from tsdbserver.query.runner import QueryRunner
from tsdbserver.settings.table import Settings

POINT = {"metric": "cpu", "timestamp": 1356998400, "value": 1, "tags": {"host": "a"}}
QUESTION = {"start": "1356998400", "m": "sum:cpu"}


class Held:
    """A query that stays where it is until it is let go."""

    def __init__(self, monkeypatch) -> None:
        self.entered, self.go_on, self.stopped = threading.Event(), threading.Event(), threading.Event()
        answer = QueryRunner.answer

        def held(runner, query):
            self.entered.set()
            assert self.go_on.wait(60)
            try:
                return answer(runner, query)
            except QueryStopped:
                self.stopped.set()
                raise

        monkeypatch.setattr(QueryRunner, "answer", held)
        monkeypatch.setattr(QueryRunner, "is_small", lambda runner, query: False)


@pytest.fixture
def held(monkeypatch):
    made = Held(monkeypatch)
    yield made
    made.go_on.set()


@pytest.fixture
async def served(monkeypatch):
    """Serves with some settings, and gives the URL and the task."""
    said: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(click, "echo", said.put_nowait)
    tasks = []

    async def serve(**settings):
        tasks.append(asyncio.create_task(_serve(Settings(listen=("127.0.0.1", 0), **settings))))
        (url,) = re.findall(r"http://\S+", await asyncio.wait_for(said.get(), 60))
        return url, tasks[-1]

    yield serve
    await asyncio.wait_for(asyncio.gather(*tasks), 60)


async def test_where_it_listens_is_an_event_of_the_log_too(served, caplog):
    caplog.set_level("INFO", "tsdbserver")
    url, _ = await served()
    (event,) = [record for record in caplog.records if record.message == "listening"]
    os.kill(os.getpid(), signal.SIGTERM)

    assert event.fields == {"url": url}


async def asked(session, held):
    """A query that stands where it is held."""
    await session.post("/api/put", json=POINT)
    question = asyncio.create_task(session.get("/api/query", params=QUESTION))
    assert await asyncio.to_thread(held.entered.wait, 60)
    return question


async def refused(url):
    """Wait until the server listens no more."""
    host, port = url.removeprefix("http://").split(":")
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except ConnectionError:
                return
            writer.close()
            await asyncio.sleep(0.01)


async def test_what_runs_is_answered_and_nobody_else_let_in(served, held):
    url, task = await served()
    async with aiohttp.ClientSession(url) as session:
        question = await asked(session, held)

        os.kill(os.getpid(), signal.SIGTERM)
        await refused(url)
        assert not task.done()

        held.go_on.set()
        answer = await question
        assert (answer.status, len(await answer.json())) == (200, 1)


async def test_what_runs_too_long_is_cut_and_that_is_told(served, held, caplog):
    url, task = await served(stop_timeout=100)
    async with aiohttp.ClientSession(url) as session:
        question = await asked(session, held)

        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(aiohttp.ClientError):
            await question
        await asyncio.wait_for(task, 60)

    assert [record.fields for record in caplog.records if record.levelname == "WARNING"] == [{"after_ms": 100}]
    held.go_on.set()
    assert await asyncio.to_thread(held.stopped.wait, 60), "nobody waits for it: it ends at its next stage"
