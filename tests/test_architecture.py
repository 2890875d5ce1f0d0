"""Who may import whom: the table of docs/architecture.md, kept true."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUTSIDE = {
    "aiohttp",
    "asyncio",
    "click",
    "msgpack",
    "msgspec",
    "numpy",
    "orjson",
    "prometheus_client",
    "re2",
    "rich",
    "uvloop",
}
"""What is watched of the libraries; the rest of the standard library is free to all."""

COMMANDS = {"tsdbserver/commands", "tsdbserver/demo"}
"""Programs: they may import everything, and no other package imports them."""

MAY_IMPORT = {
    "aggregators": {"numpy", "aggregators"},
    "tsdbserver/model": {"numpy", "aggregators", "tsdbserver.errors", "tsdbserver.model"},
    "tsdbserver/wire": {
        "numpy", "msgspec", "msgpack", "orjson", "aggregators", "tsdbserver.errors", "tsdbserver.model",
        "tsdbserver.wire",
    },
    "tsdbserver/store": {"numpy", "aggregators", "tsdbserver.errors", "tsdbserver.model", "tsdbserver.store"},
    "tsdbserver/query": {
        "numpy", "re2", "aggregators", "tsdbserver.errors", "tsdbserver.model", "tsdbserver.store.interface",
        "tsdbserver.query",
    },
    "tsdbserver/ingest": {
        "numpy", "aggregators", "tsdbserver.errors", "tsdbserver.model", "tsdbserver.store.interface",
        "tsdbserver.ingest",
    },
    "tsdbserver/edge": {
        "aiohttp", "asyncio", "orjson", "prometheus_client", "aggregators", "tsdbserver", "tsdbserver.errors",
        "tsdbserver.model", "tsdbserver.wire", "tsdbserver.query", "tsdbserver.ingest", "tsdbserver.store.interface",
        "tsdbserver.edge",
    },
    "tsdbserver/plugins": {
        "numpy", "aggregators", "tsdbserver.errors", "tsdbserver.query", "tsdbserver.plugins",
    },
    "tsdbserver/settings": {
        "tsdbserver", "tsdbserver.errors", "tsdbserver.model", "tsdbserver.logs", "tsdbserver.settings",
    },
    "tsdbserver/security": {"tsdbserver.settings", "tsdbserver.auth.tokens", "tsdbserver.security"},
    "tsdbserver/send": {
        "aiohttp", "asyncio", "msgspec", "numpy", "aggregators", "tsdbserver", "tsdbserver.errors", "tsdbserver.model",
        "tsdbserver.wire", "tsdbserver.send",
    },
}  # fmt: skip


def imported(path):
    """The modules that a file imports by name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = (f"{node.module}.{alias.name}" for alias in node.names)
            are_files = [name for name in submodules if (ROOT / (name.replace(".", "/") + ".py")).exists()]
            yield from are_files or [node.module]


def watched(module):
    return module.split(".")[0] in OUTSIDE | {"tsdbserver", "aggregators"}


def allowed(module, names):
    return any(module == name or (name != "tsdbserver" and module.startswith(name + ".")) for name in names)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_its_row_allows(package):
    strangers = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for module in imported(path)
        if watched(module) and not allowed(module, MAY_IMPORT[package])
    }

    assert not strangers


def test_every_package_has_a_row():
    packages = {path.parent for path in (ROOT / "tsdbserver").glob("*/__init__.py")}

    assert {str(path.relative_to(ROOT)) for path in packages} - COMMANDS <= set(MAY_IMPORT)
