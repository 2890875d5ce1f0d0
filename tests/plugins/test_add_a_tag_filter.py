"""docs/add-a-tag-filter.md, followed to the letter: what the page shows is taken from the page and run."""

import importlib
import re
import sys
import tomllib
from pathlib import Path

import aiohttp
import pytest

from tests.batches import T0
from tsdbserver.app import start
from tsdbserver.errors import PluginFailed
from tsdbserver.model.query import FilterSpec
from tsdbserver.plugins.error import PluginError
from tsdbserver.plugins.filters import load_filters
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.settings.table import Settings

PAGE = (Path(__file__).parent.parent.parent / "docs" / "add-a-tag-filter.md").read_text()
SHOWN = dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
"""The page's files by name."""

LOGINS = {"10.1.2.3": 5, "10.9.9.9": 7, "192.168.0.1": 100, "unknown": 1000}


def install(directory, monkeypatch, code=SHOWN["cidr.py"]):
    """Put the package that the page shows where this process finds it, as pip does for its pyproject.toml."""
    project = tomllib.loads(SHOWN["pyproject.toml"])["project"]
    metadata = directory / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    lines = [line for group, named in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in named.items()))]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    (directory / "cidr.py").write_text(code)
    monkeypatch.syspath_prepend(directory)
    monkeypatch.delitem(sys.modules, "cidr", raising=False)
    importlib.invalidate_caches()


@pytest.fixture
async def ask(tmp_path, monkeypatch):
    """Asks a server for which the package is installed, after some logins."""
    install(tmp_path, monkeypatch)
    runner, url = await start(Settings(listen=("127.0.0.1", 0)))
    points = [
        {"metric": "logins", "timestamp": T0, "value": value, "tags": {"client": client}}
        for client, value in LOGINS.items()
    ]
    async with aiohttp.ClientSession(url) as session:
        await session.post("/api/put", json=points)

        async def get(path, **params):
            async with session.get(path, params=params) as response:
                return response.status, await response.json()

        yield get
    await runner.cleanup()


async def test_the_filter_is_in_grafanas_box(ask):
    _, filters = await ask("/api/config/filters")

    assert filters["cidr"]["description"].startswith("Matches the addresses")


@pytest.mark.parametrize(
    "m, sums",
    [("sum:logins{client=cidr(10.0.0.0/8)}", [5, 7]), ("sum:logins{}{client=cidr(10.0.0.0/8)}", [12]),
     ("sum:logins{client=cidr(11.0.0.0/8)}", [])],
)  # fmt: skip
async def test_the_filter_selects_what_it_matches(ask, m, sums):
    status, answer = await ask("/api/query", m=m, start=str(T0), end=str(T0))

    assert status == 200
    assert [list(result["dps"].values()) for result in answer] == [[value] for value in sums]


async def test_what_it_cannot_read_is_the_askers_mistake(ask):
    status, answer = await ask("/api/query", m="sum:logins{client=cidr(ten)}", start=str(T0))

    assert status == 400
    assert answer["error"]["message"].startswith("cidr(ten): 'ten' does not appear to be")


BROKEN = {
    "syntax": ("CIDR = (", "cidr = cidr:CIDR"),
    "another object": ("CIDR = 1", "int is no FilterType"),
    "a name in use": (SHOWN["cidr.py"].replace('"cidr",', '"regexp",'), "there is already a filter named 'regexp'"),
}


@pytest.mark.parametrize("code, message", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_filter_stops_the_start_and_is_named(tmp_path, monkeypatch, code, message):
    install(tmp_path, monkeypatch, code)

    with pytest.raises(PluginError, match=re.escape(message)):
        load_filters(built_in_filters())


@pytest.mark.parametrize("where", ["compile", "match"])
async def test_a_filter_that_raises_is_named_and_the_server_lives(tmp_path, monkeypatch, where):
    broken = "lambda expression: 1 // 0" if where == "compile" else "lambda expression: lambda value: 1 // 0"
    code = (
        "from tsdbserver.query.filters import FilterType\n"
        f"CIDR = FilterType(name='cidr', compile={broken}, description='d', examples='e')\n"
    )
    install(tmp_path, monkeypatch, code)
    registry = built_in_filters()
    load_filters(registry)

    with pytest.raises(PluginFailed, match=r"filter 'cidr' of cidr = cidr:CIDR failed: ZeroDivisionError"):
        registry.build(FilterSpec("cidr", "client", "10.0.0.0/8")).matches("10.1.2.3")
