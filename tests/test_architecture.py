"""Who may import whom: the table of docs/architecture.md is the rule, and every import is checked against it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()

WATCHED = {
    "aggregators", "aiohttp", "asyncio", "click", "ctypes", "msgpack", "msgspec", "numpy", "orjson",
    "prometheus_client", "re2", "rich", "socket", "ssl", "threading", "time", "tsdbserver", "uvloop",
}  # fmt: skip
"""Libraries and standard modules whose use says on which layer code lives. All others are free."""

PROGRAMS = {"tsdbserver", "tsdbserver.commands", "tsdbserver.demo"}
"""They may import everything, and no other package imports them."""

SHARED = {"aggregators", "aggregators.arrays", "numpy", "tsdbserver.errors", "tsdbserver.model"}
"""What every package below `tsdbserver` may import."""


def read_table():
    """{package: what it may import} of docs/architecture.md."""
    table = PAGE.partition("<!-- imports -->")[2].partition("<!-- end -->")[0]
    rows = [re.findall(r"`([^`]+)`", line) for line in table.splitlines() if line.startswith("| `")]
    return {package: set(allowed) for package, *allowed in rows}


MAY_IMPORT = read_table()


def find_imports(path):
    """The modules that a file imports by name; of a package, `from package import module` names the module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = (f"{node.module}.{alias.name}" for alias in node.names)
            files = [name for name in submodules if (ROOT / (name.replace(".", "/") + ".py")).exists()]
            yield from files or [node.module]


def covers(allowed, module):
    """Whether a row's entry covers a module: itself and all below it; of a program, its own names only."""
    return module == allowed or (allowed not in {"tsdbserver", "aggregators"} and module.startswith(allowed + "."))


def is_allowed(package, module):
    if module.split(".")[0] not in WATCHED or module.rpartition(".")[0] == package:
        return True
    shared = SHARED if package.startswith("tsdbserver") else set()
    if package == "aggregators.functions" and module.count(".") == 1 and module.startswith("aggregators."):
        return module.split(".")[1] not in {"builtins", "functions", "testing", "contract"}
    return any(covers(allowed, module) for allowed in MAY_IMPORT[package] | shared)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_package_imports_only_what_its_row_allows(package):
    violations = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted((ROOT / package.replace(".", "/")).glob("*.py"))
        for module in find_imports(path)
        if not is_allowed(package, module)
    }

    assert violations == set()


def test_every_package_has_a_row():
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("aggregators", "tsdbserver")
        for path in (ROOT / top).rglob("*.py")
    }

    assert packages - PROGRAMS == set(MAY_IMPORT)


def test_no_package_imports_a_program():
    others = [package for package in MAY_IMPORT if package not in PROGRAMS]
    programs = {"tsdbserver.commands", "tsdbserver.demo", "tsdbserver.app"}

    assert [p for p in others if any(covers(program, entry) for entry in MAY_IMPORT[p] for program in programs)] == []


def test_every_module_named_on_the_page_exists():
    prose = re.sub(r"<!-- imports -->.*?<!-- end -->", "", PAGE, flags=re.DOTALL)
    names = set(
        re.findall(r"`((?:wire|edge|query|store|ingest|model|java|auth|client|aggregators)(?:\.[a-z_]+)+)`", prose)
    )
    paths = {name: name if name.startswith("aggregators") else f"tsdbserver.{name}" for name in names}

    assert [
        name
        for name, module in sorted(paths.items())
        if not (ROOT / module.replace(".", "/")).is_dir() and not (ROOT / (module.replace(".", "/") + ".py")).exists()
    ] == []
