"""`/q`: OpenTSDB's graphs. Here they are not drawn, but what scripts use of them is answered."""

from functools import partial
from time import perf_counter

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.responses import json_body, page_answer
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.query.runner import QueryRunner
from tsdbserver.wire.html import render_redirect
from tsdbserver.wire.query.uri_query import parse_query
from tsdbserver.wire.results.graph_text import render_lines, render_plot


async def get_graph(request: web.Request) -> web.Response:
    """`ascii`: a line for each point; `json`: how many there are; neither: the way to the home page."""
    if "png" in request.query:
        raise BadQuery("Graphs are not drawn here: ask for ascii or json instead of png")
    if "ascii" not in request.query and "json" not in request.query:
        return page_answer(render_redirect(f"/#{request.query_string}" if request.query_string else "/"))
    asked = {name: request.query.getall(name) for name in request.query}
    query = parse_query(asked, services(request).now(), profile(request))
    if "ascii" in request.query:
        body = await services(request).queries.answer(request, query, partial(_lines, query))
        return web.Response(body=body, content_type="text/plain", charset="UTF-8")
    return json_body(await services(request).queries.answer(request, query, partial(_plot, query)))


def _lines(query: Query, runner: QueryRunner) -> bytes:
    return render_lines(_found(query, runner))


def _plot(query: Query, runner: QueryRunner) -> bytes:
    began = perf_counter()
    results = _found(query, runner)
    return render_plot(results, query.span, took=(perf_counter() - began) * 1000)


def _found(query: Query, runner: QueryRunner) -> list[ResultSeries]:
    """The results, as OpenTSDB's graphs have them: with all that is read of the whole hours around the span."""
    return [result for sub in query.sub_queries for result in runner.read(sub, query.span, query)]
