"""`/api/query/exp`: formulas over metrics."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.core.services import services
from tsdbserver.edge.http.server.dispatch import profile
from tsdbserver.edge.http.server.requests import parsed, read_body
from tsdbserver.edge.http.server.responses import json_body
from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import Profile
from tsdbserver.model.expression import ExpressionQuery
from tsdbserver.query.expressions.exp.evaluate import tables
from tsdbserver.query.runner import QueryRunner
from tsdbserver.store.interface import Catalog
from tsdbserver.wire.expressions.exp_body import echo, parse_body
from tsdbserver.wire.expressions.exp_query import parse_query
from tsdbserver.wire.results.exp_result import render


async def post_exp(request: web.Request) -> web.Response:
    """POST: metrics, expressions and what of them is wanted are the body."""
    parts = services(request)
    read = partial(_read, now=parts.now(), mount=profile(request))
    asked, question = await parsed(await read_body(request), read)
    work = partial(_run, asked, question, parts.catalog)
    return json_body(await parts.queries.answer(request, asked.query, work, at_once=False))


async def get_exp(_request: web.Request) -> web.Response:
    """GET: has no body, and so says nothing."""
    raise BadQuery("Incoming data was null or empty")


def _read(text: bytes, now: int, mount: Profile) -> tuple[ExpressionQuery, dict[str, object]]:
    """What is asked, and how the answer repeats it."""
    body = parse_body(text)
    return parse_query(body, now, mount), echo(body)


def _run(asked: ExpressionQuery, question: dict[str, object], catalog: Catalog, runner: QueryRunner) -> bytes:
    return render(tables(asked, runner, catalog), question)
