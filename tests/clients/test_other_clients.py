"""Telegraf's output (Go) and micrometer's registry (Java), as their own modules are published."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.stored import agree

HERE = Path(__file__).parent
GO = os.environ.get("GO") or shutil.which("go")


@pytest.fixture(scope="session")
def telegraf(tmp_path_factory):
    """A program that writes through telegraf's own output."""
    if GO is None:
        pytest.skip("no Go: `make e2e` fetches one")
    program = tmp_path_factory.mktemp("telegraf") / "telegraf"
    subprocess.run([GO, "build", "-o", program, "."], cwd=HERE / "telegraf", check=True)
    return program


@pytest.mark.parametrize("scheme", ["tcp", "http"])
def test_telegraf(server, tap, telegraf, scheme):
    subprocess.run([telegraf, f"{scheme}://127.0.0.1", str(tap.port), "400"], check=True, timeout=60)

    assert agree(server, tap).count == 400


@pytest.mark.skipif(not (shutil.which("mvn") and shutil.which("java")), reason="no Maven or no Java on this machine")
def test_micrometer(server, tap, tmp_path):
    jars = tmp_path / "jars"
    pom = HERE / "micrometer" / "pom.xml"
    maven = ["mvn", "-q", "-B", "-f", str(pom), "dependency:build-classpath"]
    subprocess.run([*maven, f"-Dmdep.outputFile={jars}"], check=True)
    program = ["java", "-cp", jars.read_text(), HERE / "micrometer" / "Main.java", str(tap.port)]
    subprocess.run(program, check=True, timeout=120)

    assert agree(server, tap).count > 300
