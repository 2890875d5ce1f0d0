"""Cross-origin requests, as OpenTSDB allows and refuses them."""

import pytest

from tsdbserver.edge.http.middleware.cors import ANY
from tsdbserver.settings.table import Settings

PATH = "/api/version"


@pytest.fixture(params=[(), (ANY,), ("42.com", "beeblebrox.org")], ids=["off", "any", "some"])
def domains(request):
    return request.param


@pytest.fixture
def settings(domains) -> Settings:
    return Settings(listen=("127.0.0.1", 0), cors_domains=domains)


async def asked(client, method, origin):
    headers = {"Origin": origin} if origin else {}
    async with client.session.request(method, PATH, headers=headers) as response:
        return response.status, response.headers.get("Access-Control-Allow-Origin"), await response.text()


@pytest.mark.parametrize("origin", [None, "42.com", "http://evil.com"])
async def test_who_may_ask(client, domains, origin):
    status, allowed, text = await asked(client, "GET", origin)

    if not domains or origin is None:
        assert (status, allowed, '"version"' in text) == (200, None, True)
    elif ANY in domains or origin in domains:
        assert (status, allowed, '"version"' in text) == (200, origin, True)
    else:
        assert (status, allowed, "CORS domain not allowed" in text) == (200, None, True)


@pytest.mark.parametrize("origin", [None, "42.com", "http://evil.com"])
async def test_a_preflight(client, domains, origin):
    status, allowed, text = await asked(client, "OPTIONS", origin)

    if not domains or origin is None:
        assert (status, allowed, "[OPTIONS] is not permitted" in text) == (405, None, True)
    elif ANY in domains or origin in domains:
        assert (status, allowed, text) == (200, origin, "")
    else:
        assert (status, allowed, "CORS domain not allowed" in text) == (200, None, True)


@pytest.mark.parametrize("domains", [(ANY,)], indirect=True)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_what_such_a_page_may_send(client, domains, method):
    async with client.session.request(method, PATH, headers={"Origin": "42.com"}) as response:
        assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE"
        assert response.headers["Access-Control-Allow-Headers"] == Settings().cors_headers
        assert response.headers["Vary"] == "Origin"
