"""The OpenAPI document is about what there is: every method of every row, and no more."""

import jsonschema_rs
import pytest

from tsdbserver.edge.http.openapi.document import document
from tsdbserver.edge.http.openapi.operations import BELOW, OPERATIONS
from tsdbserver.edge.http.openapi.schemas import SCHEMAS
from tsdbserver.edge.http.routes import ENDPOINTS
from tsdbserver.edge.http.server.mode import offered

DOCUMENT = document(ENDPOINTS, "1.2.3")
ALL = [(path, method, told) for path, item in DOCUMENT["paths"].items() for method, told in item.items()]


def test_every_row_and_method_is_described_and_no_other():
    described = {(path, method) for path, methods in OPERATIONS.items() for method in methods}

    assert described == {(row.path, method) for row in ENDPOINTS for method in row.handlers}
    assert len(ALL) == len(described)
    assert BELOW.keys() <= OPERATIONS.keys()


@pytest.mark.parametrize("path, method, told", ALL, ids=[f"{method} {path}" for path, method, _ in ALL])
def test_each_says_what_it_does_to_whom_and_how_it_ends(path, method, told):
    assert told["summary"][:1].isupper() or told["summary"].startswith("`")
    assert told["summary"].endswith(".")
    assert "default" in told["responses"]
    assert bool(told["security"]) == (told["tags"] != ["none"])
    assert method != "get" or "requestBody" not in told


def test_operations_have_ids_of_their_own():
    ids = [told["operationId"] for _, _, told in ALL]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", SCHEMAS)
def test_shapes_are_json_schema(name):
    jsonschema_rs.meta.validate(SCHEMAS[name])


def test_a_shape_that_is_referred_to_exists_and_every_one_is():
    text = str(DOCUMENT)

    assert {name for name in SCHEMAS if f"#/components/schemas/{name}'" not in text} == set()
    assert text.count("#/components/schemas/") == sum(text.count(f"#/components/schemas/{name}'") for name in SCHEMAS)


async def test_a_server_serves_the_document_of_its_mode(aiohttp_client):
    from tsdbserver.app import build_app
    from tsdbserver.settings.table import Settings

    client = await aiohttp_client(build_app(Settings(mode="ro")))
    async with client.get("/api/openapi.json") as response:
        served = await response.json()

    assert served["paths"].keys() == document(offered(ENDPOINTS, "ro"), "")["paths"].keys()
    assert "/api/put" not in served["paths"]
