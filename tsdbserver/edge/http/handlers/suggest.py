"""`/api/suggest`, and `/suggest` as it was before there was an API."""

from collections.abc import Iterable
from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import Services, services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.parameters import parameters
from tsdbserver.edge.http.server.requests import read_body
from tsdbserver.edge.http.server.responses import json_answer
from tsdbserver.model.dialect import Profile
from tsdbserver.model.metric import MetricKind
from tsdbserver.model.uid import NameKind
from tsdbserver.query.select.lookup import suggest
from tsdbserver.wire.metadata.suggest import Suggestion, parse_suggest_json, parse_suggest_uri


async def get_suggest(request: web.Request) -> web.Response:
    """GET: names that begin with `q`, or hold it where the mount offers those, too; `max` of them. `type` is metrics,
    tagk or tagv.
    """
    return await _answer(request, parse_suggest_uri(parameters(request)))


async def post_suggest(request: web.Request) -> web.Response:
    """POST: the same as a JSON object."""
    return await _answer(request, parse_suggest_json(await read_body(request)))


async def _answer(request: web.Request, asked: Suggestion) -> web.Response:
    parts = services(request)
    return json_answer(await parts.lookups.run(partial(_suggested, parts, asked, profile(request))))


def _suggested(parts: Services, asked: Suggestion, offers: Profile) -> list[str]:
    names = _names(parts, asked.kind, offers.suggests_of_histograms)
    return suggest(names, asked.text, asked.most, offers.suggests_inside)


def _names(parts: Services, kind: NameKind, of_histograms: bool) -> Iterable[str]:
    return _metric_names(parts, of_histograms) if kind is NameKind.METRIC else parts.catalog.names(kind)


def _metric_names(parts: Services, of_histograms: bool) -> Iterable[str]:
    """Every metric and its companions, each name once."""
    names = set(parts.catalog.names(NameKind.METRIC))
    for metric in parts.catalog.metrics():
        if of_histograms or metric.kind is not MetricKind.HISTOGRAM:
            names.update(parts.planner.companions.names(metric))
    return names
