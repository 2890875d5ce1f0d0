"""A server and a wire-tap before it for each test; a marker for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.tap import Tap, tapped
from tests.e2e.queries import running_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that knows nothing yet, and takes `+` in names: micrometer has buckets up to `+Inf`."""
    with running_server(tmp_path, "--tag-specialchars", "+") as url:
        yield url


@pytest.fixture
def tap(server: str) -> Iterator[Tap]:
    """The port that clients are given."""
    with tapped(server) as tap:
        yield tap
