"""URL table and operations → the OpenAPI document."""

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from tsdbserver.auth.access import Access
from tsdbserver.edge.http.openapi.operations import BELOW, HTML, JSON, OPERATIONS, Answer, Operation
from tsdbserver.edge.http.openapi.schemas import SCHEMAS, TEXT, ref
from tsdbserver.edge.http.server.route import Endpoint

_DESCRIPTION = """OpenTSDB's HTTP API, and `/api/tdigest/v1` for digests of k6 load tests.

Everything under `/api` is there under `/api/v1` as well, and below `/grafana` with answers that every generation of
Grafana's data source can read; below `/grafana/grouped` the tags of a result are then only those that its query groups
by, `quantile` and `le`, as alert rules need it. A path knows no case and no slash at its end. `jsonp=callback` wraps
any JSON answer in a call. Where a GET may name another method as `method_override` this is said. Bodies may be
compressed by gzip or deflate, and answers are if the client accepts gzip."""

_WHO = {
    Access.READ: "Needs scope read, where there are tokens.",
    Access.WRITE: "Needs scope write, where there are tokens.",
    Access.KNOWN: "Needs any token, where there are tokens.",
    Access.NONE: "Needs no token.",
}
_SAID = {200: "As asked.", 204: "Done; there is nothing to say.", 304: "Nothing changed.", 404: "There is none."}


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """The document of these rows."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "tsdbserver", "version": version, "description": _DESCRIPTION, "license": _LICENSE},
        "paths": {_path(row): _item(row) for row in endpoints},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


_UNTOLD = Operation({})
_LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _path(row: Endpoint) -> str:
    return f"{row.path}/{{{BELOW[row.path][0]}}}" if row.path in BELOW else row.path


def _item(row: Endpoint) -> dict[str, Any]:
    return {
        method.lower(): _operation(row, method, OPERATIONS.get(row.path, {}).get(method, _UNTOLD))
        for method in row.handlers
    }


def _operation(row: Endpoint, method: str, told: Operation) -> dict[str, Any]:
    access = row.access_of(method)
    override = " A GET may stand for it with `method_override`." if row.takes_override and method != "GET" else ""
    described: dict[str, Any] = {
        "operationId": f"{method.lower()}{row.path.replace('/', '_').replace('.', '_')}",
        "tags": [access.value],
        "summary": _summary(row, method),
        "description": _WHO[access] + override,
        "security": [] if access is Access.NONE else [{"bearer": []}, {"basic": []}, {}],
        "parameters": [*_below(row), *told.parameters],
        "responses": {str(status): _answer(status, answer) for status, answer in told.answers.items()}
        | {"default": _error(row.path)},
    }
    if told.body:
        described["requestBody"] = {"content": {kind: {"schema": shape} for kind, shape in told.body.items()}}
    return described


def _summary(row: Endpoint, method: str) -> str:
    """What the handler says of itself, less the method's name."""
    text = " ".join(cleandoc(row.handlers[method].__doc__ or "").split("\n\n")[0].split())
    _, colon, rest = text.partition(": ")
    return rest[:1].upper() + rest[1:] if colon and text.startswith(method) else text


def _below(row: Endpoint) -> list[dict[str, Any]]:
    if row.path not in BELOW:
        return []
    name, schema = BELOW[row.path]
    return [{"name": name, "in": "path", "required": True, "schema": schema}]


def _answer(status: int, answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": _SAID.get(status, "What was wrong.")}
    if answer:
        described["content"] = {kind: {"schema": shape} for kind, shape in answer.items()}
    return described


def _error(path: str) -> dict[str, Any]:
    if path.startswith("/api"):
        return _answer(0, {JSON: ref("Error")})
    return _answer(0, {HTML: TEXT, JSON: {"type": "object"}})
