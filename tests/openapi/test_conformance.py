"""A running server answers as its OpenAPI document says, to what the document allows and to some that it does not."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import tsdbserver
from tests.scriptlang.local_server import LocalServer
from tsdbserver.edge.http.openapi.document import document
from tsdbserver.edge.http.routes import ENDPOINTS

NOT_IMPLEMENTED = 501
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

schema = schemathesis.openapi.from_dict(document(ENDPOINTS, tsdbserver.__version__))
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module")
def server():
    with LocalServer() as running:
        yield running


# Bodies in msgpack have tests of their own.
@pytest.mark.filterwarnings("ignore:Skipped test cases with unsupported payload media types")
@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_answers_are_as_described(server, case):
    response = case.call(base_url=server.url)

    # What OpenTSDB's API has and this server has not is told by this status.
    checks = [check for check in CHECKS if response.status_code != NOT_IMPLEMENTED or check is not not_a_server_error]
    case.validate_response(response, checks=checks)
