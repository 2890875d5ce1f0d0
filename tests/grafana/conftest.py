"""A server with data, and a data source that was set up with its URL and `/grafana` behind it."""

import gzip
import io
import json
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from yarl import URL

from tests.batches import T0, TREND, packed, trend
from tests.grafana.decoders import Frame, read_browser, read_go
from tests.grafana.generations import GENERATIONS, GO, Panel, Request
from tsdbserver.app import start
from tsdbserver.settings.table import Settings

T = T0 // 1000
END = T + 59


class DataSource:
    """Grafana's end of the wire. `base` is what stands in the box URL, behind the server's address."""

    def __init__(self, session: aiohttp.ClientSession, base: str = "/grafana") -> None:
        self._session = session
        self.base = base

    def faithful(self) -> "DataSource":
        """The same data source with the server's own URL."""
        return DataSource(self._session, "")

    async def exchange(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = GO):
        """(status, headers, body) of a request whose path is sent as it stands here."""
        url = URL(str(self._session._base_url).rstrip("/") + self.base + path, encoded=True)
        data = None if body is None else io.BytesIO(body)
        async with self._session.request(method, url, data=data, headers=headers, allow_redirects=False) as response:
            return response.status, response, _decoded(response, await response.read())

    async def get(self, path: str):
        """(status, JSON)."""
        status, _, body = await self.exchange("GET", path)
        return status, json.loads(body)

    async def post(self, body, path: str = "/api/query"):
        """(status, JSON) of a body that stands here as it is sent."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, answer = await self.exchange("POST", path, text)
        return status, json.loads(answer)

    async def ask(self, sub_query, **fields):
        """The results of one sub query over the minute."""
        status, answer = await self.post({"start": T, "end": END, "queries": [sub_query], **fields})
        assert status == 200, answer
        return answer

    async def ask_over(self, span, sub_query, **fields):
        """The results of one sub query from the first second to the last one of `span`."""
        status, answer = await self.post({"start": span[0], "end": span[1], "queries": [sub_query], **fields})
        assert status == 200, answer
        return answer

    async def show(self, generation: str, panel: Panel) -> list[Frame]:
        """The frames of a panel, as its generation asks and reads."""
        return [frame for request in GENERATIONS[generation](panel) for frame in await self._frames(request)]

    async def _frames(self, request: Request) -> list[Frame]:
        status, _, body = await self.exchange("POST", request.path, request.body, request.headers)
        assert status == 200, body
        if request.headers is GO:
            return read_go(body, request.arrays)
        return read_browser(body, request.milliseconds)

    async def put(self, *points) -> None:
        status, _, body = await self.exchange("POST", "/api/put", json.dumps(points).encode())
        assert status == 204, body


def _decoded(response: aiohttp.ClientResponse, body: bytes) -> bytes:
    """As Go's transport does it: gzip, and nothing else."""
    encoding = response.headers.get("Content-Encoding", "")
    assert encoding in ("", "gzip"), f"Go cannot read {encoding}"
    return gzip.decompress(body) if encoding else body


def point(metric, time, value, **tags):
    return {"metric": metric, "timestamp": time, "value": value, "tags": tags}


@pytest.fixture
def settings() -> Settings:
    return Settings(listen=("127.0.0.1", 0))


@pytest.fixture
async def empty(settings: Settings) -> AsyncIterator[DataSource]:
    runner, url = await start(settings)
    patience = aiohttp.ClientTimeout(total=30)  # Grafana's own
    async with aiohttp.ClientSession(url, auto_decompress=False, timeout=patience) as session:
        yield DataSource(session)
    await runner.cleanup()


@pytest.fixture
async def source(empty: DataSource) -> DataSource:
    """cpu: web01 has 1 2 3 _ 5 6 in lga, web02 10 … 60 in lax, every 10 s; rt: samples of two hosts in one interval."""
    rows = {"web01": ("lga", (1, 2, 3, None, 5, 6)), "web02": ("lax", (10, 20, 30, 40, 50, 60))}
    await empty.put(
        *(
            point("cpu", T + 10 * i, value, host=host, dc=dc)
            for host, (dc, values) in rows.items()
            for i, value in enumerate(values)
            if value is not None
        )
    )
    batch = packed(
        ("rt", {"host": "a", "name": "GET /x?a=1,b=<2>&c"}, TREND, trend(*range(1, 11))),
        ("rt", {"host": "b", "name": "POST /x"}, TREND, trend(100, 200)),
    )
    headers = {"Content-Type": "application/vnd.tdigest.v1+msgpack"}
    status, _, body = await empty.exchange("POST", "/api/tdigest/v1/batch", batch, headers)
    assert status == 200, body
    return empty
