"""`/api/uid/…`: ids of names."""

import asyncio

from aiohttp import web

from tsdbserver.edge.core.services import Services, services
from tsdbserver.edge.http.server.parameters import parameters
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_answer, json_body
from tsdbserver.errors import BadRequest, NotFound, NotImplementedHere, TsdbError
from tsdbserver.ingest.names import assign
from tsdbserver.wire.metadata.uid import (
    KINDS,
    Renaming,
    Wanted,
    no_such_uid,
    parse_assignment,
    parse_assignment_uri,
    parse_renaming,
    parse_renaming_uri,
    parse_uid,
    render_renamed,
    render_uid,
)
from tsdbserver.wire.points.rules import check_name

_TOLD = frozenset(("description", "notes", "display_name", "custom"))
"""What OpenTSDB would keep of a name or a series beside it."""


async def get_assign(request: web.Request) -> web.Response:
    """GET: `metric`, `tagk`, `tagv`, each a list of names parted by commas."""
    return await _assigned(request, parse_assignment_uri(parameters(request)))


async def post_assign(request: web.Request) -> web.Response:
    """POST: the same as a JSON object of lists."""
    return await _assigned(request, await parsed(await read_body(request), parse_assignment))


async def get_rename(request: web.Request) -> web.Response:
    """GET: one of `metric`, `tagk`, `tagv`, and what it is to become as `name`."""
    return await _renamed(request, parse_renaming_uri(parameters(request)))


async def post_rename(request: web.Request) -> web.Response:
    """POST: the same as a JSON object."""
    return await _renamed(request, parse_renaming(await read_body(request)))


async def get_uidmeta(request: web.Request) -> web.Response:
    """GET: the name that has an id."""
    kind, uid = parse_uid(parameters(request))
    name = services(request).catalog.name(kind, uid)
    if name is None:
        raise NotFound("Could not find the requested UID", no_such_uid(kind, uid))
    return json_body(render_uid(kind, uid, name))


async def get_tsmeta(request: web.Request) -> web.Response:
    """GET: nothing is kept of any series, so there is nothing to find."""
    asked = parameters(request)
    if "tsuid" in asked:
        raise NotFound("Could not find Timeseries meta data")
    if not asked.get("m"):
        raise BadRequest("Missing parameter <code>m</code>")
    return json_answer([])


async def edit_meta(request: web.Request) -> web.Response:
    """POST and PUT: what changes nothing is fine."""
    if await read_body(request) or not _TOLD.isdisjoint(request.query):
        raise NotImplementedHere("Meta data is not kept here", "Names and series have ids, and nothing else")
    return web.Response(status=304)


async def delete_meta(request: web.Request) -> web.Response:
    """DELETE: there is none."""
    return web.Response(status=204)


async def any_other(request: web.Request) -> web.Response:
    """What OpenTSDB's table of paths has under this name and no more."""
    raise NotImplementedHere("Other UID endpoints have not been implemented yet")


async def _assigned(request: web.Request, wanted: Wanted) -> web.Response:
    # In a thread: there may be any number of names.
    answer, failed = await asyncio.to_thread(assign, services(request).names, wanted, KINDS, check_name)
    return json_answer(answer, 400 if failed else 200)


async def _renamed(request: web.Request, renaming: Renaming) -> web.Response:
    # In a thread: every series of a large store may get another name.
    error = await asyncio.to_thread(_rename, services(request), renaming)
    services(request).door.known.clear()  # a name that writers use may be another series' from now on
    return json_body(render_renamed(error), 400 if error else 200)


def _rename(parts: Services, renaming: Renaming) -> str:
    """Why the renaming did not take place, empty if it did."""
    try:
        for name in (renaming.old, renaming.new):
            check_name(renaming.kind, name)
        if renaming.kind not in KINDS:
            return f"Unknown type name: {renaming.kind}"
        parts.names.rename(KINDS[renaming.kind], renaming.old, renaming.new)
    except TsdbError as error:
        return error.message
    return ""
