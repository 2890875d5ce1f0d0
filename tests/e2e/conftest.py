"""Real processes for the end-to-end tests: all on free ports, all gone when the test is over."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.queries import running_server
from tsdbserver.demo.processes import free_port, running, wait_until_listening

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def k6() -> Path:
    program = ROOT / "bin" / "k6"
    if not program.exists():
        pytest.fail("bin/k6 is missing: `make e2e` builds it")
    return program


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that knows nothing yet."""
    with running_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the demo's HTTP target."""
    port = free_port()
    command = [sys.executable, "-m", "tsdbserver.demo.target", "--port", str(port)]
    with running("shop", command, tmp_path_factory.mktemp("shop")) as child:
        wait_until_listening(child, port)
        yield f"http://127.0.0.1:{port}"
