"""`/api/search/…`: look-ups of series. Other searches need a plug-in of OpenTSDB's, which nobody has here."""

from collections.abc import Callable
from functools import partial
from time import perf_counter

from aiohttp import web

from tsdbserver.edge.core.services import Services, services
from tsdbserver.edge.http.server.dispatch import path_below, profile
from tsdbserver.edge.http.server.parameters import parameters
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.errors import BadRequest
from tsdbserver.model.dialect import Profile
from tsdbserver.model.lookup import Lookup, Vocabulary
from tsdbserver.query.select.lookup import StoredNames, look_up
from tsdbserver.wire.metadata.lookup import parse_lookup_json, parse_lookup_uri, render_lookup

_NOT_ENABLED = ("annotation", "tsmeta", "tsmeta_summary", "tsuids", "uidmeta")


async def get_search(request: web.Request) -> web.Response:
    """GET: `m=metric{key=value,…}` and `limit`."""
    _check_kind(request)
    last, parts = parameters(request), services(request)
    names = partial(_names, parts) if profile(request).mends_queries else None
    return await _answer(request, partial(parse_lookup_uri, last.get("m"), last.get("limit"), names))


async def post_search(request: web.Request) -> web.Response:
    """POST: the same as a JSON object; without a body as GET."""
    _check_kind(request)
    body = await read_body(request)
    if not body:
        return await get_search(request)
    lookup = await parsed(body, parse_lookup_json)
    return await _answer(request, lambda: lookup)


def _check_kind(request: web.Request) -> None:
    kind = path_below(request, "/api/search").split("/")[0]
    if kind in _NOT_ENABLED:
        raise BadRequest("Searching is not enabled", "Searching has not been enabled on this TSD")
    if kind != "lookup":
        raise BadRequest("Invalid search query type supplied", f"Unknown type: {kind}")


async def _answer(request: web.Request, parse: Callable[[], Lookup]) -> web.Response:
    parts = services(request)
    return json_body(await parts.lookups.run(partial(_looked_up, parse, parts, profile(request))))


def _names(parts: Services, metric: str | None) -> Vocabulary:
    return StoredNames(metric, parts.catalog, parts.reader, parts.planner.companions)


def _looked_up(parse: Callable[[], Lookup], parts: Services, mount: Profile) -> bytes:
    """Look up in a thread, reading included: where names are parted may take a look at all of them."""
    began, lookup = perf_counter(), parse()
    found = look_up(lookup, parts.catalog, parts.reader, parts.planner.companions, mount)
    return render_lookup(lookup, found, took=(perf_counter() - began) * 1000)
