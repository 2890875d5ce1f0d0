"""What there is: aggregators, filters, the version, and whether all is well."""

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.core.version import version, version_text
from tsdbserver.edge.http.server.parameters import wants_json
from tsdbserver.edge.http.server.responses import json_answer, json_body, text_answer


async def get_aggregators(request: web.Request) -> web.Response:
    """The registry's names."""
    return json_answer(services(request).aggregators.names())


async def get_filters(request: web.Request) -> web.Response:
    """The registry's filter types, each with examples and a description."""
    filters = services(request).filters
    return json_answer({kind.name: {"examples": kind.examples, "description": kind.description} for kind in filters})


async def get_version(request: web.Request) -> web.Response:
    """The server's version, in OpenTSDB's form: every value a string."""
    return json_answer(version())


async def get_version_page(request: web.Request) -> web.Response:
    """The version as `/version` gives it: two lines for people, or JSON if the address ends so."""
    if wants_json(request):
        return json_answer(version())
    return text_answer(version_text())


async def get_openapi(request: web.Request) -> web.Response:
    """This description."""
    return json_body(services(request).openapi)


async def get_status(request: web.Request) -> web.Response:
    """`ok` from the first request to the last: a server that starts or stops takes none."""
    return json_answer({"status": "ok"})


async def get_config(request: web.Request) -> web.Response:
    """The settings: texts by name."""
    return json_answer(services(request).config)


async def drop_caches(request: web.Request) -> web.Response:
    """Forget which series writers named by which bytes; OpenTSDB's caches are of the same kind."""
    services(request).door.known.clear()
    return json_answer({"status": "200", "message": "Caches dropped"})
