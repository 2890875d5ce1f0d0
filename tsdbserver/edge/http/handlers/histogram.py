"""`/api/histogram`."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.handlers.put_responses import put_answer, put_options, stored
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.wire.points.histogram_json import IncomingHistogram
from tsdbserver.wire.points.put_json import parse_points
from tsdbserver.wire.points.rules import check_count


async def post_histogram(request: web.Request) -> web.Response:
    """Store every good histogram; answers are those of `/api/put`."""
    parts, options = services(request), put_options(request)
    parts.points.counts.requests += 1
    parse = partial(parse_points, read=IncomingHistogram.read, rules=parts.rules)
    points = await parsed(await read_body(request), parse)
    check_count(len(points), parts.rules)
    return put_answer(stored(points, parts.points.store_histograms, parts.points.counts), options)
