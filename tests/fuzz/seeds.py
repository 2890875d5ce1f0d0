"""What the doors are asked rightly: the recorded requests, the golden batches, and what they leave out."""

import gzip
import json
import zlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tests.edge.http.http_corpus import CORPUS

TESTS = Path(__file__).parents[1]
JSON = b"application/json"
MSGPACK = b"application/vnd.tdigest.v1+msgpack"


_DOORS = (
    "/api/annotation", "/api/annotation/bulk", "/api/annotations", "/api/histogram", "/api/put", "/api/rollup",
    "/api/query/exp", "/api/query/gexp", "/api/query/last", "/api/search/lookup", "/api/suggest",
    "/api/tdigest/v1/batch", "/api/uid/assign", "/api/uid/rename", "/api/uid/uidmeta", "/api/uid/tsmeta", "/q",
)  # fmt: skip
"""All others take few parameters, and share their turns."""


class Seed(NamedTuple):
    """A request; `path` with its query string."""

    method: bytes
    path: bytes
    body: bytes = b""
    content_type: bytes = JSON


POINT = b'{"metric":"sys.cpu.user","timestamp":1356998400,"value":1,"tags":{"host":"web01"}}'


def recorded() -> list[dict[str, object]]:
    """The rows of the recording, and of `requests.jsonl`, which is what it leaves out."""
    files = (TESTS / "oracle" / "transcripts.jsonl", TESTS / "fuzz" / "requests.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def http_seeds() -> dict[str, list[Seed]]:
    """Seeds by door."""
    rows = [row for row in recorded() if row["method"] != "TELNET"]
    seeds = [Seed(str(row["method"]).encode(), str(row["path"]).encode(), _body(row)) for row in rows]
    doors = defaultdict(list)
    for seed in [*seeds, *_batches()]:
        if seed.method not in (b"HEAD", b"OPTIONS"):
            doors[_door(seed)].append(seed)
    return dict(doors)


def line_seeds() -> list[bytes]:
    """Lines of the line protocol."""
    return [_body(row) for row in recorded() if row["method"] == "TELNET"]


def raw_seeds() -> list[bytes]:
    """Whole connections."""
    put = (
        b"POST /api/put?details HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n%b"
    )
    packed = [gzip.compress(POINT), gzip.compress(POINT)[:-5], gzip.compress(POINT) * 2, gzip.compress(bytes(10**6)),
              zlib.compress(POINT)]  # fmt: skip
    zipped = [put % (len(body), b"Content-Encoding: gzip\r\n", body) for body in packed]
    plain = put % (len(POINT), b"", POINT)
    get = b"GET http://x/api/version HTTP/1.1\r\nHost: x\r\n\r\n"
    waiting = put % (len(POINT), b"Expect: 100-continue\r\n", POINT)
    mixed = [plain * 3 + get + plain, plain + zipped[0] + plain, waiting, plain + waiting + plain, get * 5, plain[:-9]]
    return [data for data, _ in CORPUS.values() if len(data) < 10_000] + zipped + mixed


def _batches() -> list[Seed]:
    path = b"/api/tdigest/v1/batch"
    kinds = {".json": JSON, ".msgpack": MSGPACK}
    files = sorted((TESTS / "golden" / "batches").iterdir())
    return [Seed(b"POST", path, file.read_bytes(), kinds[file.suffix]) for file in files]


def _body(row: dict[str, object]) -> bytes:
    body = row.get("body") or b""
    return body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _door(seed: Seed) -> str:
    path = seed.path.partition(b"?")[0].decode()
    if path == "/api/query":
        return f"{seed.method.decode()} {path}"
    return path if path in _DOORS else "everything else"
