"""A server on a free port, and what asks it."""

import io
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.batches import MSGPACK
from tsdbserver.app import start
from tsdbserver.settings.table import Settings


class Client:
    """Talks to a running server; answers are (status, JSON)."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, **params):
        async with self.session.get(path, params=params) as response:
            return response.status, await response.json(content_type=None)

    async def post(self, path: str, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        async with self.session.post(path, data=io.BytesIO(data), headers={**kind, **headers}) as response:
            text = await response.read()
            return response.status, json.loads(text) if text else None

    async def send(self, body: bytes, content_type: str = MSGPACK, **headers):
        return await self.post("/api/tdigest/v1/batch", body, **{"Content-Type": content_type, **headers})

    async def query(self, m: str, start: int, end: int, **flags):
        """The results of one sub query, as {tags: dps}."""
        status, answer = await self.get("/api/query", m=m, start=str(start), end=str(end), **flags)
        assert status == 200, answer
        return {tuple(sorted(result["tags"].items())): result["dps"] for result in answer}

    async def metric(self, name: str) -> float:
        """One of the server's own counts."""
        async with self.session.get("/metrics") as response:
            lines = (await response.text()).splitlines()
        return float(next(line.split()[1] for line in lines if line.split()[0] == name))


@pytest.fixture
def settings() -> Settings:
    return Settings(listen=("127.0.0.1", 0))


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    runner, url = await start(settings)
    async with aiohttp.ClientSession(url) as session:
        yield Client(session)
    await runner.cleanup()
