"""`/api/put`."""

from aiohttp import web

from tsdbserver.edge.http.answers import json_body
from tsdbserver.edge.http.body import parsed, read_body
from tsdbserver.edge.http.state import services
from tsdbserver.errors import BadRequest
from tsdbserver.ingest.points import store_points
from tsdbserver.wire.put_json import PutPoint, parse_put, render_summary


async def post_put(request: web.Request) -> web.Response:
    """Store every good point; the answer says how many were not, and with `details` which and why."""
    points = await parsed(await read_body(request), parse_put)
    results = _stored(request, points)
    failed = any(result.error for result in results)
    status = 400 if failed else 200
    if "details" in request.query or "summary" in request.query:
        return json_body(render_summary(results, details="details" in request.query), status)
    if failed:
        raise BadRequest(
            "One or more data points had errors",
            'Please see the TSD logs or append "details" to the put request',
        )
    return web.Response(status=204)


def _stored(request: web.Request, points: list[PutPoint]) -> list[PutPoint]:
    good = [(position, put.point) for position, put in enumerate(points) if put.point is not None]
    refused = store_points(services(request).writer, [point for _, point in good])
    results = list(points)
    for index, reason in refused.items():
        position = good[index][0]
        results[position] = PutPoint(points[position].sent, error=reason)
    return results
