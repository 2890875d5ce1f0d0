"""What the pages say is so."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "xk6-output-tdigest").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_sessions_on_a_page_run_as_shown(page):
    failures, _ = doctest.testfile(str(page), module_relative=False)

    assert failures == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def anchors(page):
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_headings_lead_to_one(page):
    links = re.findall(r"\]\(([^)#:]*)#([^)]*)\)", page.read_text())

    assert [(to, anchor) for to, anchor in links if anchor not in anchors(page.parent / to if to else page)] == []


def glossary():
    """The terms of each table of the glossary, in the order of the page."""
    tables = (ROOT / "docs" / "glossary.md").read_text().split("\n## ")[1:]
    return [re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:] for table in tables]


def test_glossary_is_in_alphabetical_order():
    for terms in glossary():
        assert len(terms) > 2
        assert terms == sorted(terms, key=lambda term: term.strip("`").lower())


def defined_names():
    """Names of Python files, and what they define at their top level."""
    files = [path for part in ("aggregators", "tsdbserver", "tests") for path in (ROOT / part).rglob("*.py")]
    defined = [re.findall(r"^(?:class )?(\w+)\b", path.read_text(), re.MULTILINE) for path in files]
    return {path.name for path in files}.union(*defined)


def test_glossary_names_code_that_exists():
    quoted = [term.strip("`") for terms in glossary() for term in terms if term.startswith("`")]
    names = [name if name.endswith(".py") else name.split(".")[0] for name in quoted]

    assert "BatchLog" in names
    assert [name for name in names if name not in defined_names()] == []


def test_decisions_have_a_status_and_a_date():
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        if path.name.startswith("0008"):
            continue
        head = path.read_text().split("## ")[0]
        assert re.search(r"^\* \*\*Status:\*\* (accepted|superseded by \[)", head, re.MULTILINE), path.name
        assert re.search(r"^\* \*\*Date:\*\* \d{4}-\d\d-\d\d$", head, re.MULTILINE), path.name


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))
