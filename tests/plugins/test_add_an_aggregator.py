"""docs/add-an-aggregator.md, followed to the letter: what the page shows is taken from the page and run."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from aggregators import FillPolicy, builtin
from aggregators.testing import AggregatorTester
from tests.batches import T0, TREND, packed, trend
from tsdbserver.app import start
from tsdbserver.plugins.aggregators import load_plugins
from tsdbserver.settings.table import Settings

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "add-an-aggregator.md").read_text()
SHOWN = {
    file.replace("`", ""): code
    for file, code in re.findall(r"^(`[^`\n]+`[^`\n]*):\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
}
"""The page's files by the words above them."""

SPREAD = SHOWN["plugins/spread.py"]
WITH_SAMPLES = SPREAD + SHOWN["plugins/spread.py, the end"]
WITH_NUMPY = SPREAD + SHOWN["plugins/spread.py, another list"] + SHOWN["plugins/spread.py, the end"]

MINUTE = T0 // 60_000 * 60
SPAN = {"start": str(MINUTE), "end": str(MINUTE + 59)}


@pytest.fixture
def plugins(tmp_path):
    directory = tmp_path / "plugins"
    directory.mkdir()
    return directory


async def answers(settings, *paths):
    """What a server with these settings answers, after two hosts have sent numbers and one a distribution."""
    runner, url = await start(settings)
    points = [
        {"metric": "cpu.load", "timestamp": MINUTE + 10 * i, "value": value, "tags": {"host": host}}
        for host, values in (("web01", (1, 4, 2)), ("web02", (8, 9, 9)))
        for i, value in enumerate(values)
    ]
    async with aiohttp.ClientSession(url) as session:
        await session.post("/api/put", json=points)
        batch = packed(("k6.http_req_duration", {"scenario": "buy"}, TREND, trend(20, 50, 90)))
        await session.post("/api/tdigest/v1/batch", data=batch, headers={"Content-Type": "application/msgpack"})
        found = [await (await session.get(path, params=params)).json() for path, params in paths]
    await runner.cleanup()
    return found


def query(m):
    return "/api/query", {"m": m, **SPAN}


async def test_a_file_is_in_grafanas_box_and_answers_queries(plugins):
    (plugins / "spread.py").write_text(SPREAD)
    names, of_numbers, of_digests = await answers(
        Settings(listen=("127.0.0.1", 0), plugins_dir=plugins),
        ("/api/aggregators", {}),
        query("max:1m-spread:cpu.load"),
        query("spread:1m-spread:k6.http_req_duration"),
    )

    assert "spread" in names
    assert of_numbers[0]["dps"] == {str(MINUTE): 3.0}
    assert of_digests["error"]["code"] == 400


async def test_its_samples_answer_for_distributions(plugins):
    (plugins / "spread.py").write_text(WITH_SAMPLES)
    (answer,) = await answers(
        Settings(listen=("127.0.0.1", 0), plugins_dir=plugins), query("spread:1m-spread:k6.http_req_duration")
    )

    assert list(answer[0]["dps"].values()) == [70.0]


@pytest.mark.parametrize("spread", [SPREAD, WITH_SAMPLES, WITH_NUMPY], ids=["four methods", "samples", "numpy"])
def test_the_pages_test_passes(tmp_path, spread):
    (tmp_path / "spread.py").write_text(spread)
    (tmp_path / "test_spread.py").write_text(SHOWN["test_spread.py"])

    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", at=tmp_path)


def test_the_pages_family_has_every_number(plugins):
    (plugins / "above.py").write_text(SHOWN["plugins/above.py"])
    registry = builtin()
    load_plugins(registry, plugins)

    assert registry.names()[-1] == "above_100"
    with pytest.raises(LookupError, match="the limit must be at most 1000000"):
        registry["above_1000001"]
    with AggregatorTester(registry["above_2.5"], FillPolicy.NONE) as tester:
        tester.expect(2.0, 1.0, 3.0, 7.5)
        tester.expect(0.0)
        tester.expect(1.0, 3.0)


async def test_a_package_is_found_once_it_is_installed(tmp_path, monkeypatch):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "spread.py").write_text(WITH_NUMPY)
    (source / "pyproject.toml").write_text(SHOWN["pyproject.toml"])
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    run(sys.executable, "-m", "pip", "install", *offline, f"--target={target}", str(source), at=tmp_path)
    monkeypatch.syspath_prepend(target)
    monkeypatch.delitem(sys.modules, "spread", raising=False)
    importlib.invalidate_caches()

    names, answer = await answers(
        Settings(listen=("127.0.0.1", 0)), ("/api/aggregators", {}), query("max:1m-spread:cpu.load")
    )

    assert "spread" in names
    assert answer[0]["dps"] == {str(MINUTE): 3.0}
    assert str(target) in str(sys.modules["spread"].__file__)


def test_in_the_tree_it_is_one_of_the_built_in_ones(tmp_path):
    package = shutil.copytree(ROOT / "aggregators", tmp_path / "aggregators", ignore=shutil.ignore_patterns("*.pyc"))
    inner = "from aggregators.aggregator import Aggregator\nfrom aggregators.lists import AggregatorList\n"
    (package / "spread.py").write_text(SPREAD.replace("from aggregators import Aggregator, AggregatorList\n", inner))
    rows = (package / "builtins.py").read_text()
    rows = rows.replace("\n\nBUILTIN", "\nfrom aggregators.spread import SPREAD\n\nBUILTIN").replace(
        "    P9999,", "    SPREAD, P9999,"
    )
    (package / "builtins.py").write_text(rows)

    run(sys.executable, "-c", "import aggregators; assert 'spread' in aggregators.builtin()", at=tmp_path)


def run(*command, at):
    environment = {**os.environ, "PYTHONPATH": str(at), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
