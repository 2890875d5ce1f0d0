"""Lists of names: aggregators, filters, version, suggestions."""

from collections.abc import Iterable

from aiohttp import web

import tsdbserver
from tsdbserver.edge.http.answers import json_answer
from tsdbserver.edge.http.dispatch import profile
from tsdbserver.edge.http.state import Services, services
from tsdbserver.errors import BadRequest
from tsdbserver.model.uid import NameKind
from tsdbserver.query.lookup import suggest

_DEFAULT_MAX = 25


async def get_aggregators(request: web.Request) -> web.Response:
    """The registry's names."""
    return json_answer(services(request).aggregators.names())


async def get_filters(request: web.Request) -> web.Response:
    """The registry's filter types, each with examples and a description."""
    filters = services(request).filters
    return json_answer({kind.name: {"examples": kind.examples, "description": kind.description} for kind in filters})


async def get_version(request: web.Request) -> web.Response:
    """The server's version, in OpenTSDB's form: every value a string."""
    unknown = dict.fromkeys(("short_revision", "full_revision", "timestamp", "repo_status", "user", "host", "repo"), "")
    return json_answer({"version": tsdbserver.__version__, **unknown})


async def get_suggest(request: web.Request) -> web.Response:
    """Names that begin with `q`, or hold it where the mount offers those, too: `type` is metrics, tagk or tagv."""
    kind = request.query.get("type")
    if kind is None:
        raise BadRequest("Missing parameter <code>type</code>")
    text, most = request.query.get("q", ""), _max(request.query.get("max"))
    return json_answer(suggest(_names(services(request), kind), text, most, profile(request).suggests_inside))


def _max(text: str | None) -> int:
    try:
        most = int(text) if text else _DEFAULT_MAX
    except ValueError:
        raise BadRequest("Unable to parse 'max' as a number") from None
    return most if most > 0 else _DEFAULT_MAX


def _names(parts: Services, kind: str) -> Iterable[str]:
    match kind:
        case "metrics":
            return _metric_names(parts)
        case "tagk":
            return parts.catalog.names(NameKind.TAG_KEY)
        case "tagv":
            return parts.catalog.names(NameKind.TAG_VALUE)
    raise BadRequest(f"Invalid 'type' parameter:{kind}")


def _metric_names(parts: Services) -> Iterable[str]:
    """Every metric and its companions, each name once."""
    names = set(parts.catalog.names(NameKind.METRIC))
    for metric in parts.catalog.metrics():
        names.update(parts.planner.companions.names(metric))
    return names
