"""docs/aggregators.md has a row for every aggregator, and what its cells say is so."""

import re
from pathlib import Path

from aggregators import builtin

PAGE = Path(__file__).parents[2] / "docs" / "aggregators.md"


def rows():
    """Name or pattern → (of distributions, gaps)."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            found.update(dict.fromkeys(re.findall("`([^`]+)`", cells[0]), (cells[2], cells[3])))
    return found


def test_every_aggregator_has_its_row():
    assert sorted(rows()) == sorted(builtin().patterns())


def test_the_cells_are_true():
    for pattern, aggregator in zip(builtin().patterns(), builtin(), strict=True):
        distributions, gaps = rows()[pattern]

        assert (distributions == "–") == (aggregator.samples is None), pattern
        own = ", its own rule" if aggregator.own_rule else ""
        assert gaps == aggregator.updaters.name + own, pattern
