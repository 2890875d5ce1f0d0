"""Client libraries from PyPI, unchanged, each installed beside the others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.stored import agree

HERE = Path(__file__).parent
COUNT = 300
CLIENTS = {
    "opentsdb-py over http": ("opentsdb-py==0.6.0", "with_opentsdb.py", "HTTP"),
    "opentsdb-py over telnet": ("opentsdb-py==0.6.0", "with_opentsdb.py", "TELNET"),
    "opentsdb-client over http": ("opentsdb-client==0.6.1", "with_opentsdb.py", "HTTP"),
    "opentsdb-client over telnet": ("opentsdb-client==0.6.1", "with_opentsdb.py", "TELNET"),
    "potsdb over telnet": ("potsdb==1.0.3", "with_potsdb.py", "TELNET"),
}


@pytest.fixture(scope="session")
def installed():
    """Package → the folder where it is: two of them share one import name, so that each needs its own."""
    base = HERE.parents[1] / ".venv" / "clients"

    def install(package: str) -> Path:
        folder = base / package
        if not (folder / "ready").exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*command, "--target", folder, package], check=True)
            (folder / "ready").touch()
        return folder

    return install


@pytest.mark.parametrize("package, program, protocol", CLIENTS.values(), ids=CLIENTS.keys())
def test_what_a_client_sends_is_what_is_stored(server, tap, installed, package, program, protocol):
    command = [sys.executable, HERE / "programs" / program, str(tap.port), protocol, str(COUNT)]
    environment = {**os.environ, "PYTHONPATH": str(installed(package))}
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout

    assert output.split() == [str(COUNT), "0"]
    assert agree(server, tap).count == COUNT
