"""Delivers batches: one POST each, tried again while the server is away, each batch byte for byte the same."""

import asyncio
import gzip
import random
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

import tsdbserver

_CONTENT_TYPE = "application/vnd.tdigest.v1+msgpack"
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0


class DeliveryError(Exception):
    """A batch that the server will not take, or that could not be delivered in time: the message says why."""


class Receipt(msgspec.Struct):
    """The server's answer to a batch: `dup` if it was stored before, `series` stored, `refused` (position, reason)."""

    dup: bool
    series: int
    refused: list[tuple[int, str]]


class BatchClient:
    """A kept connection to one server. Use it as an asynchronous context."""

    def __init__(self, url: str, give_up_after: float = 60.0) -> None:
        """`url` of the server; `give_up_after` seconds of trying a batch is a DeliveryError."""
        self._url = url.rstrip("/") + "/api/tdigest/v1/batch"
        self._give_up_after = give_up_after

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": f"tsdbserver/{tsdbserver.__version__}"},
            timeout=aiohttp.ClientTimeout(total=15, connect=5),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, body: bytes) -> Receipt:
        """Deliver one encoded batch. DeliveryError if the server refuses it or stays away."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._give_up_after
        packed, pause = gzip.compress(body, 6, mtime=0), _FIRST_PAUSE_S
        while True:
            try:
                return await self._post(packed)
            except _Unavailable as reason:
                if loop.time() + pause > deadline:
                    raise DeliveryError(f"{self._url}: {reason}") from None
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads senders, guards nothing
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _post(self, packed: bytes) -> Receipt:
        headers = {"Content-Type": _CONTENT_TYPE, "Content-Encoding": "gzip"}
        try:
            async with self._session.post(self._url, data=packed, headers=headers) as response:
                answer = await response.read()
        except aiohttp.InvalidURL as error:
            raise DeliveryError(f"'{error.url}' is not a URL") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Unavailable(str(error) or type(error).__name__) from None
        if response.status in _TRY_AGAIN:
            raise _Unavailable(f"status {response.status}")
        if response.status != 200:
            raise DeliveryError(f"{self._url} answered {response.status}: {answer[:500].decode(errors='replace')}")
        return _receipt(self._url, answer)


class _Unavailable(Exception):
    """The server may take the batch later."""


def _receipt(url: str, answer: bytes) -> Receipt:
    try:
        return msgspec.json.decode(answer, type=Receipt)
    except msgspec.DecodeError:
        raise DeliveryError(f"{url} is not a tsdbserver: it answered {answer[:80]!r}") from None
