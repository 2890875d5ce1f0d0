"""What a real OpenTSDB answered is what we answer."""

import pytest

from tests.oracle.compare import why_not
from tests.oracle.rows import HERE, read_reasons, read_rows

DIFFERENCES = read_reasons("differences.txt")


def test_row(row, replay):
    failure = why_not(row, replay.answer(row))

    if reason := DIFFERENCES.get(row["id"]):
        assert failure, f"{row['id']} is met now: take it out of differences.txt"
        pytest.xfail(reason)
    assert not failure, f"{row['method']} {row['path']} {row.get('body') or ''}\n    {failure}"


def test_every_difference_is_about_a_row():
    assert DIFFERENCES.keys() <= {row["id"] for row in read_rows(HERE)}
