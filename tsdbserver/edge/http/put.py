"""`/api/put` and `/api/rollup`."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.http.body import parsed, read_body
from tsdbserver.edge.http.put_answers import put_answer, put_options
from tsdbserver.edge.http.state import Services, services
from tsdbserver.wire.put_json import PutPoint, parse_put
from tsdbserver.wire.rollup import Rollup


async def post_put(request: web.Request) -> web.Response:
    """Store every good point; the answer says how many were not, and with `details` which and why."""
    parts, options = services(request), put_options(request)
    parts.points.counts.requests += 1
    points = await parsed(await read_body(request), partial(parse_put, rules=parts.rules))
    return put_answer(_stored(points, parts), options)


async def post_rollup(request: web.Request) -> web.Response:
    """Check every point as OpenTSDB does, and refuse it: there are no rollups."""
    parts, options = services(request), put_options(request)
    points = await parsed(await read_body(request), partial(parse_put, rules=parts.rules, read=Rollup.read))
    parts.points.counts.refused += len(points)
    return put_answer(points, options)


def _stored(points: list[PutPoint], parts: Services) -> list[PutPoint]:
    good = [(position, put.point) for position, put in enumerate(points) if put.point is not None]
    parts.points.counts.refused += len(points) - len(good)
    refused = parts.points.store([point for _, point in good])
    results = list(points)
    for index, reason in refused.items():
        position = good[index][0]
        results[position] = PutPoint(points[position].sent, error=reason)
    return results
