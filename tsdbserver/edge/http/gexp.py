"""`/api/query/gexp`: functions over the series of queries."""

import asyncio

from aiohttp import web

from tsdbserver.edge.http.answers import json_body
from tsdbserver.edge.http.state import Services, services
from tsdbserver.model.expression import Call
from tsdbserver.model.query import Query
from tsdbserver.query.expressions.calls import evaluate
from tsdbserver.wire.gexp import parse_query
from tsdbserver.wire.result_json import render


async def get_gexp(request: web.Request) -> web.Response:
    """GET: as `/api/query`, with `exp` (repeatable) in the place of `m`."""
    parts = services(request)
    asked = {name: request.query.getall(name) for name in request.query}
    query, calls = parse_query(asked, parts.now())
    return json_body(await asyncio.to_thread(_run, query, calls, parts))


def _run(query: Query, calls: tuple[Call, ...], parts: Services) -> bytes:
    return render(evaluate(calls, query, parts.queries), query)
