"""Which path, version and method reaches what, and what is said where nothing does."""

import pytest
from yarl import URL

import tsdbserver

VERSION = {"version": tsdbserver.__version__}
SAME = ["/api/version", "/api/version/", "/API/Version", "/api/v1/version", "/api/v0/version", "/api/version/x",
        "/grafana/api/version", "/Grafana/api/v1/version/"]  # fmt: skip


@pytest.mark.parametrize("path", SAME)
async def test_a_path_has_no_case_no_version_and_no_slash_at_its_end(client, path):
    status, answer = await client.get(path)

    assert (status, answer | VERSION) == (200, answer)


SLASHES = ["/grafana//api/suggest", "/grafana/api//suggest", "//grafana///api//suggest//", "//api/suggest",
           "/api//suggest", "/api//v1//suggest/", "/grafana%2Fapi%2Fsuggest", "/Grafana//API/Suggest"]  # fmt: skip


@pytest.mark.parametrize("path", SLASHES)
async def test_many_slashes_are_one(client, path):
    await client.post("/api/put", {"metric": "cpu", "timestamp": 100, "value": 1, "tags": {"host": "a"}})

    assert await raw(client, "GET", f"{path}?type=metrics") == (200, "application/json", b'["cpu"]')


@pytest.mark.parametrize("path", ["/grafana//api/put", "//api/put", "/api//put/", "/grafana///API///v1//put"])
async def test_many_slashes_are_one_for_a_put_too(client, path):
    point = {"metric": "cpu", "timestamp": 100, "value": 1, "tags": {"host": "a"}}

    assert (await raw(client, "POST", path, json=point))[0] == 204
    assert await raw(client, "GET", "/api/suggest?type=metrics") == (200, "application/json", b'["cpu"]')


@pytest.mark.parametrize("path", ["/", "//", "/grafana", "/grafana/", "//Grafana//", "/%2F"])
async def test_the_home_page(client, path):
    status, kind, page = await raw(client, "GET", path)

    assert (status, kind) == (200, "text/html")
    assert b"tsdbserver" in page


@pytest.mark.parametrize(
    "path",
    ["/grafana//nosuch", "/grafana//x/y", "//nosuch", "/nosuch//", "/grafana/nosuch/", "/grafana//grafana",
     "/%2Fnosuch", "/grafana%2F%2Fnosuch", "/index.html", "/.", "/grafana/%20", "/%20", "/grafanax"],
)  # fmt: skip
async def test_no_other_path_is_the_home_page(client, path):
    status, _, page = await raw(client, "GET", path)

    assert (status, b"Page Not Found" in page) == (404, True)


async def raw(client, method, path, **options):
    """Status, type and body of the answer to a path that is sent as it is."""
    url = URL(f"{client.session._base_url}".rstrip("/") + path, encoded=True)
    async with client.session.request(method, url, **options) as response:
        return response.status, response.content_type, await response.read()


NOWHERE = {
    "/api/nosuch": (404, {"code": 404, "message": "Endpoint not found"}),
    "/api": (404, {"code": 404, "message": "Endpoint not found"}),
    "/grafana/api/nosuch": (404, {"code": 404, "message": "Endpoint not found"}),
    "/api/v2d/version": (
        400,
        {
            "code": 400,
            "message": "Invalid API version format supplied",
            "details": "API version [2d] cannot be parsed to an integer",
        },
    ),
    "/api/v3/version": (
        501,
        {
            "code": 501,
            "message": "Requested API version is greater than the max implemented",
            "details": "API version [3] is greater than the max [1]",
        },
    ),
    "/api/version?serializer=nope": (
        400,
        {
            "code": 400,
            "message": "Requested serializer was not found",
            "details": "Could not find a serializer with the name: nope",
        },
    ),
}


@pytest.mark.parametrize("path, expected", NOWHERE.items(), ids=NOWHERE.keys())
async def test_what_nothing_answers(client, path, expected):
    status, answer = await client.get(path)

    assert (status, answer["error"]) == expected


@pytest.mark.parametrize(
    "method, path", [("PUT", "/api/version"), ("POST", "/api/aggregators"), ("DELETE", "/api/suggest")]
)
async def test_a_method_that_an_endpoint_does_not_take(client, method, path):
    async with client.session.request(method, path) as response:
        assert (response.status, await response.json()) == (
            405,
            {
                "error": {
                    "code": 405,
                    "message": "Method not allowed",
                    "details": f"The HTTP method [{method}] is not permitted for this endpoint",
                }
            },
        )


@pytest.mark.parametrize("method", ["PATCH", "HEAD", "TRACE"])
async def test_an_unheard_of_method_ends_the_connection(client, method):
    async with client.session.request(method, "/api/version") as response:
        assert (response.status, await response.read()) == (405, b"")
        assert response.headers["Connection"] == "close"


OVERRIDES = {
    "get": (400, "Missing parameter <code>start</code>"),
    "DELETE": (400, "Bad request"),
    "put": (405, "Method not allowed"),
    "": (405, "Missing method override value"),
    "nope": (405, "Unknown or unsupported method override value"),
}


@pytest.mark.parametrize("method, expected", OVERRIDES.items(), ids=repr)
async def test_a_get_may_be_taken_for_another_method(client, method, expected):
    status, answer = await client.get("/api/query", method_override=method)

    assert (status, answer["error"]["message"]) == expected


async def test_only_a_get_and_only_where_it_is_asked_for(client):
    assert (await client.post("/api/query?method_override=delete", {}))[1]["error"]["message"] != "Bad request"
    assert (await client.get("/api/version", method_override="nope"))[0] == 200


async def test_outside_the_api_an_error_is_a_page_or_json_if_asked_for(client):
    async with client.session.get("/no<b>such") as response:
        assert (response.status, response.content_type) == (404, "text/html")
        assert "Page Not Found" in await response.text()
    assert await client.get("/nosuch?json") == (404, {"err": "Page Not Found"})


async def test_the_reason_phrase_says_what_is_wrong(client):
    """Grafana MAY show nothing else of an error: one line of printable ASCII, at most 120 characters."""
    async with client.session.get("/api/query", params={"start": "1", "m": "sum:größe\n" + "x" * 200}) as response:
        assert response.reason == "No such name for 'metrics': 'gr??e"


async def test_of_a_parameter_that_stands_twice_the_last_counts(client):
    await client.post("/api/put", {"metric": "cpu", "timestamp": 100, "value": 1, "tags": {"host": "a"}})

    status, answer = await client.get("/api/query?start=4000&start=50&end=60&end=200&m=sum:cpu")

    assert (status, answer[0]["dps"]) == (200, {"100": 1.0})


async def test_jsonp_wraps_answers_and_errors(client):
    async with client.session.get("/api/aggregators?jsonp=cb") as response:
        assert (await response.text()).startswith('cb(["')
        assert response.content_type == "application/json"
    async with client.session.get("/api/nosuch?jsonp=my.cb[0]") as response:
        assert await response.text() == 'my.cb[0]({"error":{"code":404,"message":"Endpoint not found"}})'


@pytest.mark.parametrize("name", ["alert(1)//", "a b", "<script>", "x" * 200])
async def test_a_callback_is_a_name(client, name):
    status, answer = await client.get("/api/aggregators", jsonp=name)

    assert (status, answer["error"]["message"]) == (400, f"'{name}' is not the name of a callback")
