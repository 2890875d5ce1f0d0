"""`/api/query`."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.errors import BadFilter, BadQuery
from tsdbserver.model.query import Query
from tsdbserver.query.runner import QueryRunner
from tsdbserver.wire.query import json_query, uri_query
from tsdbserver.wire.query.common import DELETING
from tsdbserver.wire.results.query_stats import render_answer


async def post_query(request: web.Request) -> web.Response:
    """POST: the query is the body, but for `arrays`, which may stand in the query string."""
    body = await read_body(request)
    now, arrays, mount = services(request).now(), "arrays" in request.query, profile(request)
    query = await parsed(body, lambda text: json_query.parse_query(text, now, arrays, mount))
    try:
        return await _answer(request, query)
    except BadFilter as error:
        raise json_query.refused_filter(error.message, query.profile) from None


async def get_query(request: web.Request) -> web.Response:
    """GET: `start`, `end`, `m` and `tsuid` (repeatable), and flags, which count when present."""
    asked = {name: request.query.getall(name) for name in request.query}
    return await _answer(request, uri_query.parse_query(asked, services(request).now(), profile(request)))


async def delete_query(request: web.Request) -> web.Response:
    """DELETE would erase what the query finds: always refused."""
    raise BadQuery("Bad request", DELETING)


async def _answer(request: web.Request, query: Query) -> web.Response:
    work = partial(_run, query)
    return json_body(await services(request).queries.answer(request, query, work))


def _run(query: Query, runner: QueryRunner) -> bytes:
    return render_answer(runner.answer(query), query)
