"""docs/opentsdb.md names every address, each with the methods that it takes."""

import re
from pathlib import Path

import pytest

from tsdbserver.edge.http.routes import ENDPOINTS

PAGE = (Path(__file__).parent.parent / "docs" / "opentsdb.md").read_text()


def told():
    """{path: methods} of the table; where a row has several lists of methods, one for each path."""
    methods = {}
    for line in re.findall(r"^\| `/.*", PAGE, re.MULTILINE):
        paths, lists = re.findall(r"`(/[^`]*)`", line.split("|")[1]), line.split("|")[2].split(";")
        for position, path in enumerate(paths):
            methods[path] = {word.strip() for word in lists[min(position, len(lists) - 1)].split(",")}
    return methods


TOLD = told()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_an_address_is_told_with_its_methods(endpoint):
    refused = {"DELETE"} if endpoint.path == "/api/query" else set()

    assert endpoint.handlers.keys() - refused <= TOLD[endpoint.path]


def test_nothing_else_is_told():
    assert {endpoint.path for endpoint in ENDPOINTS} == TOLD.keys()
