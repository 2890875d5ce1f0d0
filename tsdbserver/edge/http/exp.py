"""`/api/query/exp`: formulas over metrics."""

from functools import partial

from aiohttp import web

from tsdbserver.edge.http.answers import json_body
from tsdbserver.edge.http.body import parsed, read_body
from tsdbserver.edge.http.dispatch import profile
from tsdbserver.edge.http.state import services
from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import ExpressionQuery
from tsdbserver.model.profile import Profile
from tsdbserver.query.expressions.tables import tables
from tsdbserver.query.runner import QueryRunner
from tsdbserver.store.interface import Catalog
from tsdbserver.wire.exp_body import echo, parse_body
from tsdbserver.wire.exp_json import parse_query
from tsdbserver.wire.exp_result import render


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
