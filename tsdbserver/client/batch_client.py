"""One request at a time to one server, and what its answers mean for a sender."""

import os
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
import msgspec

import tsdbserver
from tsdbserver.client.batch_parts import DEFAULT_LIMITS, Limits

_CONTENT_TYPE = "application/vnd.tdigest.v1+msgpack"
_AWAY = frozenset({408, 429, 500, 502, 503, 504})
_OF_THE_BATCH = frozenset({400, 409, 413})
_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_HELLO_TIMEOUT = aiohttp.ClientTimeout(total=5)


_CAUSE_LENGTH = 40
"""Characters of a cause that are kept."""


class DeliveryError(Exception):
    """Nothing can be delivered to this URL: the message says why. Subclasses are milder."""


class ServerAway(DeliveryError):
    """The server may take the same request later."""


class BatchRefused(DeliveryError):
    """The server will never take this batch; it may take others."""


class Receipt(msgspec.Struct):
    """The server's answer to a batch: `dup` if it was stored before, `series` stored, `refused` (position, reason), and
    the cause of each in one word; an older server tells no causes.
    """

    dup: bool
    series: int
    refused: list[tuple[int, str]]
    causes: list[str] = []

    def find_causes(self) -> dict[int, str]:
        """The causes by position, empty where the server tells none."""
        causes = self.causes if len(self.causes) == len(self.refused) else [""] * len(self.refused)
        return {position: cause[:_CAUSE_LENGTH] for (position, _), cause in zip(self.refused, causes, strict=True)}


class _Hello(msgspec.Struct):
    protocol: str
    versions: list[int]
    limits: msgspec.Raw = msgspec.Raw(b"{}")


class _Announced(msgspec.Struct):
    """What a server limits; it may say less."""

    series: int = 0
    body_bytes: int = 0
    name_length: int = 0


def check_url(text: str) -> str:
    """A server's URL as it came; ValueError says what is wrong with it."""
    scheme, colon, _ = text.partition("://")
    if not colon:
        raise ValueError(f"'{text}' has no http:// in front: write http://{text}")
    if scheme.lower() not in ("http", "https"):
        raise ValueError(f"'{text}' begins with neither http:// nor https://")
    try:
        parts = urlsplit(text)
        named = parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(f"'{text}' is not a URL: {error}") from None
    if not named or parts.query or parts.fragment:
        raise ValueError(f"'{text}' is not of the form http://host:port")
    return text


class BatchClient:
    """A kept connection to one server. Use it as an asynchronous context."""

    def __init__(self, url: str, token: str = "") -> None:
        """`url` of the server, and a bearer token if it wants one; ValueError if the URL is none."""
        self.limits = DEFAULT_LIMITS
        """What one batch may hold; `hello` lowers it to what the server announces."""
        self._server = check_url(url).rstrip("/")
        self._headers = {"User-Agent": f"tsdbserver/{tsdbserver.__version__}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def hello(self) -> None:
        """Ask whether this is a server that takes batches. ServerAway, or DeliveryError if it is another program."""
        url = f"{self._server}/api/tdigest/v1/hello"
        status, answer = await self._request("GET", url, limit=_HELLO_TIMEOUT)
        if status == 404:
            raise DeliveryError(f"{self._server} is not a tsdbserver: it knows no /api/tdigest/v1/hello")
        if status != 200:
            raise DeliveryError(_refusal(url, status, answer))
        try:
            hello = msgspec.json.decode(answer, type=_Hello)
        except msgspec.DecodeError:
            raise _stranger(self._server, answer) from None
        if hello.protocol != "tdigest" or 1 not in hello.versions:
            raise DeliveryError(f"{self._server} speaks {hello.protocol} {hello.versions}, not version 1 of tdigest")
        self.limits = _limits(bytes(hello.limits))

    async def send(self, packed: bytes) -> Receipt:
        """Post one encoded and gzipped batch, once. ServerAway, BatchRefused, or DeliveryError for all others."""
        url = f"{self._server}/api/tdigest/v1/batch"
        headers = {"Content-Type": _CONTENT_TYPE, "Content-Encoding": "gzip"}
        status, answer = await self._request("POST", url, data=packed, headers=headers)
        if status in _OF_THE_BATCH:
            raise BatchRefused(_refusal(url, status, answer))
        if status != 200:
            raise DeliveryError(_refusal(url, status, answer))
        try:
            return msgspec.json.decode(answer, type=Receipt)
        except msgspec.DecodeError:
            raise _stranger(self._server, answer) from None

    async def _request(
        self, method: str, url: str, data: bytes | None = None, headers: dict[str, str] | None = None,
        limit: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> tuple[int, bytes]:  # fmt: skip
        try:
            # A redirected POST would come out as a GET.
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                answer = await response.read()
        except aiohttp.InvalidURL as error:
            raise DeliveryError(f"'{error.url}' is not a URL") from None
        except aiohttp.ClientSSLError as error:
            raise DeliveryError(f"{self._server}: no TLS connection: {_reason(error)}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServerAway(f"{self._server}: {_reason(error)}") from None
        if response.status in _AWAY:
            raise ServerAway(f"{self._server} answers with status {response.status}")
        return response.status, answer


def _limits(announced: bytes) -> Limits:
    try:
        said = msgspec.json.decode(announced, type=_Announced)
    except msgspec.DecodeError:
        said = _Announced()
    return DEFAULT_LIMITS.lowered(said.series, said.body_bytes, max(said.name_length, 0))


def _refusal(url: str, status: int, answer: bytes) -> str:
    return f"{url} answered {status}: {answer[:500].decode(errors='replace')}"


def _stranger(server: str, answer: bytes) -> DeliveryError:
    return DeliveryError(f"{server} is not a tsdbserver: it answered {answer[:80]!r}")


def _reason(error: Exception) -> str:
    """Why there was no answer, in few words: aiohttp's own name the host again and 'ssl:default'."""
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed without an answer"
        case aiohttp.ClientConnectorCertificateError():
            return str(error.certificate_error)
        case aiohttp.ClientConnectorError():
            return _os_reason(error.os_error)
    return str(error) or type(error).__name__


def _os_reason(error: OSError) -> str:
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error) or "cannot connect"
