"""`/api/tdigest/v1`: where digest batches arrive."""

from collections.abc import Callable

from aiohttp import web

import tsdbserver
from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_answer
from tsdbserver.errors import UnsupportedMedia
from tsdbserver.model.batch import Batch
from tsdbserver.model.series import MAX_NAME_LENGTH
from tsdbserver.wire.batch import builder, digest_codec, json_parser, msgpack_parser, version

_PARSERS: dict[str, Callable[[bytes], Batch]] = {
    "application/vnd.tdigest.v1+msgpack": msgpack_parser.parse_batch,
    "application/msgpack": msgpack_parser.parse_batch,
    "application/x-msgpack": msgpack_parser.parse_batch,
    "application/json": json_parser.parse_batch,
}


async def post_batch(request: web.Request) -> web.Response:
    """Decode and check the whole batch, then store it unless its key was seen before."""
    parse = _PARSERS.get(request.content_type)
    if parse is None:
        raise UnsupportedMedia(f"unknown content type '{request.content_type}': send {', '.join(_PARSERS)}")
    batch = await parsed(await read_body(request, is_text=parse is json_parser.parse_batch), parse)
    parts = services(request)
    now = parts.now()
    report = parts.ingest.accept(batch, now)
    return json_answer(
        {
            "ok": True,
            "dup": report.duplicate,
            "series": report.stored,
            "refused": report.refused,
            "causes": [reason.cause for _, reason in report.refused],
            "now": now,
        }
    )


async def get_hello(request: web.Request) -> web.Response:
    """What a sender asks before it starts: versions, limits, encodings, and the time (ms) for its clock's sake."""
    parts = services(request)
    return json_answer(
        {
            "protocol": "tdigest",
            "versions": [version.VERSION],
            "limits": {
                "body_bytes": parts.max_body,
                "series": builder.MAX_SERIES,
                "centroids": digest_codec.MAX_CENTROIDS,
                "name_length": MAX_NAME_LENGTH,
            },
            "encodings": ["gzip", "deflate"],
            "now": parts.now(),
            "server": f"tsdbserver/{tsdbserver.__version__}",
        }
    )
