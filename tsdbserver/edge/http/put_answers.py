"""What the doors for points of all kinds answer: put, rollup, histogram."""

from collections.abc import Sequence

from aiohttp import web

from tsdbserver.edge.http.answers import json_body
from tsdbserver.errors import BadRequest
from tsdbserver.wire.put_json import PutOptions, PutPoint, render_summary


def put_options(request: web.Request) -> PutOptions:
    """What the query string asks for; flags count when present. BadRequest for a timeout that is no number.

    Points are in memory before the answer is written: `sync` makes no difference, and no point ever times out.
    """
    timeout = request.query.getall("sync_timeout", ["0"])[-1]
    if not timeout.removeprefix("-").isdecimal():
        raise BadRequest(f'For input string: "{timeout}"')
    return PutOptions(
        summary="summary" in request.query,
        details="details" in request.query,
        timeouts="sync" in request.query and int(timeout[:9]) > 0,
    )


def put_answer(results: Sequence[PutPoint], options: PutOptions) -> web.Response:
    """Counts, errors, or no content; BadRequest where there were errors and nobody asked which."""
    failed = any(result.error for result in results)
    if options.details or options.summary:
        return json_body(render_summary(results, options), 400 if failed else 200)
    if failed:
        raise BadRequest(
            "One or more data points had errors",
            'Please see the TSD logs or append "details" to the put request',
        )
    return web.Response(status=204)
