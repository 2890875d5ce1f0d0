"""`/api/put` and `/api/rollup`."""

import asyncio
from functools import partial

from aiohttp import web

from tsdbserver.edge.core.point_service import LARGE, PointsDoor, together
from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.handlers.put_responses import outcome_answer, put_answer, put_options
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.ingest.points import ROLLUP
from tsdbserver.wire.points.put_json import Outcome, parse_points
from tsdbserver.wire.points.rollup import Rollup
from tsdbserver.wire.points.rules import check_count


async def post_put(request: web.Request) -> web.Response:
    """Store every good point; the answer says how many were not, and with `details` which and why."""
    door, options = services(request).door, put_options(request)
    body = await read_body(request)
    if len(body) < LARGE:
        return outcome_answer(door.store(door.read(body)), options)
    return outcome_answer(await _store_large(door, body), options)


async def _store_large(door: PointsDoor, body: bytes) -> Outcome:
    """Read in a thread and store group by group; the event loop goes on between them."""
    readings, outcomes = await asyncio.to_thread(door.read, body), []
    door.points.counts.requests += 1
    for reading in readings:
        outcomes.append(door.store_some(reading))
        await asyncio.sleep(0)
    return together(outcomes)


async def post_rollup(request: web.Request) -> web.Response:
    """Check every point as OpenTSDB does, and refuse it: there are no rollups."""
    door, options = services(request).door, put_options(request)
    points = await parsed(await read_body(request), partial(parse_points, read=Rollup.read, rules=door.rules))
    check_count(len(points), door.rules)
    door.points.counts.refuse(ROLLUP, [point.error for point in points])
    return put_answer(points, options)
