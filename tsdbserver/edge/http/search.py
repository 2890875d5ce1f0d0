"""`/api/search/lookup`."""

from time import perf_counter

from aiohttp import web

from tsdbserver.edge.http.answers import json_answer
from tsdbserver.edge.http.body import read_body
from tsdbserver.edge.http.state import services
from tsdbserver.model.lookup import Lookup
from tsdbserver.query.lookup import look_up
from tsdbserver.wire.lookup import parse_lookup_json, parse_lookup_uri


async def get_lookup(request: web.Request) -> web.Response:
    """GET: `m=metric{key=value,…}` and `limit`."""
    return _answer(request, parse_lookup_uri(request.query.get("m"), request.query.get("limit")))


async def post_lookup(request: web.Request) -> web.Response:
    """POST: the same as a JSON object."""
    return _answer(request, parse_lookup_json(await read_body(request)))


def _answer(request: web.Request, lookup: Lookup) -> web.Response:
    began = perf_counter()
    parts = services(request)
    results = look_up(lookup, parts.catalog, parts.reader, parts.planner.companions)
    return json_answer(
        {
            "type": "LOOKUP",
            "metric": lookup.metric or "*",
            "tags": [{"key": key or "*", "value": value or "*"} for key, value in lookup.pairs],
            "limit": lookup.limit,
            "time": round((perf_counter() - began) * 1000, 3),
            "results": [{"metric": metric, "tags": tags} for metric, tags in results],
            "startIndex": 0,
            "totalResults": len(results),
        }
    )
