"""The adapter of requests that are about HTTP itself: paths, methods, headers, and names that a store suggests."""

import asyncio

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from tsdbserver.app import start
from tsdbserver.edge.http.middleware.errors import errors_answered
from tsdbserver.edge.http.server.dispatch import Dispatcher
from tsdbserver.edge.http.server.route import endpoint
from tsdbserver.settings.parsers import domains
from tsdbserver.settings.table import Settings


def http(given):
    return asyncio.run(_overridden(given) if "query_string" in given else _answered(given))


async def _answered(given):
    settings = Settings(listen=("127.0.0.1", 0), cors_domains=domains(given.get("config", {}).get("cors_domains", "")))
    runner, url = await start(settings)
    try:
        async with ClientSession() as session:
            for point in _points(**given.get("stored_names", {})):
                await session.post(f"{url}/api/put", json=point)
            return await _asked(session, url, given)
    finally:
        await runner.cleanup()


def _points(metrics=(), tagk=(), tagv=()):
    """Points in which every name stands at least once."""
    for i in range(max(len(metrics), len(tagk), len(tagv))):
        metric, key, value = (names[i % len(names)] if names else "other" for names in (metrics, tagk, tagv))
        yield {"metric": metric, "timestamp": 1, "value": 1, "tags": {key: value}}


async def _asked(session, url, given):
    body, headers = given.get("body"), given.get("headers", {})
    data = body.encode() if body else None
    async with session.request(given["method"], URL(url + given["path"]), data=data, headers=headers) as response:
        text = await response.text()
        return {
            "status": response.status,
            "json": await response.json(content_type=None) if text.startswith(("{", "[")) else None,
            "body_contains": text,
            "header": response.headers,
            "absent_header": response.headers,
        }


async def _overridden(given):
    """The method for which a request is taken, where an endpoint takes all of them."""

    def answering(method):
        async def handler(_request):
            return web.json_response({"api_method": method})

        return handler

    handlers = {method: answering(method.upper()) for method in ("get", "post", "put", "delete")}
    dispatcher = Dispatcher([endpoint("/api/any", **handlers, takes_override=True)], lambda _request, _access: None)
    app = web.Application(middlewares=[errors_answered])
    app.router.add_route("*", "/{path:.*}", dispatcher.answer)
    async with TestClient(TestServer(app)) as client:
        response = await client.request(given["method"], f"/api/any?{given['query_string']}")
        return {"status": response.status, **await response.json()}


KINDS = {"http": http}
