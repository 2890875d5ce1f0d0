"""`pytest tests/oracle [--oracle DIR] [--topic TOPIC]`: one test for each recorded row."""

from pathlib import Path

import pytest

from tests.oracle.replay import Replay
from tests.oracle.rows import HERE, read_dataset, read_rows


def pytest_addoption(parser):
    parser.addoption("--oracle", type=Path, default=HERE, help="folder of transcripts (default: %(default)s)")
    parser.addoption("--topic", action="append", help="only the rows of this topic; more than once for several")


def pytest_generate_tests(metafunc):
    if "row" in metafunc.fixturenames:
        topics = metafunc.config.getoption("topic", None)
        rows = [row for row in read_rows(_folder(metafunc.config)) if not topics or row["topic"] in topics]
        metafunc.parametrize("row", rows, ids=[f"{row['topic']}-{row['id']}" for row in rows])


def _folder(config):
    # The option is unknown where this folder is one of many and pytest meets it late.
    return config.getoption("oracle", HERE)


@pytest.fixture(scope="session")
def replay(pytestconfig):
    folder = _folder(pytestconfig)
    # Rows of another folder may read what ours have written: they are parts of one recording.
    rows = {row["id"]: row for row in (*read_rows(HERE), *read_rows(folder))}
    with Replay([rows[key] for key in sorted(rows)], read_dataset(folder)) as replay:
        yield replay
