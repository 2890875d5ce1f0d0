"""docs/expressions.md has a row for every function of gexp."""

import re
from pathlib import Path

from tsdbserver.query.expressions.gexp.functions import FUNCTIONS

PAGE = Path(__file__).parents[3] / "docs" / "expressions.md"


def rows():
    """The names in the first cells of the table of functions."""
    table = PAGE.read_text().split("### The functions", 1)[1].split("\n\n", 2)[1]
    return [name for line in table.splitlines() for name in re.findall("`([^`]+)`", line.split("|")[1])]


def test_every_function_has_its_row_and_every_row_its_function():
    assert sorted(rows()) == sorted(FUNCTIONS)
