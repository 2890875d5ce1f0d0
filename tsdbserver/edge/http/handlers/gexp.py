"""`/api/query/gexp`: functions over the series of queries."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.model.expression import Call
from tsdbserver.model.query import Query
from tsdbserver.query.expressions.gexp.evaluate import evaluate
from tsdbserver.query.runner import QueryRunner
from tsdbserver.wire.expressions.gexp_query import parse_query
from tsdbserver.wire.results.query_result import render


async def get_gexp(request: web.Request) -> web.Response:
    """GET: as `/api/query`, with `exp` (repeatable) in the place of `m`."""
    parts = services(request)
    asked = {name: request.query.getall(name) for name in request.query}
    query, calls = parse_query(asked, parts.now(), profile(request))
    return json_body(await parts.queries.answer(request, query, partial(_run, query, calls), at_once=False))


def _run(query: Query, calls: tuple[Call, ...], runner: QueryRunner) -> bytes:
    return render(evaluate(calls, query, runner), query)
