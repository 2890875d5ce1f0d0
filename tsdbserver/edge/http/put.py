"""`/api/put` and `/api/rollup`."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.http.body import parsed, read_body
from tsdbserver.edge.http.put_answers import put_answer, put_options, stored
from tsdbserver.edge.http.state import services
from tsdbserver.wire.put_json import parse_points, parse_put
from tsdbserver.wire.rollup import Rollup


async def post_put(request: web.Request) -> web.Response:
    """Store every good point; the answer says how many were not, and with `details` which and why."""
    parts, options = services(request), put_options(request)
    parts.points.counts.requests += 1
    points = await parsed(await read_body(request), partial(parse_put, rules=parts.rules))
    return put_answer(stored(points, parts.points.store, parts.points.counts), options)


async def post_rollup(request: web.Request) -> web.Response:
    """Check every point as OpenTSDB does, and refuse it: there are no rollups."""
    parts, options = services(request), put_options(request)
    points = await parsed(await read_body(request), partial(parse_points, read=Rollup.read, rules=parts.rules))
    parts.points.counts.refused += len(points)
    return put_answer(points, options)
