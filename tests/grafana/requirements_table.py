"""The table of the README: which test proves which requirement. `python -m tests.grafana.requirements_table` writes it.

A requirement is a paragraph of a test's docstring that begins with the section where it stands and with its weight:
MUST, SHOULD, MAY, `check N` of the check list, `breaks` of the list of what breaks Grafana, or `says` for what Grafana
simply does.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
README = HERE / "README.md"
WITHOUT_REQUIREMENTS = ("test_decoders.py", "test_requirements_table.py")
"""Tests of the tests."""

_REQUIREMENT = re.compile(
    r"(?P<section>\d(?:\.\d)?) (?P<weight>MUST NOT|MUST|SHOULD|MAY|says|check \d|breaks):? (?P<text>.+)"
)


class Requirement(NamedTuple):
    """One row."""

    section: str
    weight: str
    text: str
    test: str

    def __str__(self) -> str:
        text = self.text.replace("|", "\\|")
        return f"| {self.section} | {self.weight} | {text} | `{self.test}` |"


def proofs() -> Iterator[tuple[str, str]]:
    """(file::test, docstring) of every test that proves a requirement."""
    for path in sorted(HERE.glob("test_*.py")):
        if path.name in WITHOUT_REQUIREMENTS:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield f"{path.name}::{node.name}", ast.get_docstring(node) or ""


def requirements() -> list[Requirement]:
    """All requirements, in the order of their sections."""
    found = [
        Requirement(match["section"], match["weight"], match["text"].rstrip("."), test)
        for test, docstring in proofs()
        for paragraph in docstring.split("\n\n")
        if (match := _REQUIREMENT.fullmatch(" ".join(paragraph.split())))
    ]
    return sorted(found, key=lambda row: (row.section, row.weight, row.text, row.test))


def page() -> str:
    """The README with the table as it should be."""
    head = README.read_text().split("| section |")[0]
    rows = "\n".join(map(str, requirements()))
    return f"{head}| section | weight | requirement | test |\n|---|---|---|---|\n{rows}\n"


if __name__ == "__main__":
    README.write_text(page())
