"""`/api/query/last`."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.model.last import LastQuestion
from tsdbserver.query.select.last import last_points
from tsdbserver.wire.metadata.last import parse_last_json, parse_last_uri, render_last


async def get_last(request: web.Request) -> web.Response:
    """GET: `timeseries` and `tsuids` (repeatable), `back_scan` in hours, and `resolve`, which counts when present."""
    asked = {name: request.query.getall(name) for name in request.query}
    return await _answer(request, parse_last_uri(asked))


async def post_last(request: web.Request) -> web.Response:
    """POST: the same as a JSON object."""
    return await _answer(request, await parsed(await read_body(request), parse_last_json))


async def _answer(request: web.Request, question: LastQuestion) -> web.Response:
    parts = services(request)
    find = partial(last_points, question, parts.catalog, parts.reader, parts.now(), profile(request))
    return json_body(await parts.lookups.run(lambda: render_last(find(), question.named)))
