"""What the doors for points of all kinds answer: put, rollup, histogram."""

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.errors import BadRequest
from tsdbserver.ingest.points import HISTOGRAM, PointCounts
from tsdbserver.model.refusal import Reason
from tsdbserver.wire.points.put_json import Outcome, Point, PutOptions, PutPoint, render_outcome


def put_options(request: web.Request) -> PutOptions:
    """What the query string asks for; flags count when present. BadRequest for a timeout that is no number.

    Points are in memory before the answer is written: `sync` makes no difference, and no point ever times out.
    """
    timeout = request.query.getall("sync_timeout", ["0"])[-1]
    if not timeout.removeprefix("-").isdecimal():
        raise BadRequest(f"Invalid sync_timeout, a number of milliseconds: {timeout}")
    return PutOptions(
        summary="summary" in request.query,
        details="details" in request.query,
        timeouts="sync" in request.query and int(timeout[:9]) > 0,
    )


def stored(
    points: Sequence[PutPoint[Point]], store: Callable[[Sequence[Point]], dict[int, Reason]], counts: PointCounts
) -> list[PutPoint[Point]]:
    """What became of the histograms once `store` has stored the good ones; it reports those that it refused."""
    good = [(position, put.point) for position, put in enumerate(points) if put.point is not None]
    counts.refuse(HISTOGRAM, [put.error for put in points if put.point is None])
    refused = store([point for _, point in good])
    results = list(points)
    for index, reason in refused.items():
        position = good[index][0]
        results[position] = PutPoint(points[position].sent, error=reason)
    return results


def put_answer(results: Sequence[PutPoint[Any]], options: PutOptions) -> web.Response:
    """The answer to points of which each has a result."""
    return outcome_answer(Outcome(len(results), [result for result in results if result.error]), options)


def outcome_answer(outcome: Outcome, options: PutOptions) -> web.Response:
    """Counts, errors, or no content; BadRequest where there were errors and nobody asked which."""
    status, body = render_outcome(outcome, options)
    return json_body(body, status) if body else web.Response(status=status)
