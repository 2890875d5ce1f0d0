"""`pytest tests/vectors [--vectors DIR]`: one test for each vector in the JSON files of a folder."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_addoption(parser):
    parser.addoption("--vectors", type=Path, default=HERE, help="folder of vector files (default: %(default)s)")


def pytest_generate_tests(metafunc):
    if "vector" in metafunc.fixturenames:
        # The option is unknown where this folder is one of many and pytest meets it late.
        folder = metafunc.config.getoption("vectors", HERE)
        vectors = [vector for path in sorted(folder.glob("*.json")) for vector in read(path)]
        metafunc.parametrize("vector", vectors, ids=[vector["name"] for vector in vectors])


def read(path):
    """The vectors of a file. UsageError for a file of another format."""
    content = json.loads(path.read_text())
    if content.get("format") != 1:
        raise pytest.UsageError(f"{path} is no vector file of format 1")
    return content["vectors"]
