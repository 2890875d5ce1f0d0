"""docs/test-language.md names every script, and each script begins with what it is about."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = sorted(path.name for path in (ROOT / "tests/scripts").glob("*.tsq"))


def test_the_page_lists_the_scripts():
    page = (ROOT / "docs/test-language.md").read_text(encoding="utf-8")

    assert re.findall(r"\[[a-z0-9_]+\]\(\.\./tests/scripts/([a-z0-9_]+\.tsq)\)", page) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_begins_with_its_topic(name):
    assert (ROOT / "tests/scripts" / name).read_text(encoding="utf-8").startswith("# ")
