"""`/api/annotation` and `/api/annotations`, and `bulk` below either.

Whatever writes does so in a thread: it waits for other writers, and there may be many annotations in one request.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.parameters import parameters
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.errors import NotFound
from tsdbserver.model.annotation import EVERYTHING, Annotation
from tsdbserver.model.time import TimeSpan
from tsdbserver.store.interface import Annotations
from tsdbserver.wire.metadata.annotation import (
    Deletion,
    parse_annotation,
    parse_annotation_uri,
    parse_annotations,
    parse_deletion,
    parse_deletion_uri,
    parse_range_uri,
    render_annotation,
    render_annotations,
    render_deletion,
)


async def get_annotation(request: web.Request) -> web.Response:
    """GET: the annotation of a series (`tsuid`), or of everything, that starts at `start_time`."""
    wanted = await _sent(request)
    found = services(request).annotations.get(wanted.tsuid, wanted.time)
    if found is None:
        raise NotFound("Unable to locate annotation in storage")
    return json_body(render_annotation(found))


async def get_annotations(request: web.Request) -> web.Response:
    """GET: those of everything that start between `start_time` and `end_time`."""
    parts = services(request)
    span = parse_range_uri(parameters(request), parts.now())
    return json_body(await asyncio.to_thread(_listed, parts.annotations, span))


async def post_annotation(request: web.Request) -> web.Response:
    """POST: a new annotation, or what is new in one."""
    return await _write(request, whole=False)


async def put_annotation(request: web.Request) -> web.Response:
    """PUT: an annotation in the place of any other of its series and time."""
    return await _write(request, whole=True)


async def delete_annotation(request: web.Request) -> web.Response:
    """DELETE: forget one, whether or not there is one."""
    unwanted = await _sent(request)
    moment = TimeSpan(unwanted.time, unwanted.time)
    await asyncio.to_thread(services(request).annotations.remove, unwanted.tsuid, moment)
    return web.Response(status=204)


async def post_bulk(request: web.Request) -> web.Response:
    """POST: many at once, or none of them."""
    return await _write_many(request, whole=False)


async def put_bulk(request: web.Request) -> web.Response:
    """PUT: as POST, each in the place of any other of its series and time."""
    return await _write_many(request, whole=True)


async def delete_bulk(request: web.Request) -> web.Response:
    """DELETE: forget those of some series, or of everything, that start within a range."""
    parts, body = services(request), await read_body(request)
    now = parts.now()
    deletion = parse_deletion(body, now) if body else parse_deletion_uri(parameters(request), now)
    return json_body(await asyncio.to_thread(_deleted, parts.annotations, deletion))


async def _write(request: web.Request, whole: bool) -> web.Response:
    annotation = await _sent(request)
    if not annotation.says_something:
        return web.Response(status=304)
    (stored,) = await asyncio.to_thread(services(request).annotations.write, [annotation], whole)
    return json_body(render_annotation(stored))


async def _write_many(request: web.Request, whole: bool) -> web.Response:
    many = await parsed(await read_body(request), parse_annotations)
    return json_body(await asyncio.to_thread(_written, services(request).annotations, many, whole))


async def _sent(request: web.Request) -> Annotation:
    """The annotation in the body, or, without a body, in the query string."""
    body = await read_body(request)
    return parse_annotation(body) if body else parse_annotation_uri(parameters(request), services(request).now())


def _listed(annotations: Annotations, span: TimeSpan) -> bytes:
    return render_annotations(annotations.between(EVERYTHING, span))


def _written(annotations: Annotations, many: Sequence[Annotation], whole: bool) -> bytes:
    telling = [annotation for annotation in many if annotation.says_something]
    return render_annotations(annotations.write(telling, whole))


def _deleted(annotations: Annotations, deletion: Deletion) -> bytes:
    count = sum(annotations.remove(tsuid, deletion.span) for tsuid in deletion.series)
    return render_deletion(deletion, count)
